"""Python's codecs as files need them: byte order marks, stateful encodings, bytes that only seem to be read.

A byte that is no character is decoded as its mark, one of U+DC00 to U+DCFF, which no text has.

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
_MARKS = re.compile("[\udc00-\udcff]")
MARK = "pipeline.mark"
"""The error handler that marks bytes."""


def bom_of(encoding: str) -> bytes:
    """Return the byte order mark a file of this encoding may start with."""
    return next((mark for mark, name in MARKS if name == encoding), b"")


def decoded(data: bytes, encoding: str) -> str | None:
    """Return the text of some bytes, None where a byte is no character."""
    try:
        text = data.decode(python_name(encoding))
    except UnicodeDecodeError:
        return None
    if encoding in ("cp932", "shift_jis") and not text.isascii() and any(map(text.__contains__, _NO_CP932)):
        return None
    return text


def python_name(encoding: str) -> str:
    """Return Python's name of a contract's encoding."""
    return _PYTHON.get(encoding, encoding)


def marked(data: bytes, encoding: str, errors: str = MARK) -> str:
    """Return the text of some bytes, with marks for those that are no characters."""
    text = data.decode(python_name(encoding), errors)
    if encoding in ("cp932", "shift_jis"):
        text = _IN_CP932.sub(lambda found: chr(0xDC00 + _NO_CP932[found[0]]), text)
    return text


def first_mark(text: str) -> int:
    """Return where the first mark stands, -1 without one."""
    found = None if text.isascii() else _MARKS.search(text)
    return found.start() if found else -1


def without_marks(text: str, replacement: str | None = None) -> str:
    """Return the text with each mark as ``\\xNN``, or as ``replacement``."""
    return _MARKS.sub(lambda found: replacement or f"\\x{ord(found[0]) - 0xDC00:02x}", text)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in bad), error.end


codecs.register_error(MARK, _mark)
