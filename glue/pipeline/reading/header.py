"""The header line against the contract: which cell is which column."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.contract.model import Contract
from pipeline.errors import HeaderError

_SHOWN = 10


@dataclass(frozen=True)
class Header:
    """``positions[i]`` is the cell of the contract's column ``i``; -1 where the file has no such column."""

    names: tuple[str, ...]
    positions: tuple[int, ...]


def match(cells: Sequence[str], contract: Contract, uri: str) -> Header:
    """Find the contract's columns in a header, in any order.

    Names are compared without outer blanks and in Unicode's NFKC form, so that full-width and half-width
    letters and brackets are the same. Raises HeaderError that names every missing, unknown and repeated
    column.
    """
    names = tuple(cell.strip() for cell in cells)
    known = {
        _plain(header): index for index, column in enumerate(contract.columns) for header in column.headers
    }
    positions = [-1] * len(contract.columns)
    problems: list[str] = []
    for position, name in enumerate(names):
        index = known.get(_plain(name))
        if index is None:
            if contract.source.unknown_columns == "refuse":
                problems.append(_unknown(name, list(known)))
        elif positions[index] >= 0:
            where = f"cells {positions[index] + 1} and {position + 1}"
            problems.append(f"column {contract.columns[index].name} stands twice ({where})")
        else:
            positions[index] = position
    missing = [
        " or ".join(column.headers)
        for column, position in zip(contract.columns, positions, strict=True)
        if position < 0 and column.required
    ]
    if missing:
        problems.insert(0, f"it lacks {', '.join(missing)}")
    if problems and len(names) == 1:
        problems.append(f"the line has one cell: is the delimiter {contract.source.delimiter!r}?")
    if problems:
        rest = len(problems) - _SHOWN
        raise HeaderError(uri, problems[:_SHOWN] + ([f"and {rest} more"] if rest > 0 else []))
    return Header(names, tuple(positions))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _unknown(name: str, known: list[str]) -> str:
    if not name:
        return "a cell without a name"
    shown = name if len(name) <= 60 else name[:59] + "…"
    close = difflib.get_close_matches(_plain(name), known, n=1)
    return f"unknown column {shown!r}" + (f" (did you mean {close[0]!r}?)" if close else "")
