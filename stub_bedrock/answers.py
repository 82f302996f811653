"""From a conversation to an answer: a tool call or a text, cut where the request says so."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from stub_bedrock import tokens
from stub_bedrock.bodies.rules import input_tokens
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import Answer, Conversation, StopReason, Text, Tool, ToolResult, ToolUse, Usage
from stub_bedrock.language.category import best_label
from stub_bedrock.language.detect import language_of
from stub_bedrock.language.sentiment import sentiment_of
from stub_bedrock.language.summary import keywords, summarize
from stub_bedrock.partial_json import complete_part
from stub_bedrock.schema.answers import SchemaAnswer
from stub_bedrock.schema.spoiling import spoil
from stub_bedrock.settings import Spoiling

BLOCKED_MESSAGE = "Sorry, the model cannot answer this question."  # the default of a guardrail's messages
_TOOL_CALL = 12  # output tokens of a tool call beside its input


def answer(conversation: Conversation, model: FoundationModel, spoiling: Spoiling | None = None) -> Answer:
    """Return what the model answers; `spoiling` says how a tool answer is to go wrong."""
    tool = _chosen_tool(conversation)
    if tool is not None and spoiling != "text":
        return _tool_answer(conversation, tool, model, spoiling)
    return _text_answer(conversation, model)


def blocked(conversation: Conversation) -> Answer:
    """Return the guardrail's answer in the model's stead."""
    return Answer(
        content=[Text(BLOCKED_MESSAGE)],
        stop_reason="guardrail_intervened",
        usage=Usage(0, 0),  # the model was never called
        guardrail_trace=conversation.guardrail is not None and conversation.guardrail.trace,
    )


def wants_tool(conversation: Conversation) -> bool:
    """Will the answer be a tool call?"""
    choice = conversation.tool_choice
    answered = any(isinstance(block, ToolResult) for block in conversation.messages[-1].content)
    return bool(conversation.tools) and choice.kind != "none" and not (choice.kind == "auto" and answered)


def _chosen_tool(conversation: Conversation) -> Tool | None:
    """Return the tool that is forced, or that the model picks: of several the one whose description fits
    best. Left free, it calls a tool until it has a result to speak about."""
    tools, choice = conversation.tools, conversation.tool_choice
    if not wants_tool(conversation):
        return None
    if choice.kind == "tool":
        return next(tool for tool in tools if tool.name == choice.name)
    names = tuple(tool.name for tool in tools)
    described = "\n".join(f"{tool.name}: {tool.description}" for tool in tools)
    best = best_label(conversation.last_user_text, names, described)
    return tools[names.index(best)]


def _tool_answer(
    conversation: Conversation, tool: Tool, model: FoundationModel, spoiling: Spoiling | None
) -> Answer:
    prompt = conversation.last_user_text
    found = SchemaAnswer(tool.input_schema, prompt)
    value = spoil(found.value, spoiling) if spoiling else found.value
    written = tokens.compact(value)
    cost = tokens.estimate(written) + _TOOL_CALL
    limit = conversation.inference.max_tokens or model.max_output_tokens
    if spoiling == "truncated":
        limit = min(limit, cost // 2)
    tool_use_id = _tool_use_id(tool.name, prompt)
    if cost <= limit:
        block = ToolUse(tool_use_id, tool.name, value)
        usage = Usage(input_tokens(conversation), cost)
        return Answer([block], "tool_use", usage, records=found.records)
    cut = tokens.cut(written, max(limit - _TOOL_CALL, 0))
    block = ToolUse(tool_use_id, tool.name, complete_part(cut), partial_json=cut)
    return Answer([block], "max_tokens", Usage(input_tokens(conversation), limit), records=found.records)


def _text_answer(conversation: Conversation, model: FoundationModel) -> Answer:
    if conversation.output_schema is not None:
        found = SchemaAnswer(conversation.output_schema, conversation.last_user_text)
        whole, records = tokens.compact(found.value), found.records
    else:
        whole, records = _text(conversation), 0
    text = tokens.cut(whole, conversation.inference.max_tokens or model.max_output_tokens)
    stops = [(at, stop) for stop in conversation.inference.stop_sequences if (at := text.find(stop)) >= 0]
    before = input_tokens(conversation)
    if stops:
        at, stop = min(stops)
        text = text[:at]
        return Answer(
            _content(text),
            "stop_sequence",
            Usage(before, tokens.estimate(text)),
            stop_sequence=stop,
            records=records,
        )
    usage = Usage(before, tokens.estimate(text))
    stop_reason: StopReason = "end_turn" if len(text) == len(whole) else "max_tokens"
    return Answer(_content(text), stop_reason, usage, records=records)


def _content(text: str) -> list[Text | ToolUse]:
    return [Text(text)] if text else []


def _text(conversation: Conversation) -> str:
    """Write a reply that shows it has read the message: its gist, its words, its feeling."""
    said = conversation.last_user_text
    gist, found = summarize(said, 200), keywords(said, 5)
    gist = gist if gist.endswith((".", "!", "?", "…")) else f"{gist}."
    score = sentiment_of(said).score
    if language_of(said) == "ja":
        feeling = "肯定的" if score > 0 else "否定的" if score < 0 else "中立的"
        about = f"主な話題は「{'、'.join(found)}」です。" if found else ""
        opening = f"ご連絡の内容を確認しました。「{gist}」とのことですね。"
        return f"{opening}{about}全体として{feeling}な内容と受け取りました。"
    feeling = "positive" if score > 0 else "negative" if score < 0 else "neutral"
    about = f" It is mainly about {', '.join(found)}." if found else ""
    return f'I have read your message. In short: "{gist}"{about} On the whole it sounds {feeling} to me.'


def _tool_use_id(name: str, prompt: str) -> str:
    """Make an id; the same prompt gets the same one: answers can be compared whole."""
    digest = sha256(f"{name}\0{prompt}".encode("utf-8", "surrogatepass")).digest()
    return f"tooluse_{urlsafe_b64encode(digest)[:22].decode()}"
