"""Bytes of another encoding inside a file: found, and read as what they are where the contract allows it.

A line is looked at in pieces between ASCII characters below 0x40 (delimiters, quotes, digits, blanks), which
are part of no other character in any encoding here, so that one cell's bytes do not decide over another's.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import partial

from pipeline.contract.dialect import REPAIR_ENCODINGS, REPLACE_BYTES
from pipeline.reading import plausible
from pipeline.reading.codec import MARK, STATEFUL, decoded, first_mark, marked, without_marks

_BETWEEN = re.compile(rb"([\x00-\x3f]+)")
_ORDINARY, _LONG = rb"[\x40-\x7f]|[\xc2-\xdf][\x80-\xbf]", rb"[\xe0-\xef][\x80-\xbf]{2}"
# a whole piece in UTF-8 with Japanese in it: three bytes a character, which is hardly ever sound by chance
_UTF8_PIECE = re.compile(
    rb"(?:^|[\x00-\x3f])(?:%b)*%b(?:%b|%b|[\xf0-\xf4][\x80-\xbf]{3})*(?=[\x00-\x3f]|$)"
    % (_ORDINARY, _LONG, _ORDINARY, _LONG)
)
_JAPANESE = ("cp932", "shift_jis", "euc_jp")


def sound(data: bytes, encoding: str) -> str | None:
    """Return the text of a line without any byte of another encoding, None where it has one."""
    if encoding in STATEFUL:
        return decoded(data, "utf-8")
    text = decoded(data, encoding)
    return None if text is not None and encoding in _JAPANESE and _UTF8_PIECE.search(data) else text


def decode_line(data: bytes, encoding: str, repair: tuple[str, ...] = ()) -> tuple[str, tuple[str, ...]]:
    """Return the text of a line and the repairs that it needed.

    ``data`` is in the encoding; for a stateful one it is UTF-8 with marks. Bytes that are no characters, and
    may not be repaired, stand in the text as marks (``codec``).
    """
    if encoding in STATEFUL:
        whole = data.decode("utf-8", "surrogatepass")
        if REPLACE_BYTES not in repair or first_mark(whole) < 0:
            return whole, ()
        return without_marks(whole, "\ufffd"), (REPLACE_BYTES,)
    text = sound(data, encoding)
    if text is not None:
        return text, ()
    repairs: list[str] = []
    pieces = [_piece(piece, encoding, repair, repairs) for piece in _BETWEEN.split(data)]
    return "".join(pieces), tuple(dict.fromkeys(repairs))


def _piece(data: bytes, encoding: str, repair: tuple[str, ...], repairs: list[str]) -> str:
    text = decoded(data, encoding)
    utf8 = encoding in _JAPANESE and _is_utf8(data)
    if text is not None and not utf8:
        return text
    # UTF-8 inside a file of another encoding may read as something: it is all marks then
    text = data.decode("ascii", MARK) if utf8 else marked(data, encoding)
    for name in repair:
        other = REPAIR_ENCODINGS.get(name)
        if name == REPLACE_BYTES:
            mended = without_marks(text, "\ufffd")
        elif other is None or other == encoding or (utf8 and other != "utf-8"):
            continue
        else:
            mended = _read_as(data, encoding, other, text)
        if first_mark(mended) < 0:
            repairs.append(name)
            return mended
    return text


def _is_utf8(data: bytes) -> bool:
    return _UTF8_PIECE.fullmatch(data) is not None and decoded(data, "utf-8") is not None


def _read_as(data: bytes, encoding: str, other: str, text: str) -> str:
    """Read a piece as another encoding: whole when nothing in it is Japanese as it is, else its bad bytes."""
    whole = None if plausible.has_usual(text) else decoded(data, other)
    return whole if whole is not None else marked(data, encoding, f"{MARK}.{other}")


def _character(
    error: UnicodeError, other: str, mark: Callable[[UnicodeError], tuple[str, int]]
) -> tuple[str, int]:
    """Handle a decoding error: read the next character in another encoding."""
    if isinstance(error, UnicodeDecodeError):
        for length in range(1, 5):
            text = decoded(error.object[error.start : error.start + length], other)
            if text is not None and len(text) == 1 and not text.isascii():
                return text, error.start + length
    return mark(error)


for _other in REPAIR_ENCODINGS.values():
    codecs.register_error(
        f"{MARK}.{_other}",
        partial(_character, other=_other, mark=codecs.lookup_error(MARK)),  # type: ignore[arg-type]
    )
