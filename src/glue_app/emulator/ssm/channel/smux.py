"""Frames of smux version 1, which carry many connections through one channel.

A frame: version (1), command (1), length (2, little endian), stream id (4, little endian), data.
https://github.com/xtaci/smux/blob/master/README.md
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from typing import NamedTuple

from glue_app.emulator.ssm.channel.errors import MalformedFrameError

VERSION = 1
_HEADER = struct.Struct("<BBHI")
HEADER_SIZE = _HEADER.size
#: bytes; what smux itself buffers of all streams before it stops reading (MaxReceiveBuffer)
MAX_RECEIVE_BUFFER = 4 * 1024 * 1024


class Command(enum.IntEnum):
    """https://github.com/xtaci/smux/blob/master/frame.go"""

    SYN = 0
    FIN = 1
    PSH = 2
    NOP = 3


class Frame(NamedTuple):
    """A command for one stream."""

    command: Command
    stream_id: int
    data: bytes = b""

    def pack(self) -> bytes:
        return _HEADER.pack(VERSION, self.command, len(self.data), self.stream_id) + self.data


class FrameReader:
    """Frames out of a byte stream that is cut anywhere."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are whole now. Raises MalformedFrameError."""
        self._buffer += data
        while len(self._buffer) >= HEADER_SIZE:
            version, command, length, stream_id = _HEADER.unpack_from(self._buffer)
            if version != VERSION:
                raise MalformedFrameError(f"a frame of smux version {version}")
            if command not in Command.__members__.values():
                raise MalformedFrameError(f"a frame with command {command}")
            end = HEADER_SIZE + length
            if len(self._buffer) < end:
                return
            data = bytes(self._buffer[HEADER_SIZE:end])
            del self._buffer[:end]
            yield Frame(Command(command), stream_id, data)
