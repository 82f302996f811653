"""Converse, ConverseStream and CountTokens: reading the whole request for a model.

The fields are those of `converse_request`; the provider of the model checks the model's own ones.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from stub_bedrock.bodies import rules
from stub_bedrock.bodies.converse_request import read_fields
from stub_bedrock.bodies.fields import check_fields
from stub_bedrock.bodies.providers import provider_of
from stub_bedrock.bodies.shapes import parse, structure
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import Conversation


def read(body: bytes, model: FoundationModel) -> Conversation:
    """Return the conversation of a Converse or ConverseStream body.

    :raises SerializationException: it is no JSON of the API's types.
    :raises ValidationException: it breaks a constraint or a rule of the API.
    """
    request = parse(body)
    check_fields(request, "ConverseRequest")
    conversation = read_fields(request)
    provider_of(model).check_additional(structure(request.get("additionalModelRequestFields") or {}))
    rules.check(conversation, model)
    return conversation
