"""The fields of a Converse or ConverseStream request: Bedrock's own body, the same for every model.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from collections.abc import Callable

from stub_bedrock.bodies import options
from stub_bedrock.bodies.fields import check_fields
from stub_bedrock.bodies.shapes import (
    Constraints,
    JsonObject,
    integer,
    items,
    number,
    string,
    structure,
)
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
_TOOL_USE_ID = "[a-zA-Z0-9_.:-]+"


def read_fields(request: JsonObject) -> Conversation:
    """Return the conversation of parsed JSON, before the rules (Nova's own body has these fields too).

    :raises SerializationException: a value is not of the API's type.
    :raises ValidationException: a value breaks a constraint of the API.
    """
    constraints = Constraints()
    constraints.not_null(request.get("messages"), "messages")
    messages = [
        _message(structure(message), f"messages.{at + 1}.member", constraints)
        for at, message in enumerate(items(request.get("messages") or []))
    ]
    tools, tool_choice = _tool_config(request.get("toolConfig"), constraints)
    inference = _inference(structure(request.get("inferenceConfig") or {}), constraints)
    conversation = Conversation(
        messages=messages,
        system=[
            text
            for at, block in enumerate(map(structure, items(request.get("system") or [])))
            if (text := _system_text(block, f"system.{at}")) is not None
        ],
        tools=tools,
        tool_choice=tool_choice,
        inference=inference,
        guardrail=options.guardrail(structure(request.get("guardrailConfig") or {}), constraints),
        output_schema=options.output_schema(structure(request.get("outputConfig") or {}), constraints),
        response_field_paths=[
            string(path) for path in items(request.get("additionalModelResponseFieldPaths") or [])
        ],
        performance=options.performance(structure(request.get("performanceConfig") or {}), constraints),
        service_tier=options.service_tier(request.get("serviceTier"), constraints),
    )
    options.check_metadata(structure(request.get("requestMetadata") or {}), constraints)
    constraints.check()
    return conversation


def _system_text(block: JsonObject, path: str) -> str | None:
    check_fields(block, "SystemContentBlock", path)
    if block.get("guardContent") is not None:
        return _guarded_text(block["guardContent"])
    return string(block["text"]) if block.get("text") is not None else None


def _guarded_text(value: object) -> str | None:
    """Return what the model reads of a guardContent block: its text, None of a picture."""
    text = structure(value).get("text")
    return None if text is None else string(structure(text).get("text"))


def _message(message: JsonObject, path: str, constraints: Constraints) -> Message:
    check_fields(message, "Message", _as_rule_path(path))
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
    check_fields(block, "ContentBlock", _as_rule_path(path))
    if name == "text":
        return Text(string(value))
    if name == "guardContent":
        text = _guarded_text(value)
        return Attachment(name) if text is None else Text(text)
    if name == "toolUse":
        return _tool_use(structure(value), f"{path}.toolUse", constraints)
    if name == "toolResult":
        return _tool_result(structure(value), f"{path}.toolResult", constraints)
    structure(value)
    return Attachment(name)


def _tool_use(tool_use: JsonObject, path: str, constraints: Constraints) -> ToolUse:
    check_fields(tool_use, "ToolUseBlock", _as_rule_path(path))
    for name in ("toolUseId", "name", "input"):
        constraints.not_null(tool_use.get(name), f"{path}.{name}")
    _check_id(tool_use.get("toolUseId"), f"{path}.toolUseId", constraints)
    value = tool_use.get("input")
    if value is not None and not isinstance(value, dict):
        raise ValidationException(
            f"The format of the value at {_as_rule_path(path)}.input is invalid. Provide a json object for "
            "the field and try again."
        )
    return ToolUse(string(tool_use.get("toolUseId") or ""), string(tool_use.get("name") or ""), value or {})


def _tool_result(result: JsonObject, path: str, constraints: Constraints) -> ToolResult:
    check_fields(result, "ToolResultBlock", _as_rule_path(path))
    _check_id(result.get("toolUseId"), f"{path}.toolUseId", constraints)
    if result.get("status") is not None:
        constraints.one_of(string(result["status"]), ["success", "error"], f"{path}.status")
    for name in ("toolUseId", "content"):
        constraints.not_null(result.get(name), f"{path}.{name}")
    texts: list[str] = []
    for at, block in enumerate(map(structure, items(result.get("content") or []))):
        check_fields(block, "ToolResultContentBlock", f"{_as_rule_path(path)}.content.{at}")
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


def _check_id(value: object, path: str, constraints: Constraints) -> None:
    if value is not None:
        constraints.length(string(value), 1, 64, path)
        constraints.pattern(string(value), _TOOL_USE_ID, path)


def _tool_config(value: object, constraints: Constraints) -> tuple[list[Tool], ToolChoice]:
    if value is None:
        return [], ToolChoice()
    config = structure(value)
    check_fields(config, "ToolConfiguration", "toolConfig")
    constraints.not_null(config.get("tools"), "toolConfig.tools")
    given = items(config.get("tools") or [])
    if config.get("tools") is not None:
        constraints.length(given, 1, None, "toolConfig.tools")
    tools: list[Tool] = []
    for at, entry in enumerate(map(structure, given)):
        check_fields(entry, "Tool", f"toolConfig.tools.{at}")
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
    check_fields(spec, "ToolSpecification", _as_rule_path(path))
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
    check_fields(config, "InferenceConfiguration", "inferenceConfig")

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
    return Inference(max_tokens, temperature, top_p, stop_sequences=stop_sequences)


def _as_rule_path(path: str) -> str:
    """`messages.1.member.content.1.member` (a constraint's path) as `messages.0.content.0` (a rule's)."""
    parts = path.replace(".member", "").split(".")
    return ".".join(str(int(part) - 1) if part.isdigit() else part for part in parts)
