"""From a modelId to the model, with AWS's refusals."""

import pytest

from stub_bedrock.catalog import MODELS, REGIONS
from stub_bedrock.errors import ResourceNotFoundException, ValidationException
from stub_bedrock.models import find_model, find_profile, profiles_in, resolve

ACCOUNT = "000000000000"
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"


@pytest.mark.parametrize(
    ("model_id", "region", "model"),
    [
        ("amazon.nova-lite-v1:0", "us-east-1", "amazon.nova-lite-v1:0"),
        ("us.amazon.nova-lite-v1:0", "us-west-2", "amazon.nova-lite-v1:0"),
        ("apac.amazon.nova-pro-v1:0", "ap-northeast-1", "amazon.nova-pro-v1:0"),
        ("jp.amazon.nova-2-lite-v1:0", "ap-northeast-1", "amazon.nova-2-lite-v1:0"),
        (f"global.{HAIKU}", "eu-west-1", HAIKU),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
            "us-east-1",
            "amazon.nova-lite-v1:0",
        ),
        (f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/us.{HAIKU}", "us-east-1", HAIKU),
    ],
)
def test_ids_profiles_and_arns_reach_their_model(model_id: str, region: str, model: str) -> None:
    assert resolve(model_id, region, ACCOUNT).model.model_id == model


@pytest.mark.parametrize("model_id", [HAIKU, "amazon.nova-2-lite-v1:0"])
def test_a_profile_only_model_by_its_plain_id_is_told_to_use_a_profile(model_id: str) -> None:
    with pytest.raises(ValidationException) as caught:
        resolve(model_id, "us-east-1", ACCOUNT)
    assert caught.value.message == (
        f"Invocation of model ID {model_id} with on-demand throughput isn’t supported. Retry your request "
        "with the ID or ARN of an inference profile that contains this model."
    )


def test_on_demand_depends_on_the_region() -> None:
    assert resolve("amazon.nova-lite-v1:0", "us-east-1", ACCOUNT).profile is None
    with pytest.raises(ValidationException, match="on-demand throughput"):
        resolve("amazon.nova-lite-v1:0", "us-west-2", ACCOUNT)


@pytest.mark.parametrize(
    "model_id",
    [
        "no.such-model-v1:0",
        "eu.amazon.nova-lite-v1:0",  # another geography's profile
        "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",  # another region's ARN
        "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0",  # an account's
        "arn:aws:bedrock:us-east-1:000000000000:provisioned-model/abcdefghij12",
    ],
)
def test_what_cannot_be_called_from_here_is_an_invalid_identifier(model_id: str) -> None:
    with pytest.raises(ValidationException) as caught:
        resolve(model_id, "us-east-1", ACCOUNT)
    assert caught.value.message == "The provided model identifier is invalid."


def test_an_id_of_wrong_form_is_refused_with_the_pattern() -> None:
    with pytest.raises(
        ValidationException, match="Value 'no model!' at 'modelId' failed to satisfy constraint"
    ):
        resolve("no model!", "us-east-1", ACCOUNT)


@pytest.mark.parametrize("prefix", ["", "us."])
def test_a_retired_model_has_reached_the_end_of_its_life(prefix: str) -> None:
    with pytest.raises(ResourceNotFoundException, match="end of its life"):
        resolve(f"{prefix}anthropic.claude-3-5-sonnet-20241022-v2:0", "us-east-1", ACCOUNT)


def test_a_profile_names_its_model_in_every_destination_region() -> None:
    profile = find_profile("us.amazon.nova-2-lite-v1:0", "us-east-1", ACCOUNT)
    assert profile.model_arns == [
        f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-2-lite-v1:0" for region in REGIONS["us"]
    ]
    assert profile.arn == f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/us.amazon.nova-2-lite-v1:0"
    assert find_profile(profile.arn, "us-east-1", ACCOUNT) == profile


def test_every_profile_resolves_to_its_model_from_each_of_its_regions() -> None:
    for region in {region for group in REGIONS.values() for region in group}:
        for profile in profiles_in(region, ACCOUNT):
            assert resolve(profile.arn, region, ACCOUNT).model is profile.model


def test_every_model_can_be_called_from_somewhere() -> None:
    for model in MODELS:
        assert find_model(model.model_id, model.regions[0]) is model
    with pytest.raises(ValidationException):
        find_model("amazon.nova-9", "us-east-1")
