"""What ends a data channel."""

from __future__ import annotations


class ChannelError(Exception):
    """An error of one data channel; it ends the session, and nothing else."""


class MalformedMessageError(ChannelError):
    """Raised for bytes that are no message of the data channel."""


class MalformedFrameError(ChannelError):
    """Raised for bytes that are no frame of smux version 1."""


class HandshakeError(ChannelError):
    """Raised when the client refuses the handshake, or answers none."""


class DecryptionError(ChannelError):
    """Raised for a payload that was not encrypted with the session's key."""


class NotConnectedError(OSError):
    """Raised when a connection to the session's destination is not to be had; the message says why."""
