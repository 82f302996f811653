"""What Gold tables and views have in common: a name in a schema, columns, and how names stand in SQL."""

# ruff: noqa: S608 - identifiers and literals go through pg8000's own quoting

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pg8000.native import Connection, identifier, literal


def quoted(name: str) -> str:
    """``name`` as an SQL identifier, whatever is in it."""
    return str(identifier(name))


def text_literal(value: str | None) -> str:
    """``value`` as an SQL literal."""
    return str(literal(value))


def names(columns: Sequence[str], alias: str | None = None) -> str:
    """Return the columns as ``"a", "b"`` or, with an alias, ``t."a", t."b"``."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(prefix + quoted(column) for column in columns)


@dataclass(frozen=True)
class Relation:
    """A table or a view by its name."""

    kind: ClassVar[str] = "relation"

    schema: str
    name: str

    @property
    def qualified(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def regclass(self) -> str:
        """SQL for the relation's oid; an error where there is none."""
        return f"{text_literal(self.qualified)}::regclass"

    def exists(self, connection: Connection) -> bool:
        """Return whether a relation of that name is there, of whatever kind."""
        sql = f"SELECT to_regclass({text_literal(self.qualified)}) IS NOT NULL"
        return bool(connection.run(sql)[0][0])

    def columns_there(self, connection: Connection) -> dict[str, str]:
        """Column name → type in the words of ``format_type``, in the database's order."""
        return dict(
            connection.run(
                "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute "
                f"WHERE attrelid = {self.regclass} AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
            )
        )
