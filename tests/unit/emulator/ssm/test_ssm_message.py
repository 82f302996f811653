"""The data channel's messages on the wire."""

from __future__ import annotations

import json
import random
import struct
import uuid

import pytest

from glue_app.emulator.ssm.channel.errors import ChannelError, MalformedMessageError
from glue_app.emulator.ssm.channel.message import (
    HEADER_LENGTH,
    ClientMessage,
    MessageType,
    PayloadType,
    PayloadTypeFlag,
    channel_closed,
)

ROUNDS = 500


def some_message(chance: random.Random) -> ClientMessage:
    return ClientMessage(
        chance.choice([*MessageType]).value,
        chance.randbytes(chance.choice([0, 1, 1023, 1024, 20_000])),
        chance.randrange(2**40),
        chance.choice([*PayloadType]),
        chance.randrange(4),
        uuid.UUID(int=chance.getrandbits(128)),
        chance.randrange(1, 2**48),
    )


def test_what_is_packed_is_unpacked() -> None:
    """Any message, whatever its fields."""
    chance = random.Random(1)
    for _ in range(ROUNDS):
        message = some_message(chance)
        assert ClientMessage.unpack(message.pack()) == message


def test_the_layout_is_that_of_agent_and_plugin() -> None:
    """Field by field at its offset; the halves of the message id are swapped."""
    message_id = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
    raw = ClientMessage("output_stream_data", b"hi", 7, PayloadType.OUTPUT, 1, message_id, 99).pack()
    assert struct.unpack_from(">I", raw)[0] == HEADER_LENGTH == 116
    assert raw[4:36] == b"output_stream_data".ljust(32)
    assert struct.unpack_from(">IQqQ", raw, 36) == (1, 99, 7, 1)
    assert raw[64:80].hex() == "8899aabbccddeeff0011223344556677"
    assert struct.unpack_from(">II", raw, 112) == (PayloadType.OUTPUT, 2)
    assert raw[120:] == b"hi"


def test_a_changed_byte_of_the_payload_is_found() -> None:
    raw = bytearray(ClientMessage("input_stream_data", b"payload").pack())
    raw[-1] ^= 1
    with pytest.raises(MalformedMessageError, match="digest"):
        ClientMessage.unpack(bytes(raw))


def test_noise_is_refused_and_nothing_else_happens() -> None:
    """Cut, lengthened and overwritten messages are malformed, or still whole: never another error."""
    chance = random.Random(2)
    for _ in range(ROUNDS):
        raw = bytearray(some_message(chance).pack())
        for _ in range(chance.randrange(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        cut = bytes(raw[: chance.randrange(len(raw) + 1)]) + chance.randbytes(chance.choice([0, 0, 5]))
        try:
            message = ClientMessage.unpack(cut)
            message.json()
        except ChannelError:
            continue


def test_an_acknowledgement_names_what_it_acknowledges() -> None:
    message = ClientMessage("input_stream_data", b"x", 42)
    acknowledgement = ClientMessage.unpack(message.acknowledgement().pack())
    assert acknowledgement.message_type == "acknowledge"
    assert acknowledgement.acknowledged == 42
    assert acknowledgement.json()["AcknowledgedMessageId"] == str(message.message_id)


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"{}", b'{"AcknowledgedMessageSequenceNumber": "1"}', b"[" * 9999]
)
def test_an_acknowledgement_of_nothing_is_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        ClientMessage("acknowledge", payload).acknowledged  # noqa: B018


def test_a_flag_is_four_bytes() -> None:
    assert ClientMessage("x", PayloadTypeFlag.TERMINATE_SESSION.packed()).flag == 2
    with pytest.raises(MalformedMessageError):
        ClientMessage("x", b"\0").flag  # noqa: B018


def test_channel_closed_says_why() -> None:
    closed = channel_closed("root-1", "i-1", "The emulator stops.")
    assert closed.message_type == "channel_closed"
    assert json.loads(closed.payload)["Output"] == "The emulator stops."
    assert json.loads(closed.payload)["MessageId"] == str(closed.message_id)
