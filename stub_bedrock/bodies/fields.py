"""Every field that the API's requests have, and what the stub does with it: no field is ignored by accident.

A test compares the table with the service model. What stands in no row (a field that a newer SDK sends, a
mistyped one) is refused. The texts for fields that are not done follow AWS's own pattern («This model doesn't
support the toolConfig.toolChoice.any field. …»); that AWS says exactly so of each could not be verified.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from enum import Enum, auto

from stub_bedrock.bodies.malformed import malformed
from stub_bedrock.bodies.shapes import JsonObject
from stub_bedrock.errors import ValidationException


class Handling(Enum):
    """DONE: it shapes the answer, or what is not to be had is refused. ACCEPTED: taken, but a stub has no use
    for it (a picture, a tag for the logs). REFUSED: answered with an error."""

    DONE = auto()
    ACCEPTED = auto()
    REFUSED = auto()


def _row(done: str = "", accepted: str = "", refused: str = "") -> dict[str, Handling]:
    return {
        **dict.fromkeys(done.split(), Handling.DONE),
        **dict.fromkeys(accepted.split(), Handling.ACCEPTED),
        **dict.fromkeys(refused.split(), Handling.REFUSED),
    }


FIELDS: dict[str, dict[str, Handling]] = {
    "ConverseRequest": _row(
        done="modelId messages system inferenceConfig toolConfig guardrailConfig outputConfig "
        "performanceConfig serviceTier additionalModelRequestFields additionalModelResponseFieldPaths",
        accepted="requestMetadata",
        refused="promptVariables",  # of a prompt in Prompt management, which the stub has none of
    ),
    "Message": _row(done="role content"),
    "SystemContentBlock": _row(done="text guardContent", accepted="cachePoint"),
    "InferenceConfiguration": _row(done="maxTokens stopSequences", accepted="temperature topP"),
    "ToolConfiguration": _row(done="tools toolChoice"),
    "Tool": _row(done="toolSpec", accepted="cachePoint", refused="systemTool"),
    "ToolSpecification": _row(done="name description inputSchema strict"),
    "ToolInputSchema": _row(done="json"),
    "ToolChoice": _row(done="auto any tool"),
    "GuardrailConfiguration": _row(done="guardrailIdentifier guardrailVersion trace"),
    "GuardrailStreamConfiguration": _row(
        done="guardrailIdentifier guardrailVersion trace", accepted="streamProcessingMode"
    ),
    "ContentBlock": _row(
        done="text toolUse toolResult guardContent",
        accepted="image document video audio cachePoint reasoningContent citationsContent searchResult",
    ),
    "ToolUseBlock": _row(done="toolUseId name input", refused="type"),  # a tool that runs on AWS's side
    "ToolResultBlock": _row(done="toolUseId content status", refused="type"),
    "ToolResultContentBlock": _row(done="json text", accepted="image document video searchResult"),
    "OutputConfig": _row(done="textFormat"),
    "OutputFormat": _row(done="type structure"),
    "OutputFormatStructure": _row(done="jsonSchema"),
    "JsonSchemaDefinition": _row(done="schema", accepted="name description"),
    "PerformanceConfiguration": _row(done="latency"),
    "ServiceTier": _row(done="type"),
    "InvokeModelRequest": _row(
        done="body contentType accept modelId guardrailIdentifier guardrailVersion trace "
        "performanceConfigLatency serviceTier"
    ),
    "ConverseTokensRequest": _row(
        done="messages system toolConfig additionalModelRequestFields",
    ),
}
FIELDS["ConverseStreamRequest"] = FIELDS["ConverseRequest"]
FIELDS["InvokeModelWithResponseStreamRequest"] = FIELDS["InvokeModelRequest"]


def check_fields(value: JsonObject, shape: str, path: str = "") -> None:
    """Raise ValidationException: a field that is unknown, or that the stub does not do."""
    for name, given in value.items():
        handling = FIELDS[shape].get(name)
        if handling is None:
            at = f"#/{path.replace('.', '/')}" if path else "#"
            raise malformed(f"{at}: extraneous key [{name}] is not permitted")
        if handling is Handling.REFUSED and given is not None:
            raise unsupported(f"{path}.{name}".lstrip("."))


def unsupported(field: str) -> ValidationException:
    return ValidationException(f"This model doesn't support the {field} field. Remove {field} and try again.")
