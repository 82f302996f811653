"""What a Gold load did, as the run report shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class TableReport:
    """Row counts of one Gold table: ``rows`` it has now, and how many this load touched."""

    rows: int
    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True)
class GoldReport:
    """``changed``: a row was touched or a table was created or altered."""

    tables: Mapping[str, TableReport] = field(default_factory=dict)
    changed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        tables = {name: asdict(table) for name, table in self.tables.items()}
        return {"changed": self.changed, "gold": tables}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> GoldReport:
        """Read what ``to_dict`` wrote."""
        tables = {name: TableReport(**counts) for name, counts in data["gold"].items()}
        return cls(tables, bool(data["changed"]))
