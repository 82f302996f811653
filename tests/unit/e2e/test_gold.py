"""Gold against Silver: the same SQL by another engine, and the row that differs is named."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, cast

import arro3.core as arro3
import psycopg
import pytest

from glue_app.e2e import gold
from glue_app.e2e.errors import CheckFailedError
from glue_app.e2e.gold import GoldRows
from tests.unit.e2e.fake_gold import FakeGold, gold_table


def rows(*values: tuple[object, ...]) -> GoldRows:
    return GoldRows("t", ["k", "n"], list(values))


def test_equal_numbers_of_two_engines_are_equal() -> None:
    gold.compare(rows(("a", Decimal("1.50"))), rows(("a", 1.5)), ("k",))


def test_a_differing_cell_names_table_and_row() -> None:
    with pytest.raises(CheckFailedError, match="Gold t, row a"):
        gold.compare(rows(("a", 1)), rows(("a", 2)), ("k",))


@pytest.mark.parametrize(
    ("loaded", "expected", "where"),
    [
        (rows(("a", 1), ("b", 1)), rows(("a", 1)), "in Gold, not in Silver"),
        (rows(("a", 1)), rows(("a", 1), ("b", 1)), "in Silver, not in Gold"),
    ],
)
def test_a_row_on_one_side_only_is_named(loaded: GoldRows, expected: GoldRows, where: str) -> None:
    with pytest.raises(CheckFailedError, match=where):
        gold.compare(loaded, expected, ("k",))


def test_the_fingerprint_changes_with_any_cell_and_any_column() -> None:
    """And is made row by row, however long the table is."""

    def fingerprint(connection: FakeGold) -> str:
        made = gold.fingerprint(cast(psycopg.Connection[Any], connection), gold_table("select 1"))
        assert connection.held <= 1
        return made

    day, columns = datetime.date(2026, 1, 1), ["k", "day"]
    known = fingerprint(FakeGold(columns, [("a", day), ("b", day)]))
    assert fingerprint(FakeGold(columns, [("a", day), ("b", day)])) == known
    assert fingerprint(FakeGold(columns, [("a", day), ("c", day)])) != known
    assert fingerprint(FakeGold(columns, [("a", day)])) != known
    assert fingerprint(FakeGold(["k", "date"], [("a", day), ("b", day)])) != known
    assert fingerprint(FakeGold(["k"], [])) != fingerprint(FakeGold(columns, []))


def test_each_table_is_recomputed_and_sql_that_duckdb_lacks_is_named() -> None:
    silver = arro3.Table.from_pydict({"k": arro3.Array(["a"], type=arro3.DataType.utf8())})
    with gold.duckdb_over(silver.to_reader()) as db:
        for _ in range(2):  # Arrow streams are used up by the first reader
            rows = gold.recompute(db, gold_table("select k, count(*) as n from silver group by k")).rows
            assert rows == [("a", 1)]
        with pytest.raises(gold.NotComparableError, match="no_such_function"):
            gold.recompute(db, gold_table("select no_such_function(k) as n from silver"))
