"""A Gold table brought to what the contract asks for now, as far as no value can be lost.

New columns are added and types widened; everything else is refused before a row is touched, with the
statement to run by hand. ``docs/datasets.md`` has the same as a table.
"""

# ruff: noqa: S608 - identifiers and literals go through pg8000's own quoting

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from pipeline.gold.columns import GoldColumn
from pipeline.gold.connection import field_of, sqlstate
from pipeline.gold.errors import GoldDependentError, GoldSchemaError
from pipeline.gold.relation import Relation, names, quoted
from pipeline.gold.table import GoldTable, create, write_comments

# every value of the left type is one of each right type: https://www.postgresql.org/docs/15/datatype-numeric.html
_WIDER: Mapping[str, tuple[str, ...]] = {
    "smallint": ("integer", "bigint"),
    "integer": ("bigint",),
    "real": ("double precision",),
}
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
_FEATURE_NOT_SUPPORTED = "0A000"  # ALTER TYPE of a column that a view, a rule or a policy uses


@dataclass(frozen=True)
class Migration:
    """What to do with ``table``. ``missing``: it is to be created."""

    table: GoldTable
    missing: bool = False
    added: tuple[GoldColumn, ...] = ()
    widened: tuple[GoldColumn, ...] = ()

    @property
    def alters(self) -> bool:
        """Whether readers of the table have to wait."""
        return bool(self.added or self.widened)


@dataclass(frozen=True)
class Unfit:
    """A difference no migration bridges, and the statement that makes the table fit (or go)."""

    why: str
    by_hand: str


def is_widening(old: str, new: str) -> bool:
    """Return whether PostgreSQL turns every value of type ``old`` into the same value of type ``new``."""
    if old.endswith("[]") and new.endswith("[]"):
        return is_widening(old[:-2], new[:-2])
    before, after = _NUMERIC.fullmatch(old), _NUMERIC.fullmatch(new)
    if before and after:
        return before[2] == after[2] and int(before[1]) < int(after[1])
    return new in _WIDER.get(old, ())


def compare(table: GoldTable, columns: Mapping[str, str], key: Iterable[str]) -> Migration | Unfit:
    """Return what leads from a table with ``columns`` (name → type) and the primary key ``key`` to
    ``table``.
    """
    drop = f"DROP TABLE {table.qualified}"
    gone = [name for name in columns if name not in table.column_names]
    if gone:
        dropped = ", ".join(f"DROP COLUMN {quoted(name)}" for name in gone)
        why = f"the contract no longer has column {', '.join(gone)}"
        return Unfit(why, f"ALTER TABLE {table.qualified} {dropped}")
    retyped = [
        column for column in table.columns if columns.get(column.name, column.pg_type) != column.pg_type
    ]
    for column in retyped:
        old = columns[column.name]
        if not is_widening(old, column.pg_type):
            return Unfit(f"column {column.name} is {old}, the contract makes it {column.pg_type}", drop)
    there = tuple(key)
    if set(there) != set(table.key):
        has = ", ".join(there) or "none"
        return Unfit(f"its primary key is ({has}), the contract's is ({', '.join(table.key)})", drop)
    added = tuple(column for column in table.columns if column.name not in columns)
    return Migration(table, added=added, widened=tuple(retyped))


def plan(connection: Connection, table: GoldTable) -> Migration:
    """Look at the table that is there. Raises GoldSchemaError when it can't be made to fit."""
    if not table.exists(connection):
        return Migration(table, missing=True)
    key = connection.run(
        "SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
        f"AND a.attnum = ANY (i.indkey) WHERE i.indrelid = {table.regclass} AND i.indisprimary"
    )
    found = compare(table, table.columns_there(connection), [name for (name,) in key])
    if isinstance(found, Migration):
        return found
    views = [view.qualified for view in dependent_views(connection, table)]
    statements = [f"DROP VIEW {', '.join(views)}", found.by_hand] if views else [found.by_hand]
    advice = (
        f"Run by hand: {'; '.join(statements)}; and then the gold step again, which fills Gold from Silver. "
        "Or give it a new name in the contract"
    )
    raise GoldSchemaError(table.name, found.why, advice)


def apply(connection: Connection, migration: Migration) -> bool:
    """Create the table, without its key, or change it, with its comments; True when something was changed.

    Raises GoldDependentError when an object that is not the contract's uses a column that is to be widened.
    """
    table = migration.table
    if migration.missing:
        create(connection, table)
    actions = [f"ADD COLUMN {quoted(column.name)} {column.pg_type}" for column in migration.added]
    actions += [f"ALTER COLUMN {quoted(column.name)} TYPE {column.pg_type}" for column in migration.widened]
    if actions:
        try:
            connection.run(f"ALTER TABLE {table.qualified} {', '.join(actions)}")
        except DatabaseError as error:
            if sqlstate(error) != _FEATURE_NOT_SUPPORTED:
                raise
            columns = names([column.name for column in migration.widened])
            what = f"column {columns} of Gold table {table.name} gets a wider type"
            raise GoldDependentError(what, field_of(error, "D") or field_of(error, "M")) from None
    return write_comments(connection, table) or migration.missing or bool(actions)


def dependent_views(connection: Connection, table: GoldTable) -> list[Relation]:
    """Return the views of any schema that read ``table`` themselves."""
    rows = connection.run(
        "SELECT DISTINCT n.nspname::text, v.relname::text FROM pg_depend d "
        "JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid "
        "JOIN pg_class v ON v.oid = r.ev_class JOIN pg_namespace n ON n.oid = v.relnamespace "
        f"WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {table.regclass} "
        f"AND v.oid <> d.refobjid AND v.relkind = 'v' ORDER BY 1, 2"
    )
    return [Relation(schema, name) for schema, name in rows]
