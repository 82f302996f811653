"""How the text of a CSV is cut: where a record ends, and what its cells are.

RFC 4180 as spreadsheets read it: a cell is quoted when a quote is its first character, quotes inside are
doubled, any other quote is an ordinary character, and after the closing quote only blanks may stand before
the delimiter.

With an escape character the character after it is ordinary: a quote, a delimiter, a line end, the escape
character itself. Before anything else it stays what it is, so that ``C:\\new`` loses nothing. The cell
``\\N`` is no value, as MySQL writes it (https://dev.mysql.com/doc/refman/8.0/en/load-data.html).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from pipeline import reasons
from pipeline.contract.dialect import WRAPPED_RECORDS
from pipeline.values import Rejected

# the record's length is bounded already; the default of 128 KiB is ours to raise
csv.field_size_limit(1 << 30)

_WRAPPED = re.compile(r'"((?:[^"]|"")*)"([;,\t ]*)', re.DOTALL)


class Cells(NamedTuple):
    """The cells of a record; ``repair`` names what had to be put right for it."""

    values: list[str]
    repair: str | None = None


class State(Enum):
    """Where a line ends."""

    COMPLETE = 0
    """After a whole record."""
    OPEN = 1
    """Inside a quoted cell."""
    STRAY = 2
    """Beyond a misplaced quote."""
    ESCAPED = 3
    """Before a line end that is part of a cell without quotes."""


@dataclass(frozen=True)
class Grammar:
    """Picklable. ``quote`` and ``escape`` may be empty: there is none.

    ``wrapped`` allows records that stand whole in one more pair of quotes, with other delimiters behind, as
    a spreadsheet writes what it took for one column.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    wrapped: bool = False

    def scan(self, text: str, quoted: bool = False) -> State:
        """Say how a line ends. ``quoted``: it begins inside a quoted cell."""
        masked, escaped_end = self._masked(text)
        state = (
            self._scan(masked, quoted) if self.quote and (quoted or self.quote in masked) else State.COMPLETE
        )
        return State.ESCAPED if escaped_end and state is State.COMPLETE else state

    def read(self, raw: str) -> Cells:
        """Return the cells of a record that ``scan`` found whole. Raises Rejected."""
        inner = self._unwrapped(raw)
        if inner is not None and '"' in inner and self.scan(inner) is not State.COMPLETE:
            raise Rejected(
                reasons.STRAY_QUOTE, "text follows a closing quote inside the quotes of the record"
            )
        try:
            return Cells(self._cells(raw)) if inner is None else Cells(self._cells(inner), WRAPPED_RECORDS)
        except csv.Error:  # or a NUL beside quotes, which Python 3.10 does not read and flaw_of has refused
            problem = "a line ends outside of a cell's quotes inside the quotes of the record"
            raise Rejected(reasons.STRAY_QUOTE, problem) from None

    def is_whole(self, raw: str) -> bool:
        """Whether no quote is out of place."""
        return self.wraps(raw) or self.scan(raw) is State.COMPLETE

    def write(self, names: Sequence[str], cells: Sequence[str]) -> str:
        """Return a record that has these cells. ``names`` is not needed."""
        special = (self.delimiter, '"', "\r", "\n")
        # not csv.writer, which takes no NUL before Python 3.11
        return self.delimiter.join(
            '"{}"'.format(cell.replace('"', '""')) if any(sign in cell for sign in special) else cell
            for cell in cells
        )

    def column_of(self, raw: str) -> int:
        """Return the index of the cell that a record ends in when it is cut off."""
        return len(self._cells(raw)) - 1

    def wraps(self, raw: str) -> bool:
        """Whether a record stands in one more pair of quotes, and may."""
        return self._unwrapped(raw) is not None

    def _unwrapped(self, raw: str) -> str | None:
        match = _WRAPPED.fullmatch(raw) if self.wrapped else None
        if match is None or self.delimiter in match[2]:
            return None  # a quoted cell with empty ones behind it
        inner = match[1].replace('""', '"')
        return inner if self.delimiter in inner else None

    def _scan(self, text: str, quoted: bool) -> State:
        position, end = 0, len(text)
        while True:
            if quoted:
                position = text.find(self.quote, position)
                if position < 0:
                    return State.OPEN
                position += 1
                if position < end and text[position] == self.quote:
                    position += 1
                    continue
                quoted = False
                stop = text.find(self.delimiter, position)
                after = text[position : end if stop < 0 else stop]
                if after and not after.isspace():
                    return State.STRAY
                if stop < 0:
                    return State.COMPLETE
                position = stop + 1
            elif position < end and text[position] == self.quote:
                quoted = True
                position += 1
            else:
                position = text.find(self.delimiter, position)
                if position < 0:
                    return State.COMPLETE
                position += 1

    def _cells(self, raw: str) -> list[str]:
        if self.escape and self.escape in raw:
            return self._escaped_cells(raw)
        if not self.quote or self.quote not in raw:
            return raw.split(self.delimiter)
        return next(csv.reader([raw], delimiter=self.delimiter, quotechar=self.quote))

    def _escaped_cells(self, raw: str) -> list[str]:
        masked, _ = self._masked(raw)
        cells, position, end = [], 0, len(raw)
        while position <= end:
            start = position
            if self.quote and masked.startswith(self.quote, position):
                position += 1
                while (position := masked.find(self.quote, position)) >= 0 and masked.startswith(
                    self.quote, position + 1
                ):
                    position += 2
                cell = raw[start + 1 : position].replace(self.quote * 2, self.quote)
                position = masked.find(self.delimiter, position)
            else:
                position = masked.find(self.delimiter, position)
                cell = raw[start : position if position >= 0 else end]
                cell = "" if cell == f"{self.escape}N" else cell
            cells.append(self._escape.sub(r"\1", cell))
            if position < 0:
                break
            position += 1
        return cells

    def _masked(self, text: str) -> tuple[str, bool]:
        """Return the text with escaped characters made ordinary, and whether its end is escaped."""
        if not self.escape or self.escape not in text:
            return text, False
        masked = self._pair.sub(lambda pair: "x" * len(pair[0]), text)
        return masked, masked.endswith(self.escape)

    @cached_property
    def _pair(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.escape) + r"(?:\r\n|.)", re.DOTALL)

    @cached_property
    def _escape(self) -> re.Pattern[str]:
        ordinary = "".join(map(re.escape, (self.escape, self.quote, self.delimiter)))
        return re.compile(rf"{re.escape(self.escape)}(\r\n|[\r\n{ordinary}])")
