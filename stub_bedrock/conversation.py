"""What a request asks and what the stub answers, whatever body they came in (see stub_bedrock.bodies)."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

Role = Literal["user", "assistant"]
StopReason = Literal["end_turn", "tool_use", "max_tokens", "stop_sequence", "guardrail_intervened"]


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class ToolUse:
    """The model asks for a tool. `partial_json` is set when max_tokens cut the input in the middle."""

    tool_use_id: str
    name: str
    input: dict[str, Any]
    partial_json: str | None = None


@dataclass(frozen=True)
class ToolResult:
    tool_use_id: str
    text: str


@dataclass(frozen=True)
class Attachment:
    """A block that the stub accepts and does not look into: image, document, cachePoint, …"""

    kind: str


Block = Text | ToolUse | ToolResult | Attachment


@dataclass(frozen=True)
class Message:
    role: Role
    content: list[Block]

    @property
    def text(self) -> str:
        """The text blocks and tool results, a line each."""
        return "\n".join(block.text for block in self.content if isinstance(block, Text | ToolResult))


@dataclass(frozen=True)
class Tool:
    name: str
    description: str
    input_schema: dict[str, Any]


@dataclass(frozen=True)
class ToolChoice:
    """`auto` and `none` leave it to the model, `any` forces some tool, `tool` the one named."""

    kind: Literal["auto", "any", "tool", "none"] = "auto"
    name: str | None = None


@dataclass(frozen=True)
class Inference:
    """The sampling parameters. `max_tokens` None is the model's own limit."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    stop_sequences: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Guardrail:
    """A guardrail that the caller names: its id, a version, and whether the answer is to have its trace."""

    identifier: str
    version: str
    trace: bool = False


@dataclass(frozen=True)
class Conversation:
    messages: list[Message]
    system: list[str] = field(default_factory=list)
    tools: list[Tool] = field(default_factory=list)
    tool_choice: ToolChoice = field(default_factory=ToolChoice)
    inference: Inference = field(default_factory=Inference)
    guardrail: Guardrail | None = None
    output_schema: dict[str, Any] | None = None
    """The JSON Schema that a text answer has to follow."""
    performance: str | None = None
    service_tier: str | None = None
    response_field_paths: list[str] = field(default_factory=list)
    """Converse's additionalModelResponseFieldPaths: JSON pointers into the model's own response."""

    @property
    def last_user_text(self) -> str:
        return next((m.text for m in reversed(self.messages) if m.role == "user"), "")


@dataclass(frozen=True)
class Usage:
    input_tokens: int
    output_tokens: int

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True)
class Answer:
    """What the model says. `records` counts the records that a tool answer covers."""

    content: list[Text | ToolUse]
    stop_reason: StopReason
    usage: Usage
    stop_sequence: str | None = None
    records: int = 0
    latency_ms: int = 0
    guardrail_trace: bool = False

    def with_latency(self, latency_ms: int) -> "Answer":
        return replace(self, latency_ms=latency_ms)
