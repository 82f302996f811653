"""The request of Converse and ConverseStream: Bedrock's own body, the same for every model.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from collections.abc import Callable

from stub_bedrock.bodies import rules
from stub_bedrock.bodies.shapes import (
    Constraints,
    JsonObject,
    integer,
    items,
    number,
    parse,
    string,
    structure,
)
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

_TOOL_NAME = "[a-zA-Z0-9_-]+"
_ATTACHMENTS = (
    "image",
    "document",
    "video",
    "audio",
    "guardContent",
    "cachePoint",
    "reasoningContent",
    "citationsContent",
    "searchResult",
)


def read(body: bytes, model: FoundationModel) -> Conversation:
    """The conversation of a Converse or ConverseStream body.

    :raises SerializationException: it is no JSON of the API's types.
    :raises ValidationException: it breaks a constraint or a rule of the API.
    """
    conversation = read_fields(parse(body))
    rules.check(conversation, model)
    return conversation


def read_fields(request: JsonObject) -> Conversation:
    """The same from parsed JSON, before the rules (CountTokens brings the fields without the call)."""
    constraints = Constraints()
    constraints.not_null(request.get("messages"), "messages")
    messages = [
        _message(structure(message), f"messages.{at + 1}.member", constraints)
        for at, message in enumerate(items(request.get("messages") or []))
    ]
    tools, tool_choice = _tool_config(request.get("toolConfig"), constraints)
    inference = _inference(structure(request.get("inferenceConfig") or {}), constraints)
    guardrail = structure(request.get("guardrailConfig") or {})
    conversation = Conversation(
        messages=messages,
        system=[
            string(block["text"])
            for block in map(structure, items(request.get("system") or []))
            if "text" in block
        ],
        tools=tools,
        tool_choice=tool_choice,
        inference=inference,
        guardrail_trace=str(guardrail.get("trace", "disabled")).startswith("enabled"),
        response_field_paths=[
            string(path) for path in items(request.get("additionalModelResponseFieldPaths") or [])
        ],
    )
    constraints.check()
    return conversation


def _message(message: JsonObject, path: str, constraints: Constraints) -> Message:
    constraints.not_null(message.get("role"), f"{path}.role")
    constraints.not_null(message.get("content"), f"{path}.content")
    role = string(message.get("role") or "user")
    constraints.one_of(role, ["user", "assistant"], f"{path}.role")
    content = [
        _content_block(structure(block), f"{path}.content.{at + 1}.member", constraints)
        for at, block in enumerate(items(message.get("content") or []))
    ]
    return Message("assistant" if role == "assistant" else "user", content)


def _content_block(block: JsonObject, path: str, constraints: Constraints) -> Block:
    members = [name for name in block if block[name] is not None]
    if len(members) != 1:
        raise ValidationException(
            f"The ContentBlock object at {_as_rule_path(path)} must set one of the following keys: text, "
            "image, toolUse, toolResult, document, video, cachePoint, reasoningContent."
        )
    name, value = members[0], block[members[0]]
    if name == "text":
        return Text(string(value))
    if name == "toolUse":
        return _tool_use(structure(value), f"{path}.toolUse", constraints)
    if name == "toolResult":
        return _tool_result(structure(value), f"{path}.toolResult", constraints)
    if name in _ATTACHMENTS:
        return Attachment(name)
    raise ValidationException(f"The content type {name} at {_as_rule_path(path)} is not supported.")


def _tool_use(tool_use: JsonObject, path: str, constraints: Constraints) -> ToolUse:
    for name in ("toolUseId", "name", "input"):
        constraints.not_null(tool_use.get(name), f"{path}.{name}")
    value = tool_use.get("input")
    if value is not None and not isinstance(value, dict):
        raise ValidationException(
            f"The format of the value at {_as_rule_path(path)}.input is invalid. Provide a json object for "
            "the field and try again."
        )
    return ToolUse(string(tool_use.get("toolUseId") or ""), string(tool_use.get("name") or ""), value or {})


def _tool_result(result: JsonObject, path: str, constraints: Constraints) -> ToolResult:
    for name in ("toolUseId", "content"):
        constraints.not_null(result.get(name), f"{path}.{name}")
    texts: list[str] = []
    for at, block in enumerate(map(structure, items(result.get("content") or []))):
        if "json" in block and not isinstance(block["json"], dict):
            raise ValidationException(
                f"The format of the value at {_as_rule_path(path)}.content.{at}.json is invalid. Provide a "
                "json object for the field and try again."
            )
        texts.append(string(block["text"]) if "text" in block else compact(block.get("json", "")))
    if result.get("status") == "error" and not texts:
        raise ValidationException(
            f"The content field at {_as_rule_path(path)} cannot be empty when status value is error."
        )
    return ToolResult(string(result.get("toolUseId") or ""), "\n".join(texts))


def _tool_config(value: object, constraints: Constraints) -> tuple[list[Tool], ToolChoice]:
    if value is None:
        return [], ToolChoice()
    config = structure(value)
    constraints.not_null(config.get("tools"), "toolConfig.tools")
    given = items(config.get("tools") or [])
    if config.get("tools") is not None:
        constraints.length(given, 1, None, "toolConfig.tools")
    tools: list[Tool] = []
    for at, entry in enumerate(map(structure, given)):
        if "toolSpec" in entry:
            tools.append(
                _tool(
                    structure(entry["toolSpec"]),
                    f"toolConfig.tools.{at + 1}.member.toolSpec",
                    constraints,
                )
            )
        elif "cachePoint" not in entry:
            raise ValidationException(
                f"The Tool object at toolConfig.tools.{at} must set one of the following keys: toolSpec, "
                "cachePoint."
            )
    return tools, _tool_choice(structure(config.get("toolChoice") or {"auto": {}}), constraints)


def _tool(spec: JsonObject, path: str, constraints: Constraints) -> Tool:
    constraints.not_null(spec.get("name"), f"{path}.name")
    constraints.not_null(spec.get("inputSchema"), f"{path}.inputSchema")
    name = string(spec.get("name") or "")
    if name:
        constraints.length(name, 1, 64, f"{path}.name")
        constraints.pattern(name, _TOOL_NAME, f"{path}.name")
    description = spec.get("description")
    if description is not None:
        constraints.length(string(description), 1, None, f"{path}.description")
    schema = structure(spec.get("inputSchema") or {}).get("json", {})
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise ValidationException(
            f"The value at {_as_rule_path(path)}.inputSchema.json.type must be one of the following: object."
        )
    return Tool(name, string(description or ""), schema)


def _tool_choice(choice: JsonObject, constraints: Constraints) -> ToolChoice:
    members = [name for name in choice if choice[name] is not None]
    if len(members) != 1 or members[0] not in ("auto", "any", "tool"):
        raise ValidationException(
            "The toolChoice object at toolConfig must set one of the following keys: auto, any, tool."
        )
    if members[0] == "tool":
        name = structure(choice["tool"]).get("name")
        constraints.not_null(name, "toolConfig.toolChoice.tool.name")
        return ToolChoice("tool", string(name or ""))
    structure(choice[members[0]])
    return ToolChoice("any") if members[0] == "any" else ToolChoice("auto")


def _inference(config: JsonObject, constraints: Constraints) -> Inference:
    def value(name: str, read: Callable[[object], float]) -> float | None:
        return None if config.get(name) is None else read(config[name])

    max_tokens = None if config.get("maxTokens") is None else integer(config["maxTokens"])
    constraints.at_least(max_tokens, 1, "inferenceConfig.maxTokens")
    temperature, top_p = value("temperature", number), value("topP", number)
    for name, one in (("temperature", temperature), ("topP", top_p)):
        constraints.at_least(one, 0, f"inferenceConfig.{name}")
        constraints.at_most(one, 1, f"inferenceConfig.{name}")
    stop_sequences = [string(one) for one in items(config.get("stopSequences") or [])]
    constraints.length(stop_sequences, 0, 2500, "inferenceConfig.stopSequences")
    for stop in stop_sequences:
        constraints.length(stop, 1, None, "inferenceConfig.stopSequences")
    return Inference(max_tokens, temperature, top_p, stop_sequences)


def _as_rule_path(path: str) -> str:
    """`messages.1.member.content.1.member` (a constraint's path) as `messages.0.content.0` (a rule's)."""
    parts = path.replace(".member", "").split(".")
    return ".".join(str(int(part) - 1) if part.isdigit() else part for part in parts)
