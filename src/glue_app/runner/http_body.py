"""Reading a request within limits: of bytes, and of time for the whole of it."""

from __future__ import annotations

import io
import re
import socket
import time
from email.message import Message

MAX_BODY = 4 << 20  # bytes
REQUEST_SECONDS = 60.0  # from the answer before to the last byte of a request
HEAD_SECONDS = 5.0  # for its first line and its headers: idle connections can't take every place for long
_LENGTH = re.compile(r"[0-9]{1,18}")  # not str.isdigit: that takes ² for a digit


class BodyError(Exception):
    """A body is not read; the connection can't be used any more."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(f"Content-Length: {problem}")
        self.status = status


class DeadlineReader(io.RawIOBase):
    """A socket's bytes, TimeoutError when they come too slowly, however steadily they drip."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.next_request()

    def next_request(self) -> None:
        """Begin a request: from now on its first line and its headers are read."""
        self._begun = time.monotonic()
        self._deadline = self._begun + HEAD_SECONDS

    def body(self) -> None:
        """Return the request's body, whose headers have been read."""
        self._deadline = self._begun + REQUEST_SECONDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request takes too long")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


def has_body(headers: Message) -> bool:
    """Return whether a request announces one, in any way."""
    return "Transfer-Encoding" in headers or headers.get("Content-Length", "0").strip() != "0"


def read_body(headers: Message, source: io.BufferedIOBase) -> bytes:
    """Return the body.

    Raise BodyError: 411 without a length, 413 for too long, 400 for all else that is wrong.
    """
    lengths = headers.get_all("Content-Length") or []
    if "Transfer-Encoding" in headers or not lengths:
        raise BodyError(411, "must be given; a Transfer-Encoding is not taken")
    if len(lengths) > 1 or not re.fullmatch(r"[0-9]+", lengths[0].strip()):
        raise BodyError(400, "must be one number of bytes")
    if not _LENGTH.fullmatch(lengths[0].strip()) or int(lengths[0]) > MAX_BODY:
        raise BodyError(413, f"must be at most {MAX_BODY}")
    body = source.read(int(lengths[0]))
    if len(body) < int(lengths[0]):
        raise BodyError(400, "the body ended early")
    return body
