"""A contract that changes: what a load does about it, and what it refuses, with the statement to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.gold import GoldOptions, GoldReport
from pipeline.gold.errors import GoldDependentError, GoldSchemaError
from pipeline.gold.migration import Migration, Unfit, compare, is_widening
from pipeline.gold.table import GoldTable
from tests.unit.glue.gold.gold_loads import contract_of, load_tables, table

Query = Callable[[str], list[Any]]
Options = Callable[..., GoldOptions]

COLUMNS = {"k": "integer", "amount": "numeric(8,2)", "share": "real"}
OLD = table("t", "k", **COLUMNS)
SECOND = table("second", "k", k="integer")
ROWS = [[1, "1.50", "0.5"], [2, "2.25", "0.25"]]
VIEW = "SELECT k, amount FROM t"


@pytest.mark.parametrize(
    ("old", "new", "wider"),
    [
        ("smallint", "integer", True),
        ("smallint", "bigint", True),
        ("integer", "bigint", True),
        ("real", "double precision", True),
        ("numeric(8,2)", "numeric(9,2)", True),
        ("integer[]", "bigint[]", True),
        ("bigint", "integer", False),
        ("integer", "real", False),
        ("bigint", "double precision", False),
        ("double precision", "real", False),
        ("numeric(8,2)", "numeric(8,2)", False),
        ("numeric(8,2)", "numeric(7,2)", False),
        ("numeric(8,2)", "numeric(10,3)", False),
        ("numeric(8,2)", "double precision", False),
        ("date", "timestamp with time zone", False),
        ("integer", "text", False),
        ("integer", "bigint[]", False),
    ],
)
def test_only_what_loses_nothing_is_a_widening(old: str, new: str, wider: bool) -> None:
    """Numbers to wider ones of the same kind."""
    assert is_widening(old, new) is wider


@pytest.mark.parametrize(
    ("columns", "key", "why", "by_hand"),
    [
        (
            {**COLUMNS, "old": "text", "older": "text"},
            ["k"],
            "the contract no longer has column old, older",
            'ALTER TABLE "public"."t" DROP COLUMN "old", DROP COLUMN "older"',
        ),
        (
            {**COLUMNS, "amount": "text"},
            ["k"],
            "column amount is text, the contract makes it numeric(8,2)",
            'DROP TABLE "public"."t"',
        ),
        (
            COLUMNS,
            ["k", "amount"],
            "its primary key is (k, amount), the contract's is (k)",
            'DROP TABLE "public"."t"',
        ),
        (COLUMNS, [], "its primary key is (none), the contract's is (k)", 'DROP TABLE "public"."t"'),
    ],
)
def test_what_would_lose_something_is_for_a_person_to_do(
    columns: dict[str, str], key: list[str], why: str, by_hand: str
) -> None:
    """The difference, and the statement."""
    assert compare(OLD, columns, key) == Unfit(why, by_hand)


def test_a_table_that_fits_needs_nothing() -> None:
    """Whatever the order of its columns."""
    assert compare(OLD, dict(reversed(COLUMNS.items())), ["k"]) == Migration(OLD)


@pytest.fixture
def load(options: Options) -> Callable[..., GoldReport]:
    contract = contract_of(
        "  - {name: t, key: [k], sql: SELECT 1 AS k FROM silver}\n"
        f"views:\n  - {{name: v, sql: '{VIEW}', comment: Amounts}}\n"
    )

    def run(target: GoldTable, rows: list[list[Any]], *more: GoldTable) -> GoldReport:
        return load_tables(options(), contract, {**{other: [] for other in more}, target: rows})

    return run


def test_columns_come_anywhere_and_types_get_wider(load: Callable[..., GoldReport], query: Query) -> None:
    """Also the key's, and under a view of the contract's own, which keeps its rights and comment."""
    load(OLD, ROWS)
    query("CREATE ROLE dba")
    query("GRANT SELECT ON bi.v TO dba")
    new = table("t", "k", note="text", k="bigint", amount="numeric(12,2)", share="double precision")
    report = load(new, [["a", 2**40, "9999999999.99", "0.1"], ["b", 2, "2.25", "0.25"]])
    assert report.changed
    assert (report.tables["t"].inserted, report.tables["t"].updated, report.tables["t"].deleted) == (1, 1, 1)
    assert query("SELECT k, amount::text, share, note FROM t ORDER BY k") == [
        (2, "2.25", 0.25, "b"),
        (2**40, "9999999999.99", 0.1, "a"),
    ]
    assert query("SELECT k FROM bi.v ORDER BY k") == [(2,), (2**40,)]
    assert query(
        "SELECT has_table_privilege('dba', 'bi.v', 'SELECT'), obj_description('bi.v'::regclass)"
    ) == [(True, "Amounts")]
    assert not load(new, [["a", 2**40, "9999999999.99", "0.1"], ["b", 2, "2.25", "0.25"]]).changed


@pytest.mark.parametrize(
    ("mine", "names"),
    [
        ("CREATE VIEW mine AS SELECT amount FROM t", 'rule _RETURN on view mine depends on column "amount"'),
        ("CREATE VIEW mine AS SELECT amount FROM bi.v", "view mine depends on view bi.v"),
        ("CREATE MATERIALIZED VIEW mine AS SELECT amount FROM t", "materialized view mine"),
    ],
)
def test_somebody_elses_view_over_a_column_stops_the_widening(
    load: Callable[..., GoldReport], query: Query, mine: str, names: str
) -> None:
    """Nothing is dropped by CASCADE; the message names it, and when it is gone the load goes through."""
    load(OLD, ROWS)
    query(mine)
    wider = table("t", "k", **COLUMNS | {"amount": "numeric(9,2)"})
    with pytest.raises(GoldDependentError, match=names):
        load(wider, ROWS)
    assert query("SELECT sum(amount)::text FROM mine") == [("3.75",)]
    query("DROP MATERIALIZED VIEW mine" if "MATERIALIZED" in mine else "DROP VIEW mine")
    assert load(wider, ROWS).changed


def test_a_refusal_comes_before_any_change_and_its_statement_works(
    load: Callable[..., GoldReport], query: Query
) -> None:
    """Also to the tables that come before it in the contract; with the views that stand in the way."""
    load(OLD, ROWS)
    narrower = table("t", "k", k="integer", amount="numeric(8,2)")
    with pytest.raises(GoldSchemaError) as caught:
        load(narrower, [row[:2] for row in ROWS], SECOND)
    statement = 'DROP VIEW "bi"."v"; ALTER TABLE "public"."t" DROP COLUMN "share"'
    assert f"Run by hand: {statement}; and then the gold step again" in str(caught.value)
    assert query("SELECT to_regclass('second')::text") == [(None,)]
    for part in statement.split("; "):
        query(part)
    assert load(narrower, [row[:2] for row in ROWS], SECOND).changed
    assert query("SELECT count(*) FROM bi.v") == [(2,)]
