"""How a file is written: the fields of a contract that say so, as schemas and as frozen dataclasses.

Names are those that CSV tools use. ``docs/datasets.md`` explains them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pipeline.contract.document import Document
from pipeline.contract.errors import Problem

REPAIR_ENCODINGS = {
    "utf8_bytes": "utf-8",
    "cp932_bytes": "cp932",
    "euc_jp_bytes": "euc_jp",
    "cp1252_bytes": "cp1252",
}
"""Repair → the encoding that bytes are read in where they are none of the file's."""
REPLACE_BYTES = "replace_bytes"
WRAPPED_RECORDS = "wrapped_records"
REPAIRS = (*REPAIR_ENCODINGS, REPLACE_BYTES, WRAPPED_RECORDS)
NORMALIZE = ("none", "nfc", "nfkc")
NEGATIVE = ("parentheses", "triangle", "trailing")
_NONE = "none"

_COUNT = {"type": "integer", "minimum": 1}
_SOME = {"type": "array", "minItems": 1, "uniqueItems": True}
_TEXT = {"type": "string", "minLength": 1}
SOURCE_FIELDS: dict[str, Any] = {
    "delimiter": {"enum": [",", ";", "\t", "|"]},
    "quote": {"enum": ['"', "'", _NONE]},
    "escape": {"enum": ["\\", _NONE]},
    "header": {"type": "boolean"},
    "skip_lines": {"type": "integer", "minimum": 0},
    "trailing_delimiter": {"type": "boolean"},
    "decimal": {"enum": [".", ","]},
    "thousands": {"enum": [",", ".", " ", "'", _NONE]},
    "negative": {**_SOME, "items": {"enum": list(NEGATIVE)}},
    "repair": {**_SOME, "items": {"enum": list(REPAIRS)}},
    "max_uncompressed_bytes": _COUNT,
}
COLUMN_FIELDS: dict[str, Any] = {
    "normalize": {"enum": list(NORMALIZE)},
    "position": _COUNT,
    "currency": {**_SOME, "items": _TEXT},
    "midnight_24": {"type": "boolean"},
}
ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "normalize": ("string",),
    "currency": ("integer", "decimal", "double"),
    "midnight_24": ("timestamp",),
}
"""Field of a column → the types that have it."""


@dataclass(frozen=True)
class Dialect:
    """How records and cells are written."""

    delimiter: str | None = None
    """None: what the file's first line ``sep=`` or its name says, else a comma."""
    quote: str = '"'
    """Empty: quotes are ordinary characters."""
    escape: str = ""
    header: bool = True
    """False: no header line, columns by position."""
    skip_lines: int = 0
    """Physical lines before the header."""
    trailing_delimiter: bool = False
    """Records may end with a delimiter."""
    repair: tuple[str, ...] = ()
    """What may be put right, by the names of ``REPAIRS``."""
    max_uncompressed_bytes: int = 32 << 30
    """A compressed file that is longer is refused."""


@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written. ``thousands`` is empty where there are no separators."""

    decimal: str = "."
    thousands: str = ","
    negative: tuple[str, ...] = ()
    """Beside the sign: names of ``NEGATIVE``."""
    currency: tuple[str, ...] = ()
    """Texts that may stand before or after a number, and mean no more than the column says."""


def dialect_of(source: Mapping[str, Any]) -> Dialect:
    """Return what a contract's ``source`` says of records."""
    names = {field.name for field in fields(Dialect)}
    found = {name: value for name, value in source.items() if name in names}
    for name in ("quote", "escape"):
        if found.get(name) == _NONE:
            found[name] = ""
    return Dialect(**{**found, "repair": tuple(found.get("repair", ()))})


def numbers_of(source: Mapping[str, Any], column: Mapping[str, Any]) -> NumberFormat:
    """Return what ``source`` and a column say of numbers."""
    decimal = source.get("decimal", ".")
    thousands = source.get("thousands", "." if decimal == "," else ",")
    return NumberFormat(
        decimal=decimal,
        thousands="" if thousands == _NONE else thousands,
        negative=tuple(source.get("negative", ())),
        currency=tuple(column.get("currency", ())),
    )


def normalize_of(column: Mapping[str, Any], record_key: str | list[str]) -> str:
    """Return a column's form: what it says, else NFKC for what identifies a record and none for the rest."""
    is_key = column["name"] in record_key if isinstance(record_key, list) else False
    by_default = "nfkc" if is_key or column.get("unique") else _NONE
    return str(column.get("normalize", by_default)) if column["type"] == "string" else _NONE


def check(document: Document, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what no schema can say."""
    source = data.get("source", {})
    numbers = numbers_of(source, {})
    if numbers.decimal == numbers.thousands:
        message = f"{numbers.thousands!r} is the decimal sign: the two must differ"
        yield document.problem(("source", "thousands"), message)
    if WRAPPED_RECORDS in source.get("repair", ()) and source.get("quote", '"') != '"':
        message = f"{WRAPPED_RECORDS} goes with the quote '\"' only"
        yield document.problem(("source", "repair"), message)
    yield from _positions(document, data["columns"], source.get("header", True))


def _positions(document: Document, columns: list[dict[str, Any]], header: bool) -> Iterator[Problem]:
    taken: dict[int, str] = {}
    some = any("position" in column for column in columns)
    for index, column in enumerate(columns):
        path = ("columns", index, "position")
        position = column.get("position")
        if position is None:
            if some and not header:
                yield document.problem(path[:2], "lacks position: give it to every column or to none")
        elif header:
            yield document.problem(path, "is for files without a header line: set source.header: false")
        elif position in taken:
            yield document.problem(path, f"{position} is column {taken[position]} already")
        else:
            taken[position] = column["name"]
