"""What an upload says of records that it does not hold: ``mode`` of a contract, and what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.contract.document import Document
from pipeline.contract.errors import Problem

Mode = Literal["upsert", "snapshot", "cdc"]
Scope = Literal["object", "dataset"]
Keep = Literal["first", "last"]

FIELDS = ("mode", "snapshot_of", "operation", "sequence_by", "keep")
"""Of a contract's top level. None of them is needed."""
_VALUES: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}
OPERATION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "column": {"type": "string", "minLength": 1},
        "insert": _VALUES,
        "update": _VALUES,
        "delete": _VALUES,
    },
    "required": ["column", "delete"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "mode": {"enum": ["upsert", "snapshot", "cdc"]},
    "snapshot_of": {"enum": ["object", "dataset"]},
    "operation": {"type": "object"},
    "sequence_by": {"type": "string", "minLength": 1},
    "keep": {"enum": ["first", "last"]},
}
_SEQUENCES = ("integer", "decimal", "date", "timestamp")
_KINDS = ("insert", "update", "delete")


@dataclass(frozen=True)
class Operation:
    """The column that says what a row of ``cdc`` does, and its values for each."""

    column: str
    upsert: tuple[str, ...]
    """Values of inserts and of updates, which do the same: the record is as the row says."""
    delete: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        return (*self.upsert, *self.delete)


@dataclass(frozen=True)
class Changes:
    """How uploads change what Silver has.

    ``upsert``: an upload adds records and changes them, and removes none. ``snapshot``: it is all there is,
    of its object or of the whole dataset. ``cdc``: its rows are changes, deletions among them.
    """

    mode: Mode = "upsert"
    scope: Scope = "object"
    """Of a snapshot: what an upload is all of."""
    sequence_by: str | None = None
    """The column whose greater value is the later state of a record; without it the later upload is."""
    keep: Keep = "first"
    """Which of the rows of one file with one record key: by ``sequence_by``, then by line."""
    operation: Operation | None = None

    @property
    def ordered(self) -> bool:
        """Rows of one key in one file are states of one record, not a mistake of who wrote it."""
        return self.mode == "cdc" or self.sequence_by is not None


def changes(data: Mapping[str, Any]) -> Changes:
    """Read the fields of a contract that ``check`` has passed; without any: as it always was.

    Key columns: ``upsert``. None: a later version of an object replaces the rows of the earlier one.
    """
    mode: Mode = data.get("mode", "upsert" if isinstance(data["record_key"], list) else "snapshot")
    sequence_by = data.get("sequence_by")
    last = mode == "cdc" or sequence_by is not None
    return Changes(
        mode=mode,
        scope=data.get("snapshot_of", "object"),
        sequence_by=sequence_by,
        keep=data.get("keep", "last" if last else "first"),
        operation=_operation(data["operation"]) if "operation" in data else None,
    )


def _operation(data: Mapping[str, Any]) -> Operation:
    upsert = (*data.get("insert", ()), *data.get("update", ()))
    return Operation(data["column"], upsert, tuple(data["delete"]))


def check(document: Document) -> Iterator[Problem]:
    """Find what makes no sense together: key kinds, modes, and columns that are not there."""
    data = document.data
    key = data["record_key"]
    mode = changes({name: data[name] for name in data if name != "operation"}).mode
    yield from _mode(document, mode, key if isinstance(key, str) else "columns")
    if "snapshot_of" in data and mode != "snapshot":
        yield document.problem(("snapshot_of",), f"is for mode: snapshot; the mode is {mode}")
    if "sequence_by" in data:
        yield from _sequence(document, mode, data["sequence_by"])
    if "keep" in data:
        yield from _keep(document, mode, data["keep"])
    if "operation" in data:
        yield from _operation_problems(document, mode, data["operation"])
    elif mode == "cdc":
        message = "cdc needs operation: the column that says which rows are deletions, and its values"
        yield document.problem(("mode",), message)


def _mode(document: Document, mode: Mode, kind: str) -> Iterator[Problem]:
    if kind == "line" and mode != "snapshot":
        message = f"{mode} needs rows that can be known again, and record_key: line knows none: name columns"
        yield document.problem(("mode",), message)
    if kind == "content" and mode == "cdc":
        message = "cdc needs key columns: a change that is known by all its values changes nothing"
        yield document.problem(("mode",), message)


def _sequence(document: Document, mode: Mode, name: str) -> Iterator[Problem]:
    data = document.data
    key = data["record_key"]
    column = _column(document, name)
    if mode == "snapshot":
        message = "is for mode: upsert and cdc; of two snapshots the later upload counts, whatever it holds"
        yield document.problem(("sequence_by",), message)
    if not isinstance(key, list):
        message = f"needs key columns: with record_key: {key} a record has no later state"
        yield document.problem(("sequence_by",), message)
    elif name in key:
        message = f"column {name} is part of record_key: another value is another record"
        yield document.problem(("sequence_by",), message)
    if column is None:
        yield document.problem(("sequence_by",), f"there is no column {name!r}")
        return
    if column["type"].partition("(")[0] not in _SEQUENCES:
        message = f"column {name} must be {', '.join(_SEQUENCES[:-1])} or {_SEQUENCES[-1]}"
        yield document.problem(("sequence_by",), message)
    if not column.get("required"):
        yield document.problem(("sequence_by",), f"column {name} must say required: true")


def _keep(document: Document, mode: Mode, keep: Keep) -> Iterator[Problem]:
    key = document.data["record_key"]
    if not isinstance(key, list):
        message = f"needs key columns: with record_key: {key} there are no two rows to choose from"
        yield document.problem(("keep",), message)
    elif mode == "cdc" and keep == "first":
        yield document.problem(("keep",), "must be last, or left out: the last change of a record counts")


def _operation_problems(document: Document, mode: Mode, data: Mapping[str, Any]) -> Iterator[Problem]:
    if mode != "cdc":
        yield document.problem(("operation",), f"is for mode: cdc; the mode is {mode}")
    if "insert" not in data and "update" not in data:
        yield document.problem(("operation",), "lacks insert or update: which values bring a row?")
    values = [value for kind in _KINDS for value in data.get(kind, ())]
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield document.problem(("operation",), f"{value!r} means two things: give each value once")
    name = data["column"]
    column = _column(document, name)
    if column is None:
        yield document.problem(("operation", "column"), f"there is no column {name!r}")
        return
    if column["type"] != "string" or not column.get("required"):
        yield document.problem(("operation", "column"), f"column {name} must be a string, and required: true")
    if column.get("normalize", "none") != "none" or column.get("unique"):
        message = f"column {name} is compared as it is written: it can have neither normalize nor unique"
        yield document.problem(("operation", "column"), message)
    if set(column.get("enum", values)) != set(values):
        message = f"column {name} has an enum of other values: leave it out, operation says them"
        yield document.problem(("operation", "column"), message)
    if name in document.data["record_key"]:
        message = f"column {name} is part of record_key: a deletion would be of another record"
        yield document.problem(("operation", "column"), message)


def _column(document: Document, name: str) -> dict[str, Any] | None:
    found: Iterator[dict[str, Any]] = (one for one in document.data["columns"] if one["name"] == name)
    return next(found, None)
