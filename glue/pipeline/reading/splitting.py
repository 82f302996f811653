"""Logical records of a CSV: which physical lines belong together, and where a quote goes wrong.

A quote that is never closed must not swallow the file: when the next quote is one that can't close the cell
(text follows it), or the file or the allowed length ends first, only the line with the open quote is given up
(``unclosed_quote``) and reading goes on with the line after it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline import reasons
from pipeline.reading.grammar import Grammar, State
from pipeline.reading.lines import Line

NOWHERE = -1


class RawRecord(NamedTuple):
    """``line`` is the first physical line; ``flaw`` is a quarantine reason, or None.

    ``spot`` is the place in ``raw`` of the first character that could not be read, NOWHERE without one;
    ``repairs`` names what was put right while reading, separated by commas, or is None.
    """

    line: int
    raw: str
    flaw: str | None
    spot: int = NOWHERE
    repairs: str | None = None


class Splitter(NamedTuple):
    """Where records end. ``grammar`` is None where each line is one. A longer record's quote is not closed.

    What comes before a line decides nothing about the record that begins at it.
    """

    grammar: Grammar | None
    max_characters: int
    max_lines: int

    def split(self, lines: Iterable[Line], until: int | None = None) -> Iterator[RawRecord]:
        """Yield the records, header included; only those that begin before the line ``until``.

        Blank lines between records are no records.
        """
        source = _Lines(lines)
        while (first := source.next()) is not None and (until is None or first.number < until):
            taken, flaw = self._take(source, first)
            if first.cut:
                yield RawRecord(first.number, first.text, reasons.RECORD_TOO_LONG)
            elif first.text and not first.text.isspace():
                yield _record(taken, flaw)

    def next_start(self, lines: Iterable[Line], stop: int) -> int:
        """Return the first line, ``stop`` or one after it, that a record begins at.

        One begins at the first of ``lines``.
        """
        source, after = _Lines(lines), stop
        while (first := source.next()) is not None and first.number < stop:
            taken, _ = self._take(source, first)
            after = taken[-1].number + 1
        return max(after, stop)

    def start_beyond(self, lines: Iterable[Line]) -> int | None:
        """Return the line behind a record that began before ``lines`` and is in a quoted cell there.

        None when there can be no such record. An escaped line end needs no case of its own: the line behind
        it reads as one that a record begins at.
        """
        characters = 0
        if self.grammar is None or not self.grammar.quote:
            return None
        for count, line in enumerate(lines, start=1):
            characters += len(line.text) + 1
            if line.cut or characters > self.max_characters or count >= self.max_lines:
                return None
            if self.grammar.scan(line.text, quoted=True) is not State.OPEN:
                return line.number + 1
        return None

    def _take(self, source: _Lines, first: Line) -> tuple[list[Line], str | None]:
        """Return the lines of the record that begins at ``first``, and its flaw."""
        if self.grammar is None or first.cut:
            return [first], None
        state = self.grammar.scan(first.text)
        if state in (State.OPEN, State.ESCAPED):
            return _continued(source, first, state, self.grammar, self.max_characters, self.max_lines)
        return _ended([first], state, self.grammar)


def _continued(
    source: _Lines, first: Line, state: State, grammar: Grammar, max_characters: int, max_lines: int
) -> tuple[list[Line], str | None]:
    taken, characters, begun = [first], len(first.text), state
    while (line := source.next()) is not None:
        taken.append(line)
        characters += len(line.text) + 1
        if line.cut or characters > max_characters or len(taken) > max_lines:
            break
        state = grammar.scan(line.text, quoted=state is State.OPEN)
        if state is State.COMPLETE or (state is State.STRAY and grammar.wraps(_text(taken))):
            return _ended(taken, state, grammar)
        if state is State.STRAY:
            break
    source.put_back(taken[1:])
    return [first], reasons.UNCLOSED_QUOTE if begun is State.OPEN else None


def _ended(lines: list[Line], state: State, grammar: Grammar) -> tuple[list[Line], str | None]:
    stray = state is State.STRAY and not grammar.wraps(_text(lines))
    return lines, reasons.STRAY_QUOTE if stray else None


def _record(lines: list[Line], flaw: str | None) -> RawRecord:
    spot, start, repairs = NOWHERE, 0, []
    for line in lines:
        if spot == NOWHERE and line.spot != NOWHERE:
            spot = start + line.spot
        start += len(line.text) + len(line.end)
        repairs += [repair for repair in line.repairs if repair not in repairs]
    if spot != NOWHERE:
        flaw = reasons.INVALID_BYTES
    return RawRecord(lines[0].number, _text(lines), flaw, spot, ",".join(repairs) or None)


def _text(lines: list[Line]) -> str:
    return "".join(line.text + line.end for line in lines[:-1]) + lines[-1].text


class _Lines:
    """Lines that can be put back."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._back: deque[Line] = deque()

    def next(self) -> Line | None:
        return self._back.popleft() if self._back else next(self._lines, None)

    def put_back(self, lines: list[Line]) -> None:
        self._back.extendleft(reversed(lines))
