"""Which cell of a record is which column of the contract."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline import reasons
from pipeline.contract.model import Contract
from pipeline.errors import HeaderError
from pipeline.reading.grammar import Cells, Grammar
from pipeline.reading.json_lines import ObjectReader
from pipeline.reading.names import known_names, plain_name
from pipeline.values import Rejected

_SHOWN = 10


class Reader(Protocol):
    """Cuts a record into cells. Picklable."""

    def read(self, raw: str) -> Cells:
        """Return the cells. Raises Rejected."""
        ...

    def is_whole(self, raw: str) -> bool:
        """Whether no quote is out of place: the cells are what they seem."""
        ...

    def write(self, names: Sequence[str], cells: Sequence[str]) -> str:
        """Return a record that has these cells."""
        ...

    def column_of(self, raw: str) -> int:
        """Return the index of the cell that a record ends in when it is cut off, -1 where that is unknown."""
        ...


@dataclass(frozen=True)
class Header:
    """``positions[i]`` is the cell of the contract's column ``i``; -1 where the file has no such column."""

    names: tuple[str, ...]
    positions: tuple[int, ...]
    reader: Reader = field(default_factory=Grammar)
    at_least: bool = False
    """Records may have more cells than ``names``."""
    trailing_delimiter: bool = False

    def cells(self, raw: str) -> Cells:
        """Return a record's cells, as many as the header has or more. Raises Rejected."""
        cells, repair = self.reader.read(raw)
        expected = len(self.names)
        if self.trailing_delimiter and len(cells) == expected + 1 and not cells[-1]:
            cells.pop()
        if len(cells) < expected or (len(cells) > expected and not self.at_least):
            reason = reasons.MISSING_CELLS if len(cells) < expected else reasons.EXTRA_CELLS
            raise Rejected(reason, f"{len(cells)} cells, the header has {expected}")
        return Cells(cells, repair)

    def name_at(self, raw: str, spot: int) -> str | None:
        """Return the name of the cell that a place in a record belongs to."""
        index = self.reader.column_of(raw[:spot])
        return self.names[index] if 0 <= index < len(self.names) else None


def match(cells: Sequence[str], contract: Contract, uri: str, grammar: Grammar) -> Header:
    """Find the contract's columns in a header line, in any order.

    Names are compared without outer blanks and in Unicode's NFKC form, so that full-width and half-width
    letters and brackets are the same. Raises HeaderError that names every missing, unknown and repeated
    column; not the cells of what may be a row with personal data.
    """
    names = tuple(cell.strip() for cell in cells)
    if contract.source.dialect.trailing_delimiter and len(names) > 1 and not names[-1]:
        names = names[:-1]
    known = known_names(contract)
    positions = [-1] * len(contract.columns)
    problems: list[str] = []
    for position, name in enumerate(names):
        index = known.get(plain_name(name))
        if index is None:
            if contract.source.unknown_columns == "refuse":
                problems.append(_unknown(name, list(known), last=position == len(names) - 1))
        elif positions[index] >= 0:
            where = f"cells {positions[index] + 1} and {position + 1}"
            problems.append(f"column {contract.columns[index].name} stands twice ({where})")
        else:
            positions[index] = position
    if contract.has_pii and all(position < 0 for position in positions):
        problems = [
            f"none of its {len(names)} cells is a column: if there is no header, set source.header: false"
        ]
    missing = [
        " or ".join(column.headers)
        for column, position in zip(contract.columns, positions, strict=True)
        if position < 0 and column.required
    ]
    if missing:
        problems.insert(0, f"it lacks {', '.join(missing)}")
    if problems and len(names) == 1:
        problems.append(f"the line has one cell: is the delimiter {grammar.delimiter!r}?")
    if problems:
        rest = len(problems) - _SHOWN
        raise HeaderError(uri, problems[:_SHOWN] + ([f"and {rest} more"] if rest > 0 else []))
    return Header(
        names, tuple(positions), grammar, trailing_delimiter=contract.source.dialect.trailing_delimiter
    )


def by_position(first: Sequence[str], contract: Contract, uri: str, grammar: Grammar) -> Header:
    """Return the columns of a file without a header line.

    ``first`` is its first record. Raises HeaderError when that is a header after all.
    """
    known = known_names(contract)
    positions = [(column.position or index) - 1 for index, column in enumerate(contract.columns, start=1)]
    named = [first[position] for position in positions if position < len(first)]  # others may be unknown
    if named and all(plain_name(cell) in known for cell in named):
        problem = "the first line has the names of columns: remove source.header: false, or the line"
        raise HeaderError(uri, [problem])
    names = [f"cell {number}" for number in range(1, max(positions) + 2)]
    for position, column in zip(positions, contract.columns, strict=True):
        names[position] = column.name
    return Header(
        tuple(names),
        tuple(positions),
        grammar,
        at_least=contract.source.unknown_columns == "ignore",
        trailing_delimiter=contract.source.dialect.trailing_delimiter,
    )


def of_objects(contract: Contract) -> Header:
    """Return the columns of JSON lines: those of the contract."""
    names = tuple(column.name for column in contract.columns)
    return Header(names, tuple(range(len(names))), ObjectReader.of(contract))


def _unknown(name: str, known: list[str], last: bool) -> str:
    if not name:
        return "a cell without a name" + (" at the end: set source.trailing_delimiter" if last else "")
    shown = name if len(name) <= 60 else name[:59] + "…"
    close = difflib.get_close_matches(plain_name(name), known, n=1)
    return f"unknown column {shown!r}" + (f" (did you mean {close[0]!r}?)" if close else "")
