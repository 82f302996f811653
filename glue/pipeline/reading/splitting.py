"""Logical records of a CSV: which physical lines belong together, and where a quote goes wrong.

The grammar is RFC 4180's, read as spreadsheets do: a cell is quoted when a quote is its first character,
quotes inside are doubled, any other quote is an ordinary character. After the closing quote only blanks may
stand before the delimiter.

A quote that is never closed must not swallow the file: when the next quote is one that can't close the cell
(text follows it), or the file or the allowed length ends first, only the line with the open quote is given up
(``unclosed_quote``) and reading goes on with the line after it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from pipeline import reasons
from pipeline.reading.lines import Line


class RawRecord(NamedTuple):
    """``line`` is the first physical line; ``flaw`` is a quarantine reason, or None."""

    line: int
    raw: str
    flaw: str | None


class _State(Enum):
    COMPLETE = 0
    OPEN = 1
    STRAY = 2


def split(lines: Iterable[Line], delimiter: str, max_characters: int, max_lines: int) -> Iterator[RawRecord]:
    """Yield the records, header included. Blank lines between records are no records."""
    source = _Lines(lines)
    while (first := source.next()) is not None:
        if first.cut:
            yield RawRecord(first.number, first.text, reasons.RECORD_TOO_LONG)
            continue
        state = _scan(first.text, delimiter) if '"' in first.text else _State.COMPLETE
        if state is _State.OPEN:
            yield _continued(source, first, delimiter, max_characters, max_lines)
        elif first.text and not first.text.isspace():
            yield _record([first], reasons.STRAY_QUOTE if state is _State.STRAY else None)


def _continued(source: _Lines, first: Line, delimiter: str, max_characters: int, max_lines: int) -> RawRecord:
    taken, characters = [first], len(first.text)
    while (line := source.next()) is not None:
        taken.append(line)
        characters += len(line.text) + 1
        if line.cut or characters > max_characters or len(taken) > max_lines:
            break
        state = _scan(line.text, delimiter, quoted=True)
        if state is _State.COMPLETE:
            return _record(taken, None)
        if state is _State.STRAY:
            break
    source.put_back(taken[1:])
    return _record([first], reasons.UNCLOSED_QUOTE)


def _record(lines: list[Line], flaw: str | None) -> RawRecord:
    raw = (
        lines[0].text
        if len(lines) == 1
        else "".join(line.text + line.end for line in lines[:-1]) + lines[-1].text
    )
    if not all(line.valid for line in lines):
        flaw = reasons.INVALID_BYTES
    return RawRecord(lines[0].number, raw, flaw)


def _scan(text: str, delimiter: str, quoted: bool = False) -> _State:
    """Where a line ends: after a whole record, inside a quoted cell, or beyond a misplaced quote."""
    position, end = 0, len(text)
    while True:
        if quoted:
            position = text.find('"', position)
            if position < 0:
                return _State.OPEN
            position += 1
            if position < end and text[position] == '"':
                position += 1
                continue
            quoted = False
            stop = text.find(delimiter, position)
            after = text[position : end if stop < 0 else stop]
            if after and not after.isspace():
                return _State.STRAY
            if stop < 0:
                return _State.COMPLETE
            position = stop + 1
        elif position < end and text[position] == '"':
            quoted = True
            position += 1
        else:
            position = text.find(delimiter, position)
            if position < 0:
                return _State.COMPLETE
            position += 1


class _Lines:
    """Lines that can be put back."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._back: deque[Line] = deque()

    def next(self) -> Line | None:
        return self._back.popleft() if self._back else next(self._lines, None)

    def put_back(self, lines: list[Line]) -> None:
        self._back.extendleft(reversed(lines))
