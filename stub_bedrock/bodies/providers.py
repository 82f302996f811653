"""The providers of models. Another one is a module like `nova` or `anthropic`, and an entry of PROVIDERS.

Its models are entries of `stub_bedrock.catalog.MODELS`. Converse is the same for all of them; a provider has
its own body for InvokeModel, and its own fields that Converse hands on. The job calls Converse alone; what
differs there by family of models is in `glue/pipeline/enrichment/models.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from stub_bedrock.bodies import anthropic, nova
from stub_bedrock.bodies.shapes import JsonObject
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import Answer, Conversation


class Provider(Protocol):
    """The module of one provider's bodies."""

    def read(self, body: bytes, model: FoundationModel) -> Conversation:
        """Return the conversation of an InvokeModel body.

        :raises ValidationException: the body is malformed, or breaks a rule of the model.
        """

    def write(self, answer: Answer, conversation: Conversation, model: FoundationModel, /) -> JsonObject:
        """Return the response body of InvokeModel."""

    def stream(
        self, answer: Answer, conversation: Conversation, model: FoundationModel, /
    ) -> Iterator[JsonObject]:
        """Yield the chunks of InvokeModelWithResponseStream."""

    def check_additional(self, fields: JsonObject) -> None:
        """Check Converse's `additionalModelRequestFields`.

        :raises ValidationException: the provider's models have no such field.
        """


PROVIDERS: Mapping[str, Provider] = {"Amazon": nova, "Anthropic": anthropic}
"""`providerName`, as the catalog and ListFoundationModels have it → the module of its bodies."""


def provider_of(model: FoundationModel) -> Provider:
    """Return the provider of a model of the catalog."""
    return PROVIDERS[model.provider_name]
