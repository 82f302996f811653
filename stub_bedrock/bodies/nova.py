"""InvokeModel with Amazon Nova: the `messages-v1` schema, nearly Converse's own body.

https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
"""

from collections.abc import Iterator

from stub_bedrock.bodies import converse_request, converse_response, rules
from stub_bedrock.bodies.malformed import SchemaViolations, malformed, parse
from stub_bedrock.bodies.shapes import JsonObject
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import Answer, Conversation
from stub_bedrock.errors import SerializationException

SCHEMA_VERSION = "messages-v1"
_KEYS = (
    "schemaVersion",
    "messages",
    "system",
    "inferenceConfig",
    "toolConfig",
    "additionalModelRequestFields",
)
_INFERENCE_KEYS = (
    "maxTokens",
    "max_new_tokens",
    "temperature",
    "topP",
    "top_p",
    "topK",
    "top_k",
    "stopSequences",
)
_ADDITIONAL = ("inferenceConfig", "reasoningConfig")
"""The model's own fields that Converse hands on. None of them changes a stub's answer."""
_TOP_K = ("topK", "top_k")  # Converse has it among the model's own fields
_ALIASES = {"max_new_tokens": "maxTokens", "top_p": "topP"}


def read(body: bytes, model: FoundationModel) -> Conversation:
    """Return the conversation of an InvokeModel body for a Nova model.

    :raises ValidationException: it is malformed, or breaks a rule of the model.
    """
    request = parse(body)
    _check(request)
    inference = request.get("inferenceConfig", {})
    renamed = {_ALIASES.get(key, key): value for key, value in inference.items() if key not in _TOP_K}
    try:
        conversation = converse_request.read_fields({**request, "inferenceConfig": renamed})
    except SerializationException as error:
        raise malformed(error.message) from None
    rules.check(conversation, model)
    return conversation


def check_additional(fields: JsonObject) -> None:
    """Check Converse's `additionalModelRequestFields`.

    :raises ValidationException: Nova has no such field.
    """
    violations = SchemaViolations()
    violations.only(fields, _ADDITIONAL)
    violations.check()


def write(answer: Answer, _: Conversation, __: FoundationModel) -> JsonObject:
    """Return the response body: Converse's, with the usage of the cache."""
    response = converse_response.write(answer, Conversation([]))
    usage = {**response["usage"], "cacheReadInputTokenCount": 0, "cacheWriteInputTokenCount": 0}
    written: JsonObject = {key: response[key] for key in ("output", "stopReason")} | {"usage": usage}
    if answer.stop_reason == "guardrail_intervened":
        written["amazon-bedrock-guardrailAction"] = "INTERVENED"
    return written


def stream(answer: Answer, _: Conversation, __: FoundationModel) -> Iterator[JsonObject]:
    """Yield Converse's events, each as an object with one key, the invocation's metrics in the last."""
    for name, event in converse_response.stream(answer, Conversation([])):
        yield {name: event}


def _check(request: JsonObject) -> None:
    violations = SchemaViolations()
    violations.require(request, ("messages",))
    violations.only(request, _KEYS)
    if request.get("schemaVersion", SCHEMA_VERSION) != SCHEMA_VERSION:
        violations.found.append(f"#/schemaVersion: {request['schemaVersion']} is not a valid enum value")
    for key, wanted in (
        ("messages", list),
        ("system", list),
        ("inferenceConfig", dict),
        ("toolConfig", dict),
    ):
        if key in request:
            violations.expect(request[key], wanted, f"#/{key}")
    _check_messages(request.get("messages"), violations)
    inference = request.get("inferenceConfig")
    if isinstance(inference, dict):
        violations.only(inference, _INFERENCE_KEYS, "#/inferenceConfig")
        for key in ("maxTokens", "max_new_tokens"):
            violations.between(inference.get(key), 1, None, f"#/inferenceConfig/{key}")
        for key in ("temperature", "topP", "top_p"):
            violations.between(inference.get(key), 0, 1, f"#/inferenceConfig/{key}")
        for key in ("topK", "top_k"):
            violations.between(inference.get(key), 0, 128, f"#/inferenceConfig/{key}")
    violations.check()


def _check_messages(messages: object, violations: SchemaViolations) -> None:
    for number, message in enumerate(messages if isinstance(messages, list) else []):
        at = f"#/messages/{number}"
        if violations.expect(message, dict, at):
            violations.require(message, ("role", "content"), at)
            if "content" in message:
                violations.expect(message["content"], list, f"{at}/content")
