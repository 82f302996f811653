"""Spark and PostgreSQL together: types, tables that come and grow, and errors that say what to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from pipeline.gold import GoldError, GoldOptions, GoldReport, TableReport, load
from pipeline.gold.errors import (
    GoldKeyError,
    GoldOwnerError,
    GoldSchemaError,
    GoldSqlError,
    GoldTypeError,
)
from tests.unit.glue.gold.gold_loads import contract_of

Query = Callable[[str], list[Any]]
Options = Callable[..., GoldOptions]


@pytest.fixture
def gold(spark: SparkSession, options: Options) -> Callable[..., GoldReport]:
    """Load one table ``t`` with key ``k`` from an SQL over five rows of Silver."""
    silver = spark.sql(
        "SELECT id AS order_id, concat('note ', id) AS note, 's3://bronze/a.csv' AS _source, "
        "'v1' AS _source_version_id FROM range(5)"
    )

    def run(
        sql: str, key: str = "k", more: str = "", name: str = "orders", silver: DataFrame = silver
    ) -> GoldReport:
        indented = sql.replace("\n", " ")
        table = f"  - name: t\n    key: [{key}]\n    sql: >-\n      {indented}\n{more}"
        return load(spark, contract_of(table, name), silver, options())

    return run


@pytest.fixture
def _session_far_from_utc(spark: SparkSession) -> Iterator[None]:
    before = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", "Asia/Kolkata")
    yield
    spark.conf.set("spark.sql.session.timeZone", before)


@pytest.mark.usefixtures("_session_far_from_utc")
def test_every_type_arrives_as_it_was(
    spark: SparkSession, gold: Callable[..., GoldReport], query: Query
) -> None:
    """Values with every character COPY or an array gives a meaning to, and the ends of the number types."""
    texts = [
        "",
        "\\N",
        "\\",
        "a\tb",
        "a\nb\r\nc\rd",
        "日本語 😀",
        '"quoted", {x}',
        "NULL",
        " blank ",
        "\\t\\n",
    ]
    instant = datetime(2024, 10, 27, 1, 30, 15, 123456, tzinfo=timezone.utc)
    rows: list[tuple[Any, ...]] = [
        (index, text, -(2**63), 2**31 - 1, math.nan, Decimal("-0.10"), True, date(1999, 12, 31), instant,
         [text, None, '"\\'], [1, None], bytes([0, 255]))
        for index, text in enumerate(texts)
    ]  # fmt: skip
    rows.append((len(texts), *[None] * 11))
    rows.append((len(texts) + 1, "nul \0 byte", 0, 0, math.inf, Decimal("99999999.99"), False, date(2024, 2,
    29),              datetime(1970, 1, 1, tzinfo=timezone.utc), [], [], b""))  # fmt: skip
    schema = (
        "k long, s string, l long, i int, d double, n decimal(10,2), b boolean, dt date, ts timestamp, "
        "a array<string>, al array<long>, bin binary"
    )
    values = spark.createDataFrame(rows, schema)
    silver = values.selectExpr("*", "'s' AS _source", "'v' AS _source_version_id")
    report = gold("SELECT k, s, l, i, d, n, b, dt, ts, a, al, bin FROM silver", silver=silver)
    assert report.tables["t"] == TableReport(len(rows), inserted=len(rows))
    expected = [
        tuple("nul \ufffd byte" if value == "nul \0 byte" else value for value in row) for row in rows
    ]
    assert _comparable(query("SELECT * FROM t ORDER BY k")) == _comparable(expected)
    assert not gold("SELECT k, s, l, i, d, n, b, dt, ts, a, al, bin FROM silver", silver=silver).changed
    types = query("SELECT a.attname, format_type(atttypid, atttypmod) FROM pg_attribute a "
                  "WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum")  # fmt: skip
    assert [kind for _, kind in types] == [
        *("bigint", "text", "bigint", "integer", "double precision", "numeric(10,2)", "boolean", "date"),
        *("timestamp with time zone", "text[]", "bigint[]", "bytea"),
    ]


def _comparable(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple("NaN" if isinstance(v, float) and math.isnan(v) else v for v in row) for row in rows]


def test_a_new_table_has_its_key_and_comments(gold: Callable[..., GoldReport], query: Query) -> None:
    """In both languages where the contract has both; a column called as it likes is quoted."""
    comments = "    comment: {en: Orders, ja: 注文}\n    columns: {k: {en: Number, ja: 番号}}\n"
    report = gold('SELECT order_id AS k, note AS `select "ä" :x` FROM silver', more=comments)
    assert report.changed
    assert query("SELECT obj_description('t'::regclass), col_description('t'::regclass, 1)") == [
        ("Orders / 注文", "Number / 番号")
    ]
    assert query("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 't'::regclass") == [
        ("PRIMARY KEY (k)",)
    ]
    assert query('SELECT "select ""ä"" :x" FROM t WHERE k = 3') == [("note 3",)]
    assert not gold('SELECT order_id AS k, note AS `select "ä" :x` FROM silver', more=comments).changed


def test_a_table_grows_with_the_contract(gold: Callable[..., GoldReport], query: Query) -> None:
    """A new column is added and filled; the rows count as updated."""
    gold("SELECT order_id AS k FROM silver")
    report = gold("SELECT order_id AS k, order_id * 2 AS twice FROM silver")
    assert report.tables["t"] == TableReport(5, updated=5)
    assert query("SELECT sum(twice)::int FROM t") == [(20,)]


@pytest.mark.parametrize(
    ("sql", "key", "error", "message"),
    [
        (
            "SELECT order_id AS k, 1 AS note FROM silver",
            "k",
            GoldSchemaError,
            "note is text, the contract makes it",
        ),
        (
            "SELECT order_id AS k FROM silver",
            "k",
            GoldSchemaError,
            'no longer has column note.*ALTER TABLE .*DROP COLUMN "note"',
        ),
        ("SELECT order_id AS k, note FROM silver", "note", GoldSchemaError, r"primary key is \(k\)"),
        ("SELECT 1L AS k, note FROM silver", "k", GoldKeyError, r"\(k\)=\(1\) is duplicated"),
        ("SELECT nullif(order_id, 2) AS k, note FROM silver", "k", GoldKeyError, "column k is null"),
        ("SELECT order_id AS k, nothing FROM silver", "k", GoldSqlError, "nothing"),
        ("SELECT order_id AS k,, note FROM silver", "k", GoldSqlError, "Gold table t: .*Syntax error"),
        ("SELECT order_id, note FROM silver", "k", GoldSqlError, "key column k is not in the SELECT"),
        ("SELECT order_id AS k, note, note FROM silver", "k", GoldSqlError, "note twice"),
        (
            "SELECT order_id AS k, map(1, 2) AS note FROM silver",
            "k",
            GoldTypeError,
            "column note has type map",
        ),
        (
            f"SELECT order_id AS k, note AS {'x' * 64} FROM silver",
            "k",
            GoldSchemaError,
            "longer than 63 bytes",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_gold_stays(
    gold: Callable[..., GoldReport], query: Query, sql: str, key: str, error: type[GoldError], message: str
) -> None:
    """One line that names the table and what to do; the rows, the ledger and the table are as before."""
    gold("SELECT order_id AS k, note FROM silver")
    before = (
        query("SELECT k, note, xmin::text FROM t ORDER BY 1"),
        query("SELECT load_id FROM gold_meta.loads"),
    )
    with pytest.raises(error, match=message) as caught:
        gold(sql, key=key)
    assert "\n" not in str(caught.value)
    assert (
        query("SELECT k, note, xmin::text FROM t ORDER BY 1"),
        query("SELECT load_id FROM gold_meta.loads"),
    ) == before


def test_a_first_load_with_a_double_key_creates_no_table(
    gold: Callable[..., GoldReport], query: Query
) -> None:
    """The table comes with its rows or not at all."""
    with pytest.raises(GoldKeyError, match=r"\(k\)=\(1\)"):
        gold("SELECT 1L AS k, note FROM silver")
    assert query("SELECT to_regclass('t')::text") == [(None,)]
    assert query("SELECT FROM gold_meta.tables UNION ALL SELECT FROM gold_meta.loads") == []


def test_a_table_of_somebody_else_is_left_alone(gold: Callable[..., GoldReport], query: Query) -> None:
    """Neither another dataset's table nor one made by hand is taken over."""
    gold("SELECT order_id AS k FROM silver")
    with pytest.raises(GoldOwnerError, match="belongs to dataset orders"):
        gold("SELECT order_id AS k FROM silver", name="other")
    query("DROP TABLE t")
    assert gold("SELECT order_id AS k FROM silver", name="other").changed
    query("DROP TABLE t")
    query("DELETE FROM gold_meta.tables")
    query("CREATE TABLE t (k bigint)")
    with pytest.raises(GoldOwnerError, match="not made by this pipeline"):
        gold("SELECT order_id AS k FROM silver")


def test_silver_is_read_from_its_view_only_during_the_load(
    spark: SparkSession, gold: Callable[..., GoldReport]
) -> None:
    """The view ``silver`` does not outlive it, also when the SQL fails."""
    with pytest.raises(GoldSqlError):
        gold("SELECT nothing AS k FROM silver")
    assert "silver" not in [table.name for table in spark.catalog.listTables()]


def test_a_report_is_its_own_json() -> None:
    """The report that is read back after a lost commit is the one that was written."""
    report = GoldReport({"t": TableReport(3, 1, 1, 1)}, changed=True)
    assert report.to_dict() == {
        "changed": True,
        "gold": {"t": {"rows": 3, "inserted": 1, "updated": 1, "deleted": 1}},
    }
    assert GoldReport.from_dict(report.to_dict()) == report
