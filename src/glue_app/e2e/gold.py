"""Read Gold in PostgreSQL, and recompute it from Silver with another engine."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import sqlglot
from psycopg import sql

from glue_app.e2e.errors import CheckFailedError
from pipeline.contract.model import GoldTable

PREVIEW_ROWS = 5
DUCKDB_MEMORY = "1GB"  # beyond that it works on disk
FLOAT_DIGITS = 6  # two engines may sum floating-point numbers in another order


@dataclass(frozen=True)
class GoldRows:
    """A Gold table's columns and rows, sorted by its key."""

    table: str
    columns: list[str]
    rows: list[tuple[Any, ...]]

    @property
    def preview(self) -> GoldRows:
        """Return the first rows."""
        return GoldRows(self.table, self.columns, self.rows[:PREVIEW_ROWS])


def read(connection: psycopg.Connection[Any], table: GoldTable, limit: int | None = None) -> GoldRows:
    """Return the rows of one Gold table, ordered by its key columns."""
    query = _ordered(table)
    if limit is not None:
        query += sql.SQL(" limit {}").format(sql.Literal(limit))
    cursor = connection.execute(query)
    columns = [column.name for column in cursor.description or []]
    return GoldRows(table.name, columns, cursor.fetchall())


def fingerprint(connection: psycopg.Connection[Any], table: GoldTable) -> str:
    """Equal for equal content: compares a table before and after a second delivery, row by row."""
    columns = read(connection, table, limit=0).columns
    digest = hashlib.sha256(json.dumps(columns).encode())
    with connection.cursor() as cursor:
        for row in cursor.stream(_ordered(table)):
            digest.update(json.dumps(row, default=str).encode())
    return digest.hexdigest()


def _ordered(table: GoldTable) -> sql.Composed:
    return sql.SQL("select * from {} order by {}").format(
        sql.Identifier(table.name), sql.SQL(", ").join(sql.Identifier(column) for column in table.key)
    )


def count(connection: psycopg.Connection[Any], relation: str) -> int:
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(relation))).fetchone()
    return int(row[0]) if row else 0


class NotComparableError(Exception):
    """DuckDB cannot run this SELECT: the table's content is not compared, and the report says why."""


@contextmanager
def duckdb_over(silver: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a DuckDB on disk that holds the Arrow batches of `silver` under that name."""
    with (
        tempfile.TemporaryDirectory(prefix="glue-app-e2e-") as folder,
        duckdb.connect(Path(folder, "silver.duckdb"), config={"memory_limit": DUCKDB_MEMORY}) as db,
    ):
        db.execute("set timezone = 'UTC'")
        db.register("arrow", silver)
        db.execute("create table silver as select * from arrow")  # an Arrow stream can be read once only
        db.unregister("arrow")
        yield db


def recompute(db: duckdb.DuckDBPyConnection, table: GoldTable) -> GoldRows:
    """Run the table's SQL in DuckDB; the contracts are written in Spark SQL, sqlglot translates.

    Raise NotComparableError where DuckDB has no such function or syntax.
    """
    try:
        cursor = db.execute(sqlglot.transpile(table.sql, read="spark", write="duckdb")[0])
        columns = [column[0] for column in cursor.description or []]
        return GoldRows(table.name, columns, cursor.fetchall())
    except (duckdb.CatalogException, duckdb.ParserException, duckdb.BinderException) as error:
        raise NotComparableError(str(error).splitlines()[0]) from error
    except sqlglot.errors.SqlglotError as error:
        raise NotComparableError(str(error).splitlines()[0]) from error


def compare(loaded: GoldRows, expected: GoldRows, key: tuple[str, ...]) -> None:
    """Raise CheckFailedError naming the first row that differs."""
    shared = [column for column in expected.columns if column in loaded.columns]
    missing = set(expected.columns) - set(shared)
    if missing:
        raise CheckFailedError(f"Gold {loaded.table} lacks the columns {sorted(missing)}")
    left, right = _by_key(loaded, shared, key), _by_key(expected, shared, key)
    if left.keys() != right.keys():
        odd = sorted(left.keys() ^ right.keys())[0]
        where = "in Gold, not in Silver" if odd in left else "in Silver, not in Gold"
        raise CheckFailedError(f"Gold {loaded.table}: the row {odd} is {where}")
    for name, row in left.items():
        if row != right[name]:
            raise CheckFailedError(f"Gold {loaded.table}, row {name}: {row} is not {right[name]}")


def _by_key(rows: GoldRows, columns: list[str], key: tuple[str, ...]) -> dict[str, dict[str, str]]:
    keyed = {}
    for row in rows.rows:
        named = {
            name: _plain(value) for name, value in zip(rows.columns, row, strict=True) if name in columns
        }
        keyed["|".join(named[name] for name in key)] = named
    return keyed


def _plain(value: Any) -> str:
    """One text for one value, whichever engine it came from."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float | Decimal):
        return f"{float(value):.{FLOAT_DIGITS}g}" if abs(float(value)) < 1e15 else str(int(value))
    if isinstance(value, list | tuple):
        return json.dumps([_plain(item) for item in value], ensure_ascii=False)
    return str(value)
