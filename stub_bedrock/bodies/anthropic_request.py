"""Reading the Anthropic Messages body: keys and types first, then the blocks."""

from stub_bedrock.bodies.malformed import SchemaViolations
from stub_bedrock.bodies.shapes import JsonObject
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import (
    Attachment,
    Block,
    Conversation,
    Inference,
    Message,
    Text,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from stub_bedrock.errors import ValidationException
from stub_bedrock.tokens import compact

ANTHROPIC_VERSION = "bedrock-2023-05-31"
NEWER_VERSION = "2026-10-21"
"""Anthropic's own version, which its SDKs send from 2.0 on. On Bedrock only Claude 4.7 and later take it; the
others answer 400, and their callers stay with an SDK below 2 or set `anthropic_version` themselves.
https://platform.claude.com/docs/en/build-with-claude/claude-on-amazon-bedrock-legacy
"""
_KEYS = (
    "anthropic_version",
    "anthropic_beta",
    "max_tokens",
    "messages",
    "system",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "tools",
    "tool_choice",
    "metadata",
    "thinking",
    "output_config",
)
_TYPES: dict[str, type | tuple[type, ...]] = {
    "anthropic_version": str,
    "max_tokens": int,
    "messages": list,
    "system": (str, list),
    "stop_sequences": list,
    "tools": list,
    "tool_choice": dict,
    "output_config": dict,
}


def read_fields(request: JsonObject, model: FoundationModel) -> Conversation:
    """Return the conversation of parsed JSON.

    :raises ValidationException: a key is missing, unknown, or of the wrong type.
    """
    _check_keys(request)
    _check_version(request["anthropic_version"], model)
    tools = [_tool(tool, number) for number, tool in enumerate(request.get("tools", []))]
    return Conversation(
        messages=[_message(message, number) for number, message in enumerate(request["messages"])],
        system=_system(request.get("system", [])),
        tools=tools,
        tool_choice=_tool_choice(request.get("tool_choice", {"type": "auto"})),
        output_schema=_output_schema(request.get("output_config", {})),
        inference=Inference(
            max_tokens=request["max_tokens"],
            temperature=request.get("temperature"),
            top_p=request.get("top_p"),
            top_k=request.get("top_k"),
            stop_sequences=[str(one) for one in request.get("stop_sequences", [])],
        ),
    )


def _check_keys(request: JsonObject) -> None:
    violations = SchemaViolations()
    violations.require(request, ("anthropic_version", "max_tokens", "messages"))
    violations.only(request, _KEYS)
    for key, wanted in _TYPES.items():
        if key in request:
            violations.expect(request[key], wanted, f"#/{key}")
    if type(request.get("max_tokens")) is int:
        violations.between(request["max_tokens"], 1, None, "#/max_tokens")
    for key in ("temperature", "top_p"):
        violations.between(request.get(key), 0, 1, f"#/{key}")
    violations.between(request.get("top_k"), 0, None, "#/top_k")
    violations.check()


def _check_version(version: str, model: FoundationModel) -> None:
    """Check the API version.

    :raises ValidationException: the model has no such version; Bedrock's text (boto3 issue 4218).
    """
    newer = model.no_sampling_parameters  # what came with Claude 4.7
    if version != ANTHROPIC_VERSION and not (newer and version == NEWER_VERSION):
        raise ValidationException(f"Invalid API version: {version[:100]}")


def _output_schema(config: JsonObject) -> JsonObject | None:
    """Return the schema of `output_config.format`. `effort` says how much to think, which a stub does not."""
    for key in config:
        if key not in ("format", "effort"):
            raise ValidationException(f"output_config.{key}: Extra inputs are not permitted")
    wanted = config.get("format")
    if wanted is None:
        return None
    if not isinstance(wanted, dict) or wanted.get("type") != "json_schema":
        raise ValidationException("output_config.format.type: Input should be 'json_schema'")
    if not isinstance(wanted.get("schema"), dict):
        raise ValidationException("output_config.format.schema: Input should be a valid dictionary")
    return dict(wanted["schema"])


def _message(message: object, number: int) -> Message:
    at = f"messages.{number}"
    if not isinstance(message, dict):
        raise ValidationException(f"{at}: Input should be a valid dictionary")
    role = _field(message, "role", at)
    if role not in ("user", "assistant"):
        raise ValidationException(f"{at}.role: Input should be 'user' or 'assistant'")
    content = _field(message, "content", at)
    if isinstance(content, str):
        return Message("user" if role == "user" else "assistant", [Text(content)] if content else [])
    if not isinstance(content, list):
        raise ValidationException(f"{at}.content: Input should be a valid list")
    blocks = [_block(block, f"{at}.content.{index}") for index, block in enumerate(content)]
    return Message("user" if role == "user" else "assistant", blocks)


def _block(block: object, at: str) -> Block:
    if not isinstance(block, dict):
        raise ValidationException(f"{at}: Input should be a valid dictionary")
    kind = _field(block, "type", at)
    if kind == "text":
        return Text(_string(block, "text", f"{at}.text"))
    if kind == "tool_use":
        value = _field(block, "input", f"{at}.tool_use")
        if not isinstance(value, dict):
            raise ValidationException(f"{at}.tool_use.input: Input should be a valid dictionary")
        return ToolUse(
            _string(block, "id", f"{at}.tool_use"), _string(block, "name", f"{at}.tool_use"), value
        )
    if kind == "tool_result":
        return ToolResult(
            _string(block, "tool_use_id", f"{at}.tool_result"), _result_text(block.get("content", ""))
        )
    if kind in ("image", "document", "thinking", "redacted_thinking", "search_result"):
        return Attachment(str(kind))
    raise ValidationException(
        f"{at}: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'document', "
        "'image', 'redacted_thinking', 'search_result', 'text', 'thinking', 'tool_result', 'tool_use'"
    )


def _result_text(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(
            str(block["text"]) for block in content if isinstance(block, dict) and "text" in block
        )
    return content if isinstance(content, str) else compact(content)


def _system(system: str | list[object]) -> list[str]:
    if isinstance(system, str):
        return [system] if system else []
    return [str(block["text"]) for block in system if isinstance(block, dict) and "text" in block]


def _tool(tool: object, number: int) -> Tool:
    at = f"tools.{number}.custom"
    if not isinstance(tool, dict):
        raise ValidationException(f"{at}: Input should be a valid dictionary")
    schema = _field(tool, "input_schema", at)
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise ValidationException(f"{at}.input_schema.type: Field required")
    return Tool(_string(tool, "name", at), str(tool.get("description", "")), schema)


def _tool_choice(choice: JsonObject) -> ToolChoice:
    kind = _field(choice, "type", "tool_choice")
    if kind == "tool":
        return ToolChoice("tool", _string(choice, "name", "tool_choice.tool"))
    if kind == "any":
        return ToolChoice("any")
    if kind in ("auto", "none"):
        return ToolChoice("none" if kind == "none" else "auto")
    raise ValidationException(
        f"tool_choice: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'any', "
        "'auto', 'none', 'tool'"
    )


def _field(value: JsonObject, key: str, at: str) -> object:
    if key not in value:
        raise ValidationException(f"{at}.{key}: Field required")
    return value[key]


def _string(value: JsonObject, key: str, at: str) -> str:
    found = _field(value, key, at)
    if not isinstance(found, str):
        raise ValidationException(f"{at}.{key}: Input should be a valid string")
    return found
