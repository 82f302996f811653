"""Physical lines of a byte stream, in constant memory.

A line ends with CR LF, LF or CR alone. Lines are found among the bytes, before decoding, so that one broken
byte costs one line: in UTF-8, CP932, EUC-JP and the 8-bit encodings the bytes of line ends, quotes and
delimiters below 0x40 are never part of another character. UTF-16 and ISO-2022-JP lack that property and are
turned into UTF-8 first.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.reading.codec import STATEFUL, bom_of, decoded, python_name

_BYTES_A_CHARACTER = 4
_SHOWN = 4096
_MARKED = re.compile(rb"\xed([\xb0-\xb3])([\x80-\xbf])")


class Line(NamedTuple):
    """``text`` without the line end. ``valid`` is False where bytes were no characters (shown as ``\\xNN``).

    ``cut`` says that the line was longer than the limit and only its beginning is here.
    """

    number: int
    text: str
    end: str
    valid: bool
    cut: bool


def lines(chunks: Iterable[bytes], encoding: str, max_characters: int) -> Iterator[Line]:
    """Yield the lines of a file, numbered from 1, without its byte order mark."""
    chunks = _without_mark(chunks, bom_of(encoding))
    transcoded = encoding in STATEFUL
    if transcoded:
        chunks, encoding = _as_utf8(chunks, encoding), "utf-8"
    pieces = _pieces(chunks, max_characters * _BYTES_A_CHARACTER)
    for number, (piece, cut) in enumerate(pieces, start=1):
        read = decoded(piece, encoding)
        text = _shown(_unmarked(piece) if transcoded else piece, encoding) if read is None else read
        valid = read is not None
        cut = cut or len(text) > max_characters
        body = text.rstrip("\r\n") if text[-1:] in ("\r", "\n") else text
        yield Line(number, body[:_SHOWN] if cut else body, text[len(body) :], valid, cut)


def _without_mark(chunks: Iterable[bytes], mark: bytes) -> Iterator[bytes]:
    head, started = b"", False
    for chunk in chunks:
        if started:
            yield chunk
            continue
        head += chunk
        if len(head) >= len(mark):
            started = True
            yield head[len(mark) :] if mark and head.startswith(mark) else head
    if not started and head:
        yield head


def _pieces(chunks: Iterable[bytes], limit: int) -> Iterator[tuple[bytes, bool]]:
    """Lines with their ends; a line above ``limit`` bytes comes cut (True), the rest of it is passed over."""
    rest, skipping = b"", False
    for chunk in chunks:
        found = (rest + chunk).splitlines(keepends=True)
        # the last one may go on, and a CR may be half of a CR LF
        rest = found.pop() if found and not found[-1].endswith(b"\n") else b""
        for piece in found:
            if not skipping:
                yield piece, False
            skipping = False
        if len(rest) > limit:
            if not skipping:
                yield rest[:limit], True
            rest, skipping = b"\r" if rest.endswith(b"\r") else b"", True
    if rest and not skipping:
        yield rest, False


def _shown(piece: bytes, encoding: str) -> str:
    """Text of a line whose bytes are not all characters: those stand as ``\\xNN``."""
    return piece.decode(encoding, "backslashreplace")


def _unmarked(piece: bytes) -> bytes:
    """``_mark``'s surrogates U+DC00 to U+DCFF, as ``\\xNN`` of the byte that was there."""
    return _MARKED.sub(lambda match: f"\\x{(match[1][0] & 3) << 6 | match[2][0] & 0x3F:02x}".encode(), piece)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in bad), error.end


codecs.register_error("pipeline.mark", _mark)


def _as_utf8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """UTF-8 in which each undecodable byte stands as a surrogate: invalid, so that the line is found out."""
    decoder = codecs.getincrementaldecoder(python_name(encoding))("pipeline.mark")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
