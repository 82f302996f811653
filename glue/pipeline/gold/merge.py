"""One table's rows replaced inside the caller's transaction, touching only what differs."""

# ruff: noqa: S608 - every name in the SQL is quoted by relation.quoted

from __future__ import annotations

from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from pipeline.gold.connection import count, field_of, sqlstate
from pipeline.gold.copy_text import CopyText
from pipeline.gold.errors import GoldIncompleteError, GoldKeyError
from pipeline.gold.relation import names, quoted
from pipeline.gold.report import TableReport
from pipeline.gold.table import GoldTable, column_definitions

_UNIQUE_VIOLATION = "23505"
_NOT_NULL_VIOLATION = "23502"
_STAGE = "pg_temp.gold_stage"
_DIFFERENCE = "pg_temp.gold_difference"
_OPERATION = '"__operation"'


def replace_rows(connection: Connection, table: GoldTable, text: CopyText) -> TableReport:
    """Make the rows of ``table`` those of ``text``.

    Raises GoldKeyError for a key that is null or not unique, GoldIncompleteError when rows got lost on the
    way.
    """
    try:
        is_empty = not connection.run(f"SELECT EXISTS (SELECT 1 FROM {table.qualified})")[0][0]
        if is_empty:
            # nothing to compare with: as fast as COPY is, and still invisible until the commit
            taken = _copy(connection, table, table.qualified, text)
            return TableReport(taken, inserted=taken)
        return _merge(connection, table, text)
    except DatabaseError as error:
        if sqlstate(error) == _UNIQUE_VIOLATION:
            raise GoldKeyError(table.name, table.key, field_of(error, "D") or "not unique") from None
        if sqlstate(error) == _NOT_NULL_VIOLATION:
            raise GoldKeyError(table.name, table.key, f"column {field_of(error, 'c')} is null") from None
        raise


def _copy(connection: Connection, table: GoldTable, into: str, text: CopyText) -> int:
    taken = count(connection, f"COPY {into} ({names(table.column_names)}) FROM STDIN", text.chunks)
    if taken != text.rows:
        raise GoldIncompleteError(table.name, text.rows, taken)
    return taken


def _merge(connection: Connection, table: GoldTable, text: CopyText) -> TableReport:
    # temporary: it ends with the transaction or the session, so a killed run leaves nothing to clean
    connection.run(f"CREATE TEMPORARY TABLE gold_stage ({column_definitions(table)}) ON COMMIT DROP")
    rows = _copy(connection, table, _STAGE, text)
    # finds duplicates, and serves the join
    connection.run(f"ALTER TABLE {_STAGE} ADD PRIMARY KEY ({names(table.key)})")
    # readers go on; other writers wait, so that the counts are the truth
    connection.run(f"LOCK TABLE {table.qualified} IN SHARE ROW EXCLUSIVE MODE")
    connection.run(_difference(table))
    wanted = {
        operation for (operation,) in connection.run(f"SELECT DISTINCT {_OPERATION} FROM {_DIFFERENCE}")
    }
    same_key = _same("t", "d", table.key)
    columns = names(table.column_names)
    assignments = ", ".join(f"{quoted(value)} = d.{quoted(value)}" for value in table.values)
    statements = {
        "delete": f"DELETE FROM {table.qualified} t USING {_DIFFERENCE} d "
        f"WHERE d.{_OPERATION} = 'delete' AND {same_key}",
        "update": f"UPDATE {table.qualified} t SET {assignments} FROM {_DIFFERENCE} d "
        f"WHERE d.{_OPERATION} = 'update' AND {same_key}",
        "insert": f"INSERT INTO {table.qualified} ({columns}) "
        f"SELECT {columns} FROM {_DIFFERENCE} WHERE {_OPERATION} = 'insert'",
    }
    touched = {
        operation: count(connection, sql) for operation, sql in statements.items() if operation in wanted
    }
    connection.run(f"DROP TABLE {_STAGE}, {_DIFFERENCE}")  # the transaction's next table uses the names again
    return TableReport(rows, touched.get("insert", 0), touched.get("update", 0), touched.get("delete", 0))


def _same(left: str, right: str, key: tuple[str, ...]) -> str:
    return " AND ".join(f"{left}.{quoted(name)} = {right}.{quoted(name)}" for name in key)


def _difference(table: GoldTable) -> str:
    """One pass over stage and table: the rows to delete, update and insert. Key columns are never null."""
    first = quoted(table.key[0])
    key = ", ".join(f"COALESCE(s.{quoted(name)}, t.{quoted(name)}) AS {quoted(name)}" for name in table.key)
    values = "".join(f", s.{quoted(name)}" for name in table.values)
    differs = "false"
    if table.values:
        differs = f"ROW({names(table.values, 's')}) IS DISTINCT FROM ROW({names(table.values, 't')})"
    return (
        f"CREATE TEMPORARY TABLE gold_difference ON COMMIT DROP AS SELECT "
        f"CASE WHEN t.{first} IS NULL THEN 'insert' WHEN s.{first} IS NULL THEN 'delete' ELSE 'update' END "
        f"AS {_OPERATION}, {key}{values} "
        f"FROM {_STAGE} s FULL JOIN {table.qualified} t ON {_same('s', 't', table.key)} "
        f"WHERE s.{first} IS NULL OR t.{first} IS NULL OR {differs}"
    )
