"""From a `modelId` (plain, profile id or ARN) to the foundation model that answers, as Bedrock resolves it.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-use.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from stub_bedrock.catalog import COMMERCIAL_REGIONS, MODELS, REGIONS, RETIRED, FoundationModel, Geography
from stub_bedrock.errors import ResourceNotFoundException, ValidationException

# The service model's own pattern for a modelId; the error shows it, as AWS's does.
MODEL_ID_PATTERN = (
    r"(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:(([0-9]{12}:custom-model/[a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}/"
    r"[a-z0-9]{12})|(:foundation-model/[a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.:]?[a-z0-9-]{1,63}))|"
    r"([0-9]{12}:imported-model/[a-z0-9]{12})|([0-9]{12}:provisioned-model/[a-z0-9]{12})|"
    r"([0-9]{12}:custom-model-deployment/[a-z0-9]{12})|"
    r"([0-9]{12}:(inference-profile|application-inference-profile)/[a-zA-Z0-9-:.]+)))|"
    r"([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.:]?[a-z0-9-]{1,63}))|(([0-9a-zA-Z][_-]?)+)|([a-zA-Z0-9-:.]+)"
)
_MODEL_ID = re.compile(r"(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{0,20}:([0-9]{12})?:)?[a-zA-Z0-9-:._/]{1,2048}")
_ARN = re.compile(
    r"arn:aws(?:-[^:]+)?:bedrock:(?P<region>[a-z0-9-]*):(?P<account>[0-9]{12})?:(?P<kind>[a-z-]+)/(?P<id>.+)"
)
INVALID_IDENTIFIER = "The provided model identifier is invalid."


@dataclass(frozen=True)
class InferenceProfile:
    """A system-defined cross-region inference profile, as its source region sees it."""

    model: FoundationModel
    geography: Geography
    region: str
    account_id: str

    @property
    def inference_profile_id(self) -> str:
        return f"{self.geography}.{self.model.model_id}"

    @property
    def name(self) -> str:
        provider = "" if self.model.provider_name == "Amazon" else f"{self.model.provider_name} "
        label = "Global" if self.geography == "global" else self.geography.upper()
        return f"{label} {provider}{self.model.model_name}"

    @property
    def arn(self) -> str:
        profile = f"inference-profile/{self.inference_profile_id}"
        return f"arn:aws:bedrock:{self.region}:{self.account_id}:{profile}"

    @property
    def model_arns(self) -> list[str]:
        """The model in every destination region: what an IAM policy has to allow besides the profile."""
        if self.geography == "global":  # AWS writes «any region» as an ARN without one
            return [model_arn(self.model, self.region), model_arn(self.model, "")]
        return [model_arn(self.model, region) for region in REGIONS[self.geography]]

    @property
    def description(self) -> str:
        where = "all commercial regions"
        if self.geography != "global":
            *most, last = REGIONS[self.geography]
            where = f"{', '.join(most)} and {last}"
        return f"Routes requests to {self.model.model_name} in {where}."


@dataclass(frozen=True)
class Resolved:
    """What a modelId stands for: the model, and the profile if it was called through one."""

    model: FoundationModel
    profile: InferenceProfile | None


def model_arn(model: FoundationModel, region: str) -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{model.model_id}"


def models_in(region: str) -> list[FoundationModel]:
    return [model for model in MODELS if region in model.regions]


def profiles_in(region: str, account_id: str) -> Iterator[InferenceProfile]:
    """Yield the profiles that can be called from a source region."""
    for model in MODELS:
        for geography in model.geographies:
            sources = COMMERCIAL_REGIONS if geography == "global" else REGIONS[geography]
            if region in sources:
                yield InferenceProfile(model, geography, region, account_id)


@lru_cache(maxsize=256)
def resolve(model_id: str, region: str, account_id: str) -> Resolved:
    """Return the model that a runtime call with this modelId reaches from a region.

    :raises ValidationException: unknown id, a profile of another geography, an ARN of another region, or a
        plain id of a model that is to be had through an inference profile only.
    :raises ResourceNotFoundException: a model past its end of life.
    """
    if not _MODEL_ID.fullmatch(model_id):
        raise ValidationException(
            f"1 validation error detected: Value '{model_id}' at 'modelId' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {MODEL_ID_PATTERN}"
        )
    plain_id = _without_arn(model_id, region, account_id)
    if plain_id in RETIRED or plain_id.partition(".")[2] in RETIRED:
        raise ResourceNotFoundException()
    for profile in profiles_in(region, account_id):
        if profile.inference_profile_id == plain_id:
            return Resolved(profile.model, profile)
    for model in models_in(region):
        if model.model_id == plain_id:
            if region in model.on_demand:
                return Resolved(model, None)
            raise ValidationException(  # the apostrophe is AWS's own
                f"Invocation of model ID {plain_id} with on-demand throughput isn’t supported. Retry your "
                "request with the ID or ARN of an inference profile that contains this model."
            )
    raise ValidationException(INVALID_IDENTIFIER)


def find_model(identifier: str, region: str) -> FoundationModel:
    """Return the model of a control-plane call (GetFoundationModel): an id or a foundation-model ARN.

    :raises ValidationException: no such model in the region.
    """
    arn = _ARN.fullmatch(identifier)
    model_id = arn["id"] if arn and arn["kind"] == "foundation-model" else identifier
    for model in models_in(region):
        if model.model_id == model_id:
            return model
    raise ValidationException(INVALID_IDENTIFIER)


def find_profile(identifier: str, region: str, account_id: str) -> InferenceProfile:
    """Return the profile of a control-plane call (GetInferenceProfile): an id or an ARN.

    :raises ResourceNotFoundException: no such profile can be called from the region.
    """
    for profile in profiles_in(region, account_id):
        if identifier in (profile.inference_profile_id, profile.arn):
            return profile
    raise ResourceNotFoundException(f"The inference profile {identifier} could not be found.")


def _without_arn(model_id: str, region: str, account_id: str) -> str:
    """Return the id inside an ARN of this region (and account), other ids as they are."""
    arn = _ARN.fullmatch(model_id)
    if arn is None:
        return model_id
    ours = arn["region"] == region and (arn["account"] in (None, account_id))
    if not ours or arn["kind"] not in ("foundation-model", "inference-profile"):
        raise ValidationException(INVALID_IDENTIFIER)
    return arn["id"]
