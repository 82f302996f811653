"""A Gold table in the database.

Made from the Spark schema, extended when the contract grows, refused otherwise.
"""

# ruff: noqa: S608 - identifiers and literals go through pg8000's own quoting

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pg8000.native import Connection, identifier, literal

from pipeline.gold.columns import GoldColumn
from pipeline.gold.errors import GoldSchemaError

_MAX_IDENTIFIER = 63  # bytes; PostgreSQL cuts longer names without an error


def quoted(name: str) -> str:
    """``name`` as an SQL identifier, whatever is in it."""
    return str(identifier(name))


def text_literal(value: str | None) -> str:
    """``value`` as an SQL literal."""
    return str(literal(value))


@dataclass(frozen=True)
class GoldTable:
    """What a Gold table is to look like. ``key``: its primary key; ``columns`` in the SQL's order."""

    schema: str
    name: str
    key: tuple[str, ...]
    columns: tuple[GoldColumn, ...]
    comment: str | None = None

    @property
    def qualified(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def values(self) -> tuple[str, ...]:
        """The columns outside the key."""
        return tuple(name for name in self.column_names if name not in self.key)

    def check_names(self) -> None:
        """Raises GoldSchemaError for a name PostgreSQL would cut."""
        for name in (self.name, *self.column_names):
            if len(name.encode()) > _MAX_IDENTIFIER:
                raise GoldSchemaError(self.name, f"{name!r} is longer than {_MAX_IDENTIFIER} bytes")


def names(columns: Sequence[str], alias: str | None = None) -> str:
    """``"a", "b"`` or ``t."a", t."b"``."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(prefix + quoted(column) for column in columns)


def column_definitions(table: GoldTable) -> str:
    """The column list of CREATE TABLE; key columns are not null."""
    return ", ".join(
        f"{quoted(column.name)} {column.pg_type}{' NOT NULL' if column.name in table.key else ''}"
        for column in table.columns
    )


def exists(connection: Connection, table: GoldTable) -> bool:
    """Whether a relation of that name is there."""
    return bool(connection.run(f"SELECT to_regclass({text_literal(table.qualified)}) IS NOT NULL")[0][0])


def ensure(connection: Connection, table: GoldTable) -> bool:
    """Create or extend ``table``; True when something was changed.

    Raises GoldSchemaError for a column of another type, a column the contract no longer has, or another key.
    """
    if not exists(connection, table):
        key = f"PRIMARY KEY ({names(table.key)})"
        connection.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.schema)}")
        connection.run(f"CREATE TABLE {table.qualified} ({column_definitions(table)}, {key})")
        _comment(connection, table)
        return True
    altered = _extend(connection, table)
    return _comment(connection, table) or altered


def _extend(connection: Connection, table: GoldTable) -> bool:
    regclass = f"{text_literal(table.qualified)}::regclass"
    there = dict(
        connection.run(
            "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute "
            f"WHERE attrelid = {regclass} AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
    )
    gone = [name for name in there if name not in table.column_names]
    if gone:
        raise GoldSchemaError(table.name, f"the contract no longer has column {', '.join(gone)}")
    for column in table.columns:
        if column.name in there and there[column.name] != column.pg_type:
            why = f"column {column.name} is {there[column.name]}, the contract makes it {column.pg_type}"
            raise GoldSchemaError(table.name, why)
    key = connection.run(
        "SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
        f"AND a.attnum = ANY (i.indkey) WHERE i.indrelid = {regclass} AND i.indisprimary"
    )
    if {name for (name,) in key} != set(table.key):
        has = ", ".join(name for (name,) in key) or "none"
        raise GoldSchemaError(
            table.name, f"its primary key is ({has}), the contract's is ({', '.join(table.key)})"
        )
    new = [column for column in table.columns if column.name not in there]
    if new:
        added = ", ".join(f"ADD COLUMN {quoted(column.name)} {column.pg_type}" for column in new)
        connection.run(f"ALTER TABLE {table.qualified} {added}")
    return bool(new)


def _comment(connection: Connection, table: GoldTable) -> bool:
    """Set the comments that differ: an unchanged contract takes no lock on the table."""
    regclass = f"{text_literal(table.qualified)}::regclass"
    there = dict(
        connection.run(
            "SELECT ''::text, obj_description(c.oid, 'pg_class') FROM pg_class c "
            f"WHERE c.oid = {regclass} UNION ALL "
            "SELECT attname::text, col_description(attrelid, attnum) FROM pg_attribute "
            f"WHERE attrelid = {regclass} AND attnum > 0 AND NOT attisdropped"
        )
    )
    changed = False
    if there.get("") != table.comment:
        connection.run(f"COMMENT ON TABLE {table.qualified} IS {text_literal(table.comment)}")
        changed = True
    for column in table.columns:
        if there.get(column.name) != column.comment:
            target = f"{table.qualified}.{quoted(column.name)}"
            connection.run(f"COMMENT ON COLUMN {target} IS {text_literal(column.comment)}")
            changed = True
    return changed
