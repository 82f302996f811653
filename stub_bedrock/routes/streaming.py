"""Answers as event-stream frames."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator

from stub_bedrock.bodies.shapes import JsonObject
from stub_bedrock.conversation import Answer
from stub_bedrock.errors import BedrockError
from stub_bedrock.eventstream import EventStreamMessage
from stub_bedrock.wire import to_bytes

METRICS = "amazon-bedrock-invocationMetrics"


def event_frames(events: Iterator[tuple[str, JsonObject]]) -> Iterator[bytes]:
    """ConverseStream: each event a frame of its name."""
    for event_type, body in events:
        yield EventStreamMessage.event(event_type, body).pack()


def chunk_frames(chunks: Iterator[JsonObject], answer: Answer) -> Iterator[bytes]:
    """InvokeModelWithResponseStream: each chunk as base64 in a `chunk` frame, the metrics in the last."""
    last: JsonObject | None = None
    for chunk in chunks:
        if last is not None:
            yield _chunk(last)
        last = chunk
    metrics = {
        "inputTokenCount": answer.usage.input_tokens,
        "outputTokenCount": answer.usage.output_tokens,
        "invocationLatency": answer.latency_ms,
        "firstByteLatency": answer.latency_ms,
    }
    yield _chunk({**(last or {}), METRICS: metrics})


def broken_after_first_delta(frames: Iterator[bytes], error: BedrockError) -> Iterator[bytes]:
    """Yield the stream up to its first delta, then the error as its last frame."""
    for frame in frames:
        yield frame
        if b"Delta" in frame or b"delta" in _payload(frame):
            break
    yield EventStreamMessage.exception(error.event_type, error.body()).pack()


def _payload(frame: bytes) -> bytes:
    body = json.loads(EventStreamMessage.unpack(frame).payload)
    return b64decode(body["bytes"]) if "bytes" in body else b""


def _chunk(body: JsonObject) -> bytes:
    return EventStreamMessage.event("chunk", {"bytes": b64encode(to_bytes(body)).decode()}).pack()
