"""One table's rows replaced: staged before the transaction, merged inside it, touching only what differs."""

# ruff: noqa: S608 - every name in the SQL is quoted by relation.quoted

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from pipeline.gold.connection import count, field_of, sqlstate
from pipeline.gold.copy_text import Chunk
from pipeline.gold.errors import GoldIncompleteError, GoldKeyError
from pipeline.gold.relation import names, quoted
from pipeline.gold.report import TableReport
from pipeline.gold.table import GoldTable, add_key, column_definitions

_UNIQUE_VIOLATION = "23505"
_NOT_NULL_VIOLATION = "23502"
_DIFFERENCE = "pg_temp.gold_difference"
_OPERATION = '"__operation"'
_PLACE = '"__place"'
_COPY_BYTES = 64 * 2**20
"""Of one COPY: so long a server's snapshot is held, and one statement's time-out counts."""


@dataclass(frozen=True)
class Stage:
    """Rows that wait in temporary tables: they end with the session, so a killed run leaves nothing to clean.

    ``touched``: the table with the keys that the rows are about; None: they are all rows.
    """

    table: GoldTable
    name: str
    rows: int
    touched: str | None = None


def stage(
    connection: Connection,
    table: GoldTable,
    number: int,
    rows: Iterator[Chunk],
    touched: Iterator[Chunk] | None = None,
) -> Stage:
    """Put the rows into the session's stage ``number``, outside of a transaction: no lock, no snapshot.

    ``touched``: the keys of the only rows that may have changed, none of them null. Raises GoldKeyError for a
    key that is null or not unique, GoldIncompleteError when rows got lost on the way.
    """
    name = f"gold_stage_{number}"
    with _key_errors(table):
        connection.run(f"CREATE TEMPORARY TABLE {name} ({column_definitions(table)})")
        taken = _copy(connection, table, f"pg_temp.{name}", table.column_names, rows)
        add_key(connection, table, f"pg_temp.{name}")
    if touched is None:
        return Stage(table, f"pg_temp.{name}", taken)
    keys = f"pg_temp.gold_touched_{number}"
    connection.run(f"CREATE TEMPORARY TABLE gold_touched_{number} ({column_definitions(table.keys_alone)})")
    _copy(connection, table, keys, table.key, touched)
    connection.run(f"ANALYZE {keys}")
    return Stage(table, f"pg_temp.{name}", taken, keys)


def fill(connection: Connection, table: GoldTable, rows: Iterator[Chunk], new: bool) -> TableReport:
    """Put the rows into a table without any; ``new``: that has no key yet either.

    Nothing to compare with: as fast as COPY is, and still invisible until the commit.
    """
    with _key_errors(table):
        taken = _copy(connection, table, table.qualified, table.column_names, rows)
        if new:
            add_key(connection, table, table.qualified)
    _analyze(connection, table, bool(taken))
    return TableReport(taken, inserted=taken)


def merge(connection: Connection, staged: Stage, rows_before: int = 0) -> TableReport:
    """Make the rows of the table those of the stage. ``rows_before``: needed where only some were touched."""
    table = staged.table
    # readers go on; other writers wait, so that the counts are the truth
    connection.run(f"LOCK TABLE {table.qualified} IN SHARE ROW EXCLUSIVE MODE")
    connection.run(_difference(staged))
    wanted = {
        operation for (operation,) in connection.run(f"SELECT DISTINCT {_OPERATION} FROM {_DIFFERENCE}")
    }
    # no row moves before the commit: the lock keeps out whoever could move it
    same_row = f"t.ctid = d.{_PLACE}"
    columns = names(table.column_names)
    assignments = ", ".join(f"{quoted(value)} = d.{quoted(value)}" for value in table.values)
    statements = {
        "delete": f"DELETE FROM {table.qualified} t USING {_DIFFERENCE} d "
        f"WHERE d.{_OPERATION} = 'delete' AND {same_row}",
        "update": f"UPDATE {table.qualified} t SET {assignments} FROM {_DIFFERENCE} d "
        f"WHERE d.{_OPERATION} = 'update' AND {same_row}",
        "insert": f"INSERT INTO {table.qualified} ({columns}) "
        f"SELECT {columns} FROM {_DIFFERENCE} WHERE {_OPERATION} = 'insert'",
    }
    touched = {
        operation: count(connection, sql) for operation, sql in statements.items() if operation in wanted
    }
    connection.run(f"DROP TABLE {_DIFFERENCE}")  # the transaction's next table uses the name again
    _analyze(connection, table, bool(touched))
    inserted, deleted = touched.get("insert", 0), touched.get("delete", 0)
    rows = staged.rows if staged.touched is None else rows_before + inserted - deleted
    return TableReport(rows, inserted, touched.get("update", 0), deleted)


