"""The response of Converse, and the events of ConverseStream.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from collections.abc import Iterator

from stub_bedrock.bodies.deltas import TOOL_DELTA, pieces, text_pieces
from stub_bedrock.bodies.shapes import JsonObject
from stub_bedrock.conversation import Answer, Conversation, Text, ToolUse
from stub_bedrock.tokens import compact


def write(answer: Answer, conversation: Conversation) -> JsonObject:
    """Return the ConverseResponse."""
    content = [_block(block) for block in answer.content]
    response: JsonObject = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": answer.stop_reason,
        "usage": _usage(answer),
        "metrics": {"latencyMs": answer.latency_ms},
    }
    response.update(_options(conversation))
    extra = _additional_fields(answer, conversation)
    if extra:
        response["additionalModelResponseFields"] = extra
    if answer.guardrail_trace:
        response["trace"] = _trace()
    return response


def stream(answer: Answer, conversation: Conversation) -> Iterator[tuple[str, JsonObject]]:
    """Yield the events of a ConverseStreamOutput: member name and body."""
    yield "messageStart", {"role": "assistant"}
    for index, block in enumerate(answer.content):
        at = {"contentBlockIndex": index}
        if isinstance(block, ToolUse):
            start = {"toolUse": {"toolUseId": block.tool_use_id, "name": block.name}}
            yield "contentBlockStart", {"start": start, **at}
            for piece in pieces(tool_json(block), TOOL_DELTA):
                yield "contentBlockDelta", {"delta": {"toolUse": {"input": piece}}, **at}
        else:
            for piece in text_pieces(block.text):
                yield "contentBlockDelta", {"delta": {"text": piece}, **at}
        yield "contentBlockStop", at
    stop: JsonObject = {"stopReason": answer.stop_reason}
    extra = _additional_fields(answer, conversation)
    yield "messageStop", {**stop, "additionalModelResponseFields": extra} if extra else stop
    metadata: JsonObject = {"usage": _usage(answer), "metrics": {"latencyMs": answer.latency_ms}}
    metadata.update(_options(conversation))
    yield "metadata", {**metadata, "trace": _trace()} if answer.guardrail_trace else metadata


def tool_json(block: ToolUse) -> str:
    """Return the tool's input as the model wrote it, whole or cut."""
    return block.partial_json if block.partial_json is not None else compact(block.input)


def _block(block: Text | ToolUse) -> JsonObject:
    if isinstance(block, Text):
        return {"text": block.text}
    return {"toolUse": {"toolUseId": block.tool_use_id, "name": block.name, "input": block.input}}


def _usage(answer: Answer) -> JsonObject:
    usage = answer.usage
    return {
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.total_tokens,
    }


def _additional_fields(answer: Answer, conversation: Conversation) -> JsonObject:
    known = {"/stop_sequence": answer.stop_sequence}
    return {path[1:]: known[path] for path in conversation.response_field_paths if path in known}


def _options(conversation: Conversation) -> JsonObject:
    """Return what the request asked for and was given, as the answer repeats it."""
    options: JsonObject = {}
    if conversation.performance is not None:
        options["performanceConfig"] = {"latency": conversation.performance}
    if conversation.service_tier is not None:
        options["serviceTier"] = {"type": conversation.service_tier}
    return options


def _trace() -> JsonObject:
    return {"guardrail": {"actionReason": "Guardrail blocked."}}
