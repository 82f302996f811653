"""Python's codecs as files need them: byte order marks, stateful encodings, bytes that only seem to be read.

Encodings have the names that a contract gives them.
"""

from __future__ import annotations

import codecs
import re

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
STATEFUL = ("utf-16-le", "utf-16-be", "iso2022_jp")
"""Encodings in which a byte of a line end, quote or delimiter may be part of another character."""

_PYTHON = {
    "shift_jis": "cp932",  # what programs call Shift_JIS holds CP932's characters as well
    "iso2022_jp": "iso2022_jp_ext",  # the same and half-width katakana
}
# Python's cp932 lets bytes pass that are no characters
_NO_CP932 = {"\x80": 0x80, "\uf8f0": 0xA0, "\uf8f1": 0xFD, "\uf8f2": 0xFE, "\uf8f3": 0xFF}
_IN_CP932 = re.compile(f"[{''.join(_NO_CP932)}]")


def bom_of(encoding: str) -> bytes:
    """Return the byte order mark a file of this encoding may start with."""
    return next((mark for mark, name in MARKS if name == encoding), b"")


def decoded(data: bytes, encoding: str) -> str | None:
    """Return the text of some bytes, None where a byte is no character."""
    try:
        text = data.decode(python_name(encoding))
    except UnicodeDecodeError:
        return None
    return None if encoding in ("cp932", "shift_jis") and _IN_CP932.search(text) else text


def python_name(encoding: str) -> str:
    """Return Python's name of a contract's encoding."""
    return _PYTHON.get(encoding, encoding)
