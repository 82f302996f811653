"""Physical lines of a byte stream, in constant memory.

A line ends with CR LF, LF or CR alone. Lines are found among the bytes, before decoding, so that one broken
byte costs one line: in UTF-8, CP932, EUC-JP and the 8-bit encodings the bytes of line ends, quotes and
delimiters below 0x40 are never part of another character. UTF-16 and ISO-2022-JP lack that property and are
turned into UTF-8 first.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.reading.codec import MARK, STATEFUL, bom_of, first_mark, python_name, without_marks
from pipeline.reading.mending import decode_line, sound

_BYTES_A_CHARACTER = 4
_SHOWN = 4096


class Line(NamedTuple):
    """``text`` without the line end; bytes that are no characters stand in it as ``\\xNN``.

    ``cut`` says that the line was longer than the limit and only its beginning is here. ``spot`` is where the
    first such byte stands, -1 without one. ``repairs`` names what was put right.
    """

    number: int
    text: str
    end: str
    cut: bool
    spot: int = -1
    repairs: tuple[str, ...] = ()


def lines(
    chunks: Iterable[bytes], encoding: str, max_characters: int, repair: tuple[str, ...] = ()
) -> Iterator[Line]:
    """Yield the lines of a file, numbered from 1, without its byte order mark.

    ``repair``: what may be put right, by the contract's names.
    """
    chunks = _without_mark(chunks, bom_of(encoding))
    if encoding in STATEFUL:
        chunks = _as_utf8(chunks, encoding)
    pieces = _pieces(chunks, max_characters * _BYTES_A_CHARACTER)
    for number, (piece, cut) in enumerate(pieces, start=1):
        read = sound(piece, encoding)
        if read is None:
            read, repairs = decode_line(piece, encoding, repair)
            spot = first_mark(read)
            text = without_marks(read) if spot >= 0 else read
        else:
            text, repairs, spot = read, (), -1
        cut = cut or len(text) > max_characters
        body = text.rstrip("\r\n") if text[-1:] in ("\r", "\n") else text
        yield Line(number, body[:_SHOWN] if cut else body, text[len(body) :], cut, spot, repairs)


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


def _as_utf8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """UTF-8 in which each undecodable byte stands as its mark: invalid, so that the line is found out."""
    decoder = codecs.getincrementaldecoder(python_name(encoding))(MARK)
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