def _analyze(connection: Connection, table: GoldTable, changed: bool) -> None:
    """Tell the planner of BI's queries; what changed in a table that nobody analysed is planned blindly."""
    if changed:
        connection.run(f"ANALYZE {table.qualified}")


@contextmanager
def _key_errors(table: GoldTable) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if sqlstate(error) == _UNIQUE_VIOLATION:
            raise GoldKeyError(table.name, table.key, field_of(error, "D") or "not unique") from None
        if sqlstate(error) == _NOT_NULL_VIOLATION:
            raise GoldKeyError(table.name, table.key, f"column {field_of(error, 'c')} is null") from None
        raise


class _Piece:
    """The chunks of one COPY, counted as they are taken."""

    def __init__(self, first: Chunk, more: Iterator[Chunk]) -> None:
        self._first, self._more = first, more
        self.rows = 0

    def __iter__(self) -> Iterator[memoryview]:
        size, chunk = 0, self._first
        while True:
            self.rows += chunk.rows
            size += len(chunk.lines)
            yield chunk.lines
            following = next(self._more, None) if size < _COPY_BYTES else None
            if following is None:
                return
            chunk = following


def _copy(
    connection: Connection, table: GoldTable, into: str, columns: tuple[str, ...], chunks: Iterator[Chunk]
) -> int:
    computed = taken = 0
    for first in chunks:
        piece = _Piece(first, chunks)
        taken += count(connection, f"COPY {into} ({names(columns)}) FROM STDIN", piece)
        computed += piece.rows
    if taken != computed:
        raise GoldIncompleteError(table.name, computed, taken)
    return taken


def _same(left: str, right: str, key: tuple[str, ...]) -> str:
    return " AND ".join(f"{left}.{quoted(name)} = {right}.{quoted(name)}" for name in key)


def _difference(staged: Stage) -> str:
    """One pass over stage and table: the rows to delete, update and insert. Key columns are never null."""
    table = staged.table
    first = quoted(table.key[0])
    key = ", ".join(f"COALESCE(s.{quoted(name)}, t.{quoted(name)}) AS {quoted(name)}" for name in table.key)
    values = "".join(f", s.{quoted(name)}" for name in table.values)
    differs = "false"
    if table.values:
        differs = f"ROW({names(table.values, 's')}) IS DISTINCT FROM ROW({names(table.values, 't')})"
    there = table.qualified
    if staged.touched is not None:
        there = f"(SELECT r.ctid, r.* FROM {there} r JOIN {staged.touched} k ON {_same('r', 'k', table.key)})"
    return (
        f"CREATE TEMPORARY TABLE gold_difference ON COMMIT DROP AS SELECT "
        f"CASE WHEN t.{first} IS NULL THEN 'insert' WHEN s.{first} IS NULL THEN 'delete' ELSE 'update' END "
        f"AS {_OPERATION}, t.ctid AS {_PLACE}, {key}{values} "
        f"FROM {staged.name} s FULL JOIN {there} t ON {_same('s', 't', table.key)} "
        f"WHERE s.{first} IS NULL OR t.{first} IS NULL OR {differs}"
    )
