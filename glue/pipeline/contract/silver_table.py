"""How the Silver table lies in S3, and how long its old versions stay: ``silver`` of a contract.

Nothing of it changes what a row says, so a change of it voids no marker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.contract.document import Document, Path
from pipeline.contract.errors import Problem

LEAST_DAYS = 7
"""Delta's own least for VACUUM: a reader or writer of a version must be done before its files may go.
https://docs.delta.io/2.1.0/delta-utility.html#remove-files-no-longer-referenced-by-a-delta-table
"""
_DEFAULT_DAYS = 30
PARTITION = r"^([a-z][a-z0-9_]{0,62}|date\([a-z][a-z0-9_]{0,62}\))$"
_NAMES: dict[str, Any] = {"type": "array", "minItems": 1, "maxItems": 4, "uniqueItems": True}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "partition_by": {**_NAMES, "items": {"type": "string", "pattern": PARTITION}},
        "cluster_by": {**_NAMES, "items": {"type": "string", "minLength": 1}},
        "retention_days": {"type": "integer"},
    },
    "additionalProperties": False,
}
_BY_DATE = "__date"
_PARTITIONED = ("string", "integer", "boolean", "date")
_CLUSTERED = ("string", "integer", "decimal", "date", "timestamp")


@dataclass(frozen=True)
class Partition:
    """One of the columns that Silver's folders are named by."""

    column: str
    """Of the contract."""
    by_date: bool = False
    """By the day (UTC) of a timestamp."""

    @property
    def name(self) -> str:
        """The table's column: the contract's own, or one that the job adds for the day.

        It begins as a contract's do: Delta's VACUUM takes a folder that begins with ``_`` for hidden once the
        table is not partitioned by it any more, and would leave its files for ever.
        """
        return self.column + _BY_DATE if self.by_date else self.column


@dataclass(frozen=True)
class SilverTable:
    """Without any field: as Delta writes it, old versions for 30 days."""

    partitions: tuple[Partition, ...] = ()
    cluster_by: tuple[str, ...] = ()
    retention_days: int = _DEFAULT_DAYS
    """Versions younger than this can be read."""

    @property
    def partition_by(self) -> tuple[str, ...]:
        """Columns of the table."""
        return tuple(partition.name for partition in self.partitions)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the table that say where a row lies."""
        return (*self.partition_by, *self.cluster_by)


def is_added(name: str) -> bool:
    """Tell whether a column is one that the job adds for a partition, of this contract or an earlier one."""
    return name.endswith(_BY_DATE)


def silver_table(data: Mapping[str, Any]) -> SilverTable:
    """Read the field ``silver`` of a contract that ``check`` has passed."""
    return SilverTable(
        partitions=tuple(_partition(text) for text in data.get("partition_by", ())),
        cluster_by=tuple(data.get("cluster_by", ())),
        retention_days=data.get("retention_days", _DEFAULT_DAYS),
    )


def check(document: Document) -> Iterator[Problem]:
    """Find columns that are not there, or can't be what they are to be, and a retention that is too short."""
    data: Mapping[str, Any] = document.data.get("silver", {})
    columns = {column["name"]: column for column in document.data["columns"]}
    named: list[tuple[str, Path]] = [(name, ("columns", index, "name")) for index, name in enumerate(columns)]
    answer = document.data.get("enrich", {}).get("answer", {})
    named += [(name, ("enrich", "answer", "properties", name)) for name in answer.get("properties", ())]
    for name, place in named:
        if is_added(name):
            yield document.problem(place, f"names with {_BY_DATE} at the end are Silver's")
    for index, text in enumerate(data.get("partition_by", ())):
        for message in _partition_faults(_partition(text), columns):
            yield document.problem(("silver", "partition_by", index), message)
    for index, name in enumerate(data.get("cluster_by", ())):
        for message in _cluster_faults(name, columns, data.get("partition_by", ())):
            yield document.problem(("silver", "cluster_by", index), message)
    days = data.get("retention_days", LEAST_DAYS)
    if days < LEAST_DAYS:
        message = (
            f"must be {LEAST_DAYS} or more: VACUUM would remove files that a run or a query may be reading"
        )
        yield document.problem(("silver", "retention_days"), message)


def _partition_faults(partition: Partition, columns: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    name = partition.column
    column = columns.get(name)
    if column is None:
        yield f"there is no column {name!r}"
        return
    kind = _kind(column)
    if partition.by_date and kind != "timestamp":
        yield f"date() is for timestamps; column {name} is a {kind}"
    elif kind == "timestamp" and not partition.by_date:
        yield f"each moment would be a partition: write date({name})"
    elif not partition.by_date and kind not in _PARTITIONED:
        yield f"column {name} must be {', '.join(_PARTITIONED)}, or a timestamp as date({name})"
    if not column.get("required"):
        yield f"column {name} must say required: true"
    if column.get("pii"):
        yield f"column {name} is pii, and a partition's value stands in the names of S3's objects"


def _cluster_faults(
    name: str, columns: Mapping[str, Mapping[str, Any]], partitions: tuple[str, ...]
) -> Iterator[str]:
    if name not in columns:
        yield f"there is no column {name!r}"
    elif name in partitions:
        yield f"the table is partitioned by {name}: drop one of the two"
    elif _kind(columns[name]) not in _CLUSTERED:
        yield f"column {name} must be {', '.join(_CLUSTERED[:-1])} or {_CLUSTERED[-1]}"


def _partition(text: str) -> Partition:
    by_date = text.startswith("date(")
    return Partition(text[len("date(") : -1] if by_date else text, by_date)


def _kind(column: Mapping[str, Any]) -> str:
    return str(column["type"]).partition("(")[0]
