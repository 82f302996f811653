"""JSON lines: one object a line; its keys are what a CSV's headers are (https://jsonlines.org).

Values become the text that the same value has in a CSV, so that one set of rules reads both: a number as it
is written, ``true`` and ``false``, no text for ``null``, the JSON of an array or an object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import reasons
from pipeline.contract.model import Contract
from pipeline.reading.grammar import Cells
from pipeline.reading.names import known_names, plain_name
from pipeline.values import Rejected


class _Number(str):
    """A number as it stands in the file."""

    __slots__ = ()


@dataclass(frozen=True)
class ObjectReader:
    """Picklable. ``known`` is the plain name of a key → the index of its column."""

    known: Mapping[str, int]
    width: int
    ignore_unknown: bool
    decimals: tuple[str, ...]
    """The decimal sign of each column, which JSON's numbers are given."""
    personal: bool = False
    """The contract has ``pii`` columns: an unknown key may be one's value, and is not told."""

    @classmethod
    def of(cls, contract: Contract) -> ObjectReader:
        return cls(
            known_names(contract),
            len(contract.columns),
            contract.source.unknown_columns == "ignore",
            tuple(
                "." if column.type.name == "string" else column.numbers.decimal for column in contract.columns
            ),
            contract.has_pii,
        )

    def read(self, raw: str) -> Cells:
        """Return the cells of a line in the order of the contract's columns. Raises Rejected."""
        cells: list[str | None] = [None] * self.width
        for key, value in _object(raw):
            index = self.known.get(plain_name(key))
            if index is None:
                if self.ignore_unknown:
                    continue
                named = "a key" if self.personal else f"the key {key[:60]!r}"
                why = f"{named} is no column: correct it, or set source.unknown_columns: ignore"
                raise Rejected(reasons.EXTRA_CELLS, why)
            if cells[index] is not None:
                raise Rejected(reasons.INVALID_JSON, f"the key {key[:60]!r} stands twice")
            cells[index] = self._text(value, index)
        return Cells([cell or "" for cell in cells])

    def is_whole(self, raw: str) -> bool:
        """``read`` says."""
        return True

    def write(self, names: Sequence[str], cells: Sequence[str]) -> str:
        """Return a line with these texts for the columns ``names``; without those that have none."""
        return json.dumps(
            {name: cell for name, cell in zip(names, cells, strict=False) if cell}, ensure_ascii=False
        )

    def column_of(self, raw: str) -> int:
        """JSON is looked at as a whole."""
        return -1

    def _text(self, value: Any, index: int) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, _Number):
            return value.replace(".", self.decimals[index])
        try:
            text = value if isinstance(value, str) else _json(value)
        except RecursionError:
            raise Rejected(reasons.INVALID_JSON, "arrays or objects stand too deep in each other") from None
        if "\0" in text:
            raise Rejected(reasons.NUL_CHARACTER, "a NUL character stands in the record")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Rejected(reasons.INVALID_JSON, "half of a surrogate pair is no character") from None
        return text


def _object(raw: str) -> list[tuple[str, Any]]:
    try:
        found = json.loads(
            raw, object_pairs_hook=_Pairs, parse_int=_Number, parse_float=_Number, parse_constant=_constant
        )
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise Rejected(reasons.INVALID_JSON, f"the line is no JSON: {why}") from None
    if not isinstance(found, _Pairs):
        raise Rejected(reasons.INVALID_JSON, "the line is no JSON object")
    return found


class _Pairs(list[tuple[str, Any]]):
    """An object as it stands there: a key may stand twice."""


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _json(value: Any) -> str:
    """Return the JSON text, with numbers as they stand in the file."""
    if isinstance(value, _Pairs):
        pairs = (f"{json.dumps(key, ensure_ascii=False)}: {_json(inner)}" for key, inner in value)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
