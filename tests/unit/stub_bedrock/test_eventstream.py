"""The frames of application/vnd.amazon.eventstream, read by botocore's own parser."""

from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from stub_bedrock.eventstream import CorruptFrameError, EventStreamMessage


def test_botocore_reads_what_is_packed_even_byte_by_byte() -> None:
    """Two frames with Japanese payload arrive whole, whatever the network makes of them."""
    stream = b"".join(
        EventStreamMessage.event("contentBlockDelta", {"text": text}).pack() for text in ("最高", "ok")
    )
    buffer = EventStreamBuffer()
    events: list[Any] = []  # botocore-stubs take them for sequences
    for at in range(len(stream)):
        buffer.add_data(stream[at : at + 1])
        events += list(buffer)
    assert [event.headers[":event-type"] for event in events] == ["contentBlockDelta"] * 2
    assert [event.payload.decode() for event in events] == ['{"text":"最高"}', '{"text":"ok"}']


def test_unpack_gives_back_what_was_packed() -> None:
    message = EventStreamMessage({":message-type": "event", ":event-type": "chunk"}, b"\x00payload")
    assert EventStreamMessage.unpack(message.pack()) == message


@pytest.mark.parametrize(("at", "part"), [(0, "total_length"), (5, "prelude_crc"), (-6, "message_crc")])
def test_a_flipped_bit_is_found_and_the_field_named(at: int, part: str) -> None:
    packed = bytearray(EventStreamMessage.event("messageStop", {"stopReason": "end_turn"}).pack())
    packed[at] ^= 1
    with pytest.raises(CorruptFrameError, match=part):
        EventStreamMessage.unpack(bytes(packed))


def test_an_exception_frame_names_the_exception() -> None:
    message = EventStreamMessage.unpack(
        EventStreamMessage.exception("throttlingException", {"message": "m"}).pack()
    )
    assert message.headers[":message-type"] == "exception"
    assert message.headers[":exception-type"] == "throttlingException"
