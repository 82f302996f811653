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

from pipeline.reading.codec import MARK, STATEFUL, bom_of, first_mark, python_name, without_marks
from pipeline.reading.mending import decode_line, sound

_BYTES_A_CHARACTER = 4
_SHOWN = 4096
_HALF_CHARACTER = re.compile(rb"[\xc0-\xff][\x80-\xbf]*\Z")
LINE_END = re.compile(r"\r\n|\r|\n")


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
    chunks: Iterable[bytes],
    encoding: str,
    max_characters: int,
    repair: tuple[str, ...] = (),
    first: int = 1,
    inside: bool = False,
) -> Iterator[Line]:
    """Yield the lines of a file, numbered from ``first``, without its byte order mark.

    ``repair``: what may be put right, by the contract's names. ``inside``: the chunks begin somewhere in a
    file; whatever stands before their first line end is no line.
    """
    if not inside:
        chunks = _without_mark(chunks, bom_of(encoding))
    pieces = _pieces(_ascii_based(chunks, encoding), max_characters * _BYTES_A_CHARACTER)
    if inside:
        next(pieces, None)
    for number, (piece, cut) in enumerate(pieces, start=first):
        if cut and encoding in STATEFUL:
            piece = _HALF_CHARACTER.sub(b"", piece)
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


def count_ends(chunks: Iterable[bytes], after: bytes, encoding: str) -> int:
    """Count the line ends. A CR LF ends with its LF: it counts when that is among the chunks.

    ``after``: the bytes behind the chunks, as many as a line feed has.
    """
    found, last = 0, b""
    for chunk in _ascii_based(chunks, encoding):
        found += chunk.count(b"\n")
        if b"\r" in chunk:
            found += chunk.count(b"\r") - chunk.count(b"\r\n")
        if last == b"\r" and chunk.startswith(b"\n"):
            found -= 1
        last = chunk[-1:] or last
    return found - (last == b"\r" and after == "\n".encode(encoding))


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
    """Lines with their ends; a line above ``limit`` bytes comes cut (True), the rest of it is passed over.

    Where the chunks are cut makes no difference.
    """
    longest = limit + len(b"\r\n")
    rest, skipping = b"", False
    for chunk in chunks:
        found = (rest + chunk).splitlines(keepends=True)
        # the last one may go on, and a CR may be half of a CR LF
        rest = found.pop() if found and not found[-1].endswith(b"\n") else b""
        for piece in found:
            if not skipping:
                yield (piece, False) if len(piece) <= longest else (piece[:limit], True)
            skipping = False
        if len(rest) > longest:
            if not skipping:
                yield rest[:limit], True
            rest, skipping = b"\r" if rest.endswith(b"\r") else b"", True
    if rest and not skipping:
        yield rest, False


def _ascii_based(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Bytes in which a line end is nothing else.

    Of the others UTF-8, in which each undecodable byte stands as its mark: invalid, so that the line is found
    out.
    """
    if encoding not in STATEFUL:
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(python_name(encoding))(MARK)
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
