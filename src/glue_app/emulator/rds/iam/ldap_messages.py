"""The messages of LDAP's simple bind (RFC 4511), in BER: as much as PostgreSQL's `ldap` method says.

https://www.rfc-editor.org/rfc/rfc4511#section-4.2
"""

from __future__ import annotations

from typing import NamedTuple

from asn1crypto import core

SUCCESS = 0
INVALID_CREDENTIALS = 49
#: a token with a session token in it has about 2000 bytes
MAX_BYTES = 16_384
_SEQUENCE = 0x30


class MessageError(ValueError):
    """Raised for bytes that are no bind request."""


class Bind(NamedTuple):
    """A simple bind: who, and the password."""

    message_id: int
    name: str
    password: str


class _BindRequest(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    _fields = [  # noqa: RUF012 - as asn1crypto wants it
        ("version", core.Integer),
        ("name", core.OctetString),
        ("simple", core.OctetString, {"implicit": 0}),
    ]


class _ResultCode(core.Enumerated):  # type: ignore[misc]
    _map = {SUCCESS: "success", INVALID_CREDENTIALS: "invalidCredentials"}  # noqa: RUF012


class _BindResponse(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("result_code", _ResultCode),
        ("matched_dn", core.OctetString),
        ("diagnostic_message", core.OctetString),
    ]


class _Request(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("message_id", core.Integer),
        ("bind", _BindRequest, {"implicit": ("application", 0)}),
    ]


class _Response(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("message_id", core.Integer),
        ("bind", _BindResponse, {"implicit": ("application", 1)}),
    ]


def length_of(head: bytes) -> int | None:
    """Return the length of the message that begins so, head included; None where more must be read to tell.

    Raises MessageError for what is no message, or one of more than MAX_BYTES.
    """
    if not head:
        return None
    if head[0] != _SEQUENCE:
        raise MessageError("not an LDAP message")
    if len(head) < 2:
        return None
    if head[1] < 0x80:
        return 2 + head[1]
    digits = head[1] & 0x7F
    if not 1 <= digits <= 4:
        raise MessageError("a length that can't be read")
    if len(head) < 2 + digits:
        return None
    length = 2 + digits + int.from_bytes(head[2 : 2 + digits], "big")
    if length > MAX_BYTES:
        raise MessageError(f"more than {MAX_BYTES} bytes")
    return length


def read_bind(message: bytes) -> Bind:
    """Read a simple bind of version 3. Raises MessageError for anything else."""
    try:
        request = _Request.load(message, strict=True)
        bind = request["bind"]
        found = Bind(request["message_id"].native, _text(bind["name"]), _text(bind["simple"]))
        version = bind["version"].native
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise MessageError("not a simple bind") from error
    if version != 3:
        raise MessageError("not LDAP version 3")
    return found


def bind_response(message_id: int, result_code: int) -> bytes:
    bind = {"result_code": result_code, "matched_dn": b"", "diagnostic_message": b""}
    encoded: bytes = _Response({"message_id": message_id, "bind": bind}).dump()
    return encoded


def _text(value: core.OctetString) -> str:
    text: str = value.native.decode()
    return text
