"""InvokeModel with Claude: the Anthropic Messages body.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
"""

from collections.abc import Iterator
from hashlib import sha256

from stub_bedrock.bodies import rules
from stub_bedrock.bodies.anthropic_request import read_fields
from stub_bedrock.bodies.converse_response import tool_json
from stub_bedrock.bodies.deltas import TOOL_DELTA, pieces, text_pieces
from stub_bedrock.bodies.malformed import parse
from stub_bedrock.bodies.shapes import JsonObject
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import Answer, Conversation, Text, ToolUse
from stub_bedrock.errors import ValidationException

_ADDITIONAL = ("anthropic_beta", "top_k", "thinking", "metadata")
"""The model's own fields that Converse hands on. None of them changes a stub's answer."""


def read(body: bytes, model: FoundationModel) -> Conversation:
    """Return the conversation of an InvokeModel body for a Claude model.

    :raises ValidationException: it is malformed, or breaks a rule of the model.
    """
    conversation = read_fields(parse(body), model)
    rules.check(conversation, model)
    return conversation


def check_additional(fields: JsonObject) -> None:
    """Check Converse's `additionalModelRequestFields`.

    :raises ValidationException: Claude has no such field.
    """
    unknown = [name for name in fields if name not in _ADDITIONAL]
    if unknown:
        raise ValidationException(
            f"The model returned the following errors: {unknown[0]}: Extra inputs are not permitted"
        )


def write(answer: Answer, conversation: Conversation, model: FoundationModel) -> JsonObject:
    """Return the response body."""
    written = {
        **_message(answer, conversation, model),
        "content": [_block(block) for block in answer.content],
        "stop_reason": _stop_reason(answer),
        "stop_sequence": answer.stop_sequence,
        "usage": {"input_tokens": answer.usage.input_tokens, "output_tokens": answer.usage.output_tokens},
    }
    if answer.stop_reason == "guardrail_intervened":
        written["amazon-bedrock-guardrailAction"] = "INTERVENED"
    return written


def stream(answer: Answer, conversation: Conversation, model: FoundationModel) -> Iterator[JsonObject]:
    """Yield the chunks of an Anthropic stream."""
    usage = {"input_tokens": answer.usage.input_tokens, "output_tokens": 1}
    start = {
        **_message(answer, conversation, model),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }
    yield {"type": "message_start", "message": {**start, "usage": usage}}
    for index, block in enumerate(answer.content):
        yield {"type": "content_block_start", "index": index, "content_block": _empty(block)}
        for delta in _deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": _stop_reason(answer), "stop_sequence": answer.stop_sequence},
        "usage": {"output_tokens": answer.usage.output_tokens},
    }
    yield {"type": "message_stop"}


def _message(answer: Answer, conversation: Conversation, model: FoundationModel) -> JsonObject:
    seed = f"{conversation.last_user_text}{answer.content!r}".encode("utf-8", "surrogatepass")
    return {
        "id": f"msg_bdrk_{sha256(seed).hexdigest()[:24]}",
        "type": "message",
        "role": "assistant",
        "model": model.model_id.removeprefix("anthropic.").partition("-v1:")[0],
    }


def _stop_reason(answer: Answer) -> str:
    """Anthropic's own body knows no guardrails: the action stands beside it."""
    return "end_turn" if answer.stop_reason == "guardrail_intervened" else answer.stop_reason


def _block(block: Text | ToolUse) -> JsonObject:
    if isinstance(block, Text):
        return {"type": "text", "text": block.text}
    return {"type": "tool_use", "id": block.tool_use_id, "name": block.name, "input": block.input}


def _empty(block: Text | ToolUse) -> JsonObject:
    return {**_block(block), "text": ""} if isinstance(block, Text) else {**_block(block), "input": {}}


def _deltas(block: Text | ToolUse) -> Iterator[JsonObject]:
    if isinstance(block, Text):
        for piece in text_pieces(block.text):
            yield {"type": "text_delta", "text": piece}
    else:
        for piece in pieces(tool_json(block), TOOL_DELTA):
            yield {"type": "input_json_delta", "partial_json": piece}
