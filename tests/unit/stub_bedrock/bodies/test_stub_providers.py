"""The one table of model providers."""

import json

import pytest

from stub_bedrock.bodies import converse
from stub_bedrock.bodies.providers import PROVIDERS, provider_of
from stub_bedrock.catalog import MODELS, FoundationModel
from stub_bedrock.errors import ValidationException


def test_every_model_of_the_catalog_has_a_provider() -> None:
    """InvokeModel and Converse find the bodies of every model, and every provider has a model."""
    assert {model.provider_name for model in MODELS} == set(PROVIDERS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.model_id))
def test_converse_refuses_a_field_that_the_provider_does_not_have(model: FoundationModel) -> None:
    """Converse asks the model's provider whether it has an additional field."""
    body = {
        "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
        "additionalModelRequestFields": {"no_such_field": 1},
    }
    with pytest.raises(ValidationException, match="no_such_field"):
        converse.read(json.dumps(body).encode(), model)
    with pytest.raises(ValidationException, match="no_such_field"):
        provider_of(model).check_additional({"no_such_field": 1})
