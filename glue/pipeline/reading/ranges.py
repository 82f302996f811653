"""A file read by several tasks: byte ranges, and what a task must know of the others to read its own.

A range has the lines whose preceding line end is in it, and the records that begin at them. Two things about
a range depend on everything before it: the number of its first line, and which of its first lines belong to a
record that began earlier. So each range is measured first, all at a time:

- its line ends are counted, which takes no decoding but UTF-16's;
- where the first record behind it begins is found for both ways a record can come in: none is open, or one
  is, inside a quoted cell (``Splitter.start_beyond``). The last bytes of a range mostly settle that, whatever
  stood before: after a few lines both ways lead to the same lines. Where they don't, the whole range is
  looked at.

``placed`` then puts the ranges together, a few numbers each. The records are found by the same ``Splitter``
as those of an uncut file, so they are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import dropwhile
from typing import NamedTuple

from pipeline.reading.body import Body, onwards
from pipeline.reading.codec import bom_of
from pipeline.reading.csv_file import CsvFile
from pipeline.reading.encoding import LOOKED_AT, check, sample
from pipeline.reading.evidence import CANDIDATES, Evidence
from pipeline.reading.lines import Line, count_ends, lines
from pipeline.reading.splitting import RawRecord

NOT_CUT = ("iso2022_jp",)
"""What a byte means depends on all before it. A gzip file is not cut either."""
_LEAST, _MOST = LOOKED_AT, 32 << 20
"""Bytes of a range. All of a smaller file was asked for its encoding."""
_TAIL = 256 << 10
_ENOUGH = 100
"""Lines of a range that are asked for its encoding."""


class Range(NamedTuple):
    """Bytes ``start`` to ``end`` of a file."""

    start: int
    end: int


class Measured(NamedTuple):
    """A range by itself; its lines count from 0.

    ``beyond``: line → how many lines behind the range the first record begins when one begins at that line.
    The first of them stands for all lines before as well, where ``settled``.
    """

    lines: int
    beyond: dict[int, int]
    settled: bool
    evidence: Evidence
    """What the range says of the file's encoding, where that was not declared."""


class Place(NamedTuple):
    """The records of a range: those that begin at the lines ``entry`` to ``until - 1`` of the file.

    ``first`` is the number of the range's first line.
    """

    part: Range
    first: int
    entry: int
    until: int


def ranges_of(file: CsvFile, partitions: int) -> list[Range]:
    """Cut a file into ranges, about one for each of ``partitions``; a small one or one that can't be cut is
    one range.
    """
    size = file.body.size
    if size <= _LEAST or file.encoding in NOT_CUT or file.body.plain() is None:
        return [Range(0, size)]
    return cut(file, min(_MOST, max(_LEAST, -(-size // partitions))))


def cut(file: CsvFile, length: int) -> list[Range]:
    """Cut a file into ranges of so many bytes."""
    size = file.body.size
    length += length % _unit(file)
    return [Range(start, min(start + length, size)) for start in range(0, size, length)]


def measure(file: CsvFile, part: Range, tail_bytes: int = _TAIL) -> Measured:
    """Look at a range by itself; ``tail_bytes`` (a multiple of two) are the last bytes that may settle it."""
    evidence = Evidence(_ENOUGH)
    count = _count(file, part, evidence if _is_guessed(file) else None)
    if file.grammar is None:
        return Measured(count, {0: 0}, settled=False, evidence=evidence)
    tail = Range(max(part.start, part.end - part.end % _unit(file) - tail_bytes), part.end)
    line = count - _count(file, tail)
    if tail.start > part.start and line < count:  # an escaped line end may come before a line behind
        beyond = _beyond(file, tail, line, count)
        if len(set(beyond.values())) == 1:
            return Measured(count, beyond, settled=True, evidence=evidence)
    return Measured(count, _beyond(file, part, 0, count), settled=False, evidence=evidence)


def placed(file: CsvFile, parts: Iterable[Range], measured: Iterable[Measured]) -> Iterator[Place]:
    """Put the ranges of a file together, in their order; those without a record's beginning are left out.

    Raises EncodingUnclearError when they are not in the encoding that the file's beginning speaks for.
    """
    evidence = Evidence()
    first, entry = 1, file.skipped + 1
    for part, found in zip(parts, measured, strict=True):
        evidence.merge(found.evidence)
        until = first + found.lines
        if entry < until:
            yield Place(part, first, entry, until)
            entry = until + _leaving(file, part, found, entry - first)
        first = until
    if _is_guessed(file) and not _is_marked(file):
        check(evidence, file.encoding, file.body.uri)


def records_of(file: CsvFile, place: Place) -> Iterator[RawRecord]:
    """Read the records of a range."""
    source = _lines(file, place.part, place.first)
    return file.splitter.split(_from_line(source, place.entry), place.until)


def _leaving(file: CsvFile, part: Range, found: Measured, entry: int) -> int:
    if file.grammar is None:
        return 0
    known = found.beyond.get(entry)
    if known is None and found.settled and entry < min(found.beyond):
        known = next(iter(found.beyond.values()))
    # else a header or skipped lines end in this range's last lines
    return known if known is not None else _next_start(file, part, entry, found.lines) - found.lines


def _beyond(file: CsvFile, part: Range, line: int, stop: int) -> dict[int, int]:
    """See ``Measured``. ``line`` is the number of the range's first line, ``stop`` that of the first behind
    it.
    """
    if part.start == 0:
        starts = {file.skipped}
    else:
        inside = file.splitter.start_beyond(_lines(file, part, line))
        starts = {line} if inside is None else {line, inside}
    return {
        start: (_next_start(file, part, start, stop, line) if start < stop else start) - stop
        for start in sorted(starts)
    }


def _next_start(file: CsvFile, part: Range, entry: int, stop: int, line: int = 0) -> int:
    return file.splitter.next_start(_from_line(_lines(file, part, line), entry), stop)


def _from_line(source: Iterator[Line], number: int) -> Iterator[Line]:
    return dropwhile(lambda line: line.number < number, source)


def _lines(file: CsvFile, part: Range, first: int) -> Iterator[Line]:
    """Yield the lines of a range and those behind it."""
    limit, repair = file.format.max_record_characters, file.format.dialect.repair
    source = onwards(file.body.body, part.start, part.end)
    return lines(source, file.encoding, limit, repair, first, inside=part.start > 0)


def _count(file: CsvFile, part: Range, evidence: Evidence | None = None) -> int:
    """How many lines a range has; the file's first has no line end before it."""
    body: Body = file.body.body
    after = b"".join(body.chunks(part.end, part.end + _unit(file)))
    chunks = body.chunks(part.start, part.end)
    if evidence is not None:
        chunks = sample(chunks, evidence, whole=part.start == 0)
    return count_ends(chunks, after, file.encoding) + (part.start == 0)


def _is_guessed(file: CsvFile) -> bool:
    return file.format.encoding == "auto" and file.encoding in CANDIDATES


def _is_marked(file: CsvFile) -> bool:
    """Tell whether a byte order mark says the encoding: then nothing is guessed."""
    mark = bom_of(file.encoding)
    return bool(mark) and b"".join(file.body.body.chunks(0, len(mark))) == mark


def _unit(file: CsvFile) -> int:
    return len("\n".encode(file.encoding))
