"""The messages of a data channel: packing and unpacking, with the field names of the agent and the plugin.

Layout (big endian), as the agent's and the plugin's public sources describe it: HeaderLength (4),
MessageType (32, padded with spaces), SchemaVersion (4), CreatedDate (8, ms), SequenceNumber (8), Flags (8),
MessageId (16, its halves swapped), PayloadDigest (32, SHA-256), PayloadType (4), PayloadLength (4), Payload.
HeaderLength does not count PayloadLength.
"""

from __future__ import annotations

import enum
import hashlib
import json
import struct
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from glue_app.emulator.ssm.channel.errors import MalformedMessageError

_HEADER = struct.Struct(">I32sIQqQ16s32sII")
HEADER_LENGTH = _HEADER.size - 4
#: what the plugin sends is 1,024 bytes of payload; a message far above it is none of its
MAX_PAYLOAD = 1024 * 1024
SCHEMA_VERSION = 1
SYN, FIN = 1, 2


class MessageType(str, enum.Enum):
    """Those that a client and the service exchange."""

    INPUT_STREAM_DATA = "input_stream_data"
    OUTPUT_STREAM_DATA = "output_stream_data"
    ACKNOWLEDGE = "acknowledge"
    CHANNEL_CLOSED = "channel_closed"
    START_PUBLICATION = "start_publication"
    PAUSE_PUBLICATION = "pause_publication"


class PayloadType(enum.IntEnum):
    """What stream data carries."""

    NONE = 0
    OUTPUT = 1
    ERROR = 2
    SIZE = 3
    PARAMETER = 4
    HANDSHAKE_REQUEST = 5
    HANDSHAKE_RESPONSE = 6
    HANDSHAKE_COMPLETE = 7
    ENC_CHALLENGE_REQUEST = 8
    ENC_CHALLENGE_RESPONSE = 9
    FLAG = 10


class PayloadTypeFlag(enum.IntEnum):
    """The payload of PayloadType.FLAG."""

    DISCONNECT_TO_PORT = 1
    TERMINATE_SESSION = 2
    CONNECT_TO_PORT_ERROR = 3

    def packed(self) -> bytes:
        return struct.pack(">I", self)


@dataclass(frozen=True)
class ClientMessage:
    """One message. message_type may be none of MessageType: such a message is passed over."""

    message_type: str
    payload: bytes
    sequence_number: int = 0
    payload_type: int = PayloadType.NONE
    flags: int = 0
    message_id: uuid.UUID = field(default_factory=uuid.uuid4)
    created_date: int = field(default_factory=lambda: int(time.time() * 1000))

    def pack(self) -> bytes:
        header = _HEADER.pack(
            HEADER_LENGTH,
            self.message_type.encode().ljust(32),
            SCHEMA_VERSION,
            self.created_date,
            self.sequence_number,
            self.flags,
            _swapped(self.message_id.bytes),
            hashlib.sha256(self.payload).digest(),
            self.payload_type,
            len(self.payload),
        )
        return header + self.payload

    @classmethod
    def unpack(cls, raw: bytes) -> ClientMessage:
        """Unpack a message. Raises MalformedMessageError."""
        if len(raw) < _HEADER.size:
            raise MalformedMessageError(f"{len(raw)} bytes are no message")
        (length, message_type, _version, created, sequence, flags, message_id, digest, payload_type, size) = (
            _HEADER.unpack_from(raw)
        )
        if length != HEADER_LENGTH:
            raise MalformedMessageError(f"its header has {length} bytes")
        payload = raw[_HEADER.size :]
        if size != len(payload) or size > MAX_PAYLOAD:
            raise MalformedMessageError(f"{len(payload)} bytes of payload, its header says {size}")
        if size and hashlib.sha256(payload).digest() != digest:
            raise MalformedMessageError("its payload is not what its digest says")
        try:
            name = message_type.rstrip(b"\0 ").decode("ascii")
        except UnicodeDecodeError as error:
            raise MalformedMessageError("its type is no text") from error
        return cls(
            name, payload, sequence, payload_type, flags, uuid.UUID(bytes=_swapped(message_id)), created
        )

    def json(self) -> dict[str, Any]:
        """Return the payload's JSON object. Raises MalformedMessageError."""
        return json_object(self.payload)

    @property
    def flag(self) -> int:
        """The payload of PayloadType.FLAG. Raises MalformedMessageError."""
        if len(self.payload) != 4:
            raise MalformedMessageError(f"a flag of {len(self.payload)} bytes")
        return int.from_bytes(self.payload, "big")

    def acknowledgement(self) -> ClientMessage:
        """Return the message that tells the sender of this one that it has arrived."""
        content = {
            "AcknowledgedMessageType": self.message_type,
            "AcknowledgedMessageId": str(self.message_id),
            "AcknowledgedMessageSequenceNumber": self.sequence_number,
            "IsSequentialMessage": True,
        }
        return ClientMessage(MessageType.ACKNOWLEDGE.value, json.dumps(content).encode(), flags=SYN | FIN)

    @property
    def acknowledged(self) -> int:
        """The sequence number that an acknowledgement names. Raises MalformedMessageError."""
        number = self.json().get("AcknowledgedMessageSequenceNumber")
        if not isinstance(number, int):
            raise MalformedMessageError("an acknowledgement without a sequence number")
        return number


def channel_closed(session_id: str, target: str, output: str) -> ClientMessage:
    """Return what ends the plugin, which prints `output`, or its own words where that is empty."""
    message_id, created = uuid.uuid4(), int(time.time() * 1000)
    content = {
        "MessageId": str(message_id),
        "CreatedDate": str(created),
        "DestinationId": target,
        "SessionId": session_id,
        "MessageType": MessageType.CHANNEL_CLOSED.value,
        "SchemaVersion": SCHEMA_VERSION,
        "Output": output,
    }
    return ClientMessage(
        MessageType.CHANNEL_CLOSED.value,
        json.dumps(content).encode(),
        flags=SYN | FIN,
        message_id=message_id,
        created_date=created,
    )


def json_object(raw: bytes | str) -> dict[str, Any]:
    """Parse a JSON object. Raises MalformedMessageError."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise MalformedMessageError("no JSON") from error
    if not isinstance(found, dict):
        raise MalformedMessageError("no JSON object")
    return found


def _swapped(message_id: bytes) -> bytes:
    """Swap the halves of an id: the wire has the less significant half first."""
    return message_id[8:] + message_id[:8]
