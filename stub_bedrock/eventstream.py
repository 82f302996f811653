"""`application/vnd.amazon.eventstream`: the frames in which Bedrock streams its answers.

A message is: total_length (4 bytes), headers_length (4), prelude_crc (4), headers, payload, message_crc (4),
all big-endian; both checksums are CRC-32, the message's over everything before it.
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from zlib import crc32

from stub_bedrock.wire import to_bytes

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_PRELUDE = struct.Struct("!II")
_CRC = struct.Struct("!I")
_VALUE_LENGTH = struct.Struct("!H")
_STRING = 7  # value_type; Bedrock's headers are all strings


class CorruptFrameError(ValueError):
    """Bytes that are no event-stream message: `part` names the field that is wrong."""

    def __init__(self, part: str, found: object, expected: object) -> None:
        self.part, self.found, self.expected = part, found, expected
        super().__init__(f"{part} is {found}, expected {expected}")


@dataclass(frozen=True)
class EventStreamMessage:
    """One frame: string headers and a payload."""

    headers: Mapping[str, str]
    payload: bytes

    @classmethod
    def event(cls, event_type: str, body: object) -> Self:
        """Return an event of the stream's union: `event_type` is the member's name, `body` its JSON."""
        return cls._json({":event-type": event_type, ":message-type": "event"}, body)

    @classmethod
    def exception(cls, exception_type: str, body: object) -> Self:
        """Return a modelled error inside the stream; it is the last frame."""
        return cls._json({":exception-type": exception_type, ":message-type": "exception"}, body)

    @classmethod
    def _json(cls, headers: dict[str, str], body: object) -> Self:
        return cls({**headers, ":content-type": "application/json"}, to_bytes(body))

    def pack(self) -> bytes:
        headers = b"".join(_pack_header(name, value) for name, value in self.headers.items())
        total_length = _PRELUDE.size + _CRC.size + len(headers) + len(self.payload) + _CRC.size
        prelude = _PRELUDE.pack(total_length, len(headers))
        message = prelude + _CRC.pack(crc32(prelude)) + headers + self.payload
        return message + _CRC.pack(crc32(message))

    @classmethod
    def unpack(cls, message: bytes) -> Self:
        """Read the one message that the bytes hold.

        :raises CorruptFrameError: on a wrong length, checksum or header type.
        """
        total_length, headers_length = _PRELUDE.unpack_from(message)
        if total_length != len(message):
            raise CorruptFrameError("total_length", total_length, len(message))
        _check_crc("prelude_crc", message, _PRELUDE.size)
        _check_crc("message_crc", message, total_length - _CRC.size)
        start = _PRELUDE.size + _CRC.size
        headers = _unpack_headers(message[start : start + headers_length])
        return cls(headers, message[start + headers_length : total_length - _CRC.size])


def _pack_header(name: str, value: str) -> bytes:
    name_bytes, value_bytes = name.encode(), value.encode()
    return b"".join(
        (
            bytes((len(name_bytes),)),
            name_bytes,
            bytes((_STRING,)),
            _VALUE_LENGTH.pack(len(value_bytes)),
            value_bytes,
        )
    )


def _unpack_headers(data: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    while data:
        name_length = data[0]
        name, value_type = data[1 : 1 + name_length].decode(), data[1 + name_length]
        if value_type != _STRING:
            raise CorruptFrameError(f"value_type of {name}", value_type, _STRING)
        (length,) = _VALUE_LENGTH.unpack_from(data, 2 + name_length)
        start = 2 + name_length + _VALUE_LENGTH.size
        headers[name] = data[start : start + length].decode()
        data = data[start + length :]
    return headers


def _check_crc(part: str, message: bytes, at: int) -> None:
    (found,) = _CRC.unpack_from(message, at)
    if found != crc32(message[:at]):
        raise CorruptFrameError(part, found, crc32(message[:at]))
