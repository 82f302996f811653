"""A Gold table as the contract asks for it, made from the Spark schema of its SQL."""

# ruff: noqa: S608 - every name in the SQL is quoted by relation.quoted

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from pg8000.native import Connection

from pipeline.gold import comments
from pipeline.gold.columns import GoldColumn
from pipeline.gold.errors import GoldSchemaError
from pipeline.gold.relation import Relation, names, quoted

_MAX_IDENTIFIER = 63  # bytes; PostgreSQL cuts longer names without an error


@dataclass(frozen=True)
class GoldTable(Relation):
    """What a Gold table is to look like. ``key``: its primary key; ``columns`` in the SQL's order."""

    kind: ClassVar[str] = "table"

    key: tuple[str, ...]
    columns: tuple[GoldColumn, ...]
    comment: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def values(self) -> tuple[str, ...]:
        """The columns outside the key."""
        return tuple(name for name in self.column_names if name not in self.key)

    @property
    def keys_alone(self) -> GoldTable:
        """The table without its other columns."""
        return replace(self, columns=tuple(column for column in self.columns if column.name in self.key))

    def check_names(self) -> None:
        """Raise GoldSchemaError for a name PostgreSQL would cut."""
        for name in (self.name, *self.column_names):
            if len(name.encode()) > _MAX_IDENTIFIER:
                why = f"{name!r} is longer than {_MAX_IDENTIFIER} bytes"
                raise GoldSchemaError(self.name, why, "Give it a shorter name in the contract")


def column_definitions(table: GoldTable) -> str:
    """Return the column list of CREATE TABLE; key columns are not null."""
    return ", ".join(
        f"{quoted(column.name)} {column.pg_type}{' NOT NULL' if column.name in table.key else ''}"
        for column in table.columns
    )


def create(connection: Connection, table: GoldTable) -> None:
    """Make the table and its schema, without the key: an index is made faster of the rows than with them."""
    connection.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.schema)}")
    connection.run(f"CREATE TABLE {table.qualified} ({column_definitions(table)})")


def add_key(connection: Connection, table: GoldTable, of: str) -> None:
    """Make the primary key of ``of``, which has the table's columns: finds duplicates, serves joins."""
    connection.run(f"ALTER TABLE {of} ADD PRIMARY KEY ({names(table.key)})")


def has_rows(connection: Connection, table: GoldTable) -> bool:
    """Return whether the table, which must be there, holds a row."""
    return bool(connection.run(f"SELECT EXISTS (SELECT 1 FROM {table.qualified})")[0][0])


def write_comments(connection: Connection, table: GoldTable) -> bool:
    """Write the comments of the table and its columns. Return True when one differed."""
    return comments.write(
        connection, table, table.comment, {column.name: column.comment for column in table.columns}
    )
