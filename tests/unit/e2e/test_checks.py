"""The checks of `make e2e` go red when what they check is broken."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import arro3.core as arro3
import psycopg
import pytest

from glue_app.e2e import checks
from glue_app.e2e.checks import ComparedTable, Snapshot
from glue_app.e2e.errors import CheckFailedError
from glue_app.e2e.silver import LakeReader
from pipeline.contract.model import Contract
from tests.unit.e2e.fake_gold import FakeGold, gold_table


class FakeLake:
    def __init__(self, silver: int, quarantined: int) -> None:
        self.counts = {"silver/d": silver, "quarantine/d": quarantined}

    def rows_of(self, prefix: str, _: str) -> int:
        return self.counts[prefix]

    def stream(self, prefix: str) -> Any:
        """As many rows as Silver has, of the keys k0, k1, …"""
        keys = [f"k{number}" for number in range(self.counts[prefix])]
        return arro3.Table.from_pydict({"k": arro3.Array(keys, type=arro3.DataType.utf8())}).to_reader()


def report(read: int, silver: int, quarantined: int) -> dict[str, Any]:
    return {"dataset": "d", "rows": {"read": read, "silver": silver, "quarantined": quarantined}}


def account(said: dict[str, Any], silver: int, quarantined: int) -> None:
    checks.row_accounting(said, cast(LakeReader, FakeLake(silver, quarantined)), "v")


def test_rows_that_add_up_pass() -> None:
    account(report(10, 8, 2), 8, 2)


def test_rows_that_were_there_already_say_an_earlier_upload() -> None:
    """An identical file under a new version writes none of them; deletions lie beside Silver."""
    said = report(10, 7, 2)
    account({**said, "rows": {**said["rows"], "aside": 1}, "silver": {"kept": 6}}, 1, 2)
    with pytest.raises(CheckFailedError, match="silver table holds 2"):
        account({**said, "rows": {**said["rows"], "aside": 1}, "silver": {"kept": 6}}, 2, 2)


@pytest.mark.parametrize(
    ("said", "silver", "quarantined", "why"),
    [
        (report(10, 8, 1), 8, 1, "row accounting"),
        (report(10, 8, 2), 8, 1, "quarantine table holds 1"),
        (report(10, 8, 2), 9, 2, "silver table holds 9"),
    ],
)
def test_rows_that_do_not_add_up_fail(said: dict[str, Any], silver: int, quarantined: int, why: str) -> None:
    with pytest.raises(CheckFailedError, match=why):
        account(said, silver, quarantined)


def compare(connection: FakeGold, sql: str) -> ComparedTable:
    contract: Any = SimpleNamespace(name="d", gold=[gold_table(sql)])
    lake = cast(LakeReader, FakeLake(silver=len(connection.rows), quarantined=0))
    return checks.silver_against_gold(contract, lake, cast(Any, connection))["t"]


def test_a_gold_table_is_fetched_once_for_comparison_count_and_preview() -> None:
    connection = FakeGold(["k"], [(f"k{number}",) for number in range(7)])

    compared = compare(connection, "select k from silver")

    assert (compared.outcome, compared.rows) == ("7 rows equal those recomputed from Silver", 7)
    assert compared.preview.rows == connection.rows[:5]
    assert connection.asked == ['select * from "t" order by "k"']


def test_of_a_table_that_is_not_compared_only_the_preview_is_fetched() -> None:
    connection = FakeGold(["k"], [(f"k{number}",) for number in range(7)])

    compared = compare(connection, "select no_such_function(k) as k from silver")

    assert compared.outcome.startswith("not compared: ")
    assert (compared.rows, compared.preview.rows) == (7, connection.rows[:5])
    assert connection.held == 5


BEFORE = Snapshot(silver_version=3, quarantine_version=1, gold={"t": "x"}, bedrock_calls=5)


def test_a_second_delivery_that_does_nothing_passes() -> None:
    assert checks.redelivery(BEFORE, BEFORE) == {
        "bedrock_calls": 0,
        "silver_changed": False,
        "gold_changed": False,
    }


@pytest.mark.parametrize(
    "after",
    [
        Snapshot(4, 1, {"t": "x"}, 5),
        Snapshot(3, 2, {"t": "x"}, 5),
        Snapshot(3, 1, {"t": "y"}, 5),
        Snapshot(3, 1, {"t": "x"}, 6),
    ],
)
def test_a_second_delivery_that_does_anything_fails(after: Snapshot) -> None:
    with pytest.raises(CheckFailedError, match="second delivery"):
        checks.redelivery(BEFORE, after)


class FakeReader:
    """A connection that can read some relations; the others are closed to it."""

    info = SimpleNamespace(user="bi_reader")

    def __init__(self, rows: dict[str, int]) -> None:
        self.rows = rows

    def execute(self, statement: Any) -> Any:
        name = statement.as_string(None).split('"')[1]
        if name not in self.rows:
            raise psycopg.errors.InsufficientPrivilege(f"permission denied for view {name}")
        return SimpleNamespace(fetchone=lambda: (self.rows[name],))


VIEWS = cast(
    Contract, SimpleNamespace(views=[SimpleNamespace(name="weekly"), SimpleNamespace(name="monthly")])
)


def test_the_rows_of_each_view_are_counted_as_bi_sees_them() -> None:
    reader = cast("psycopg.Connection[Any]", FakeReader({"weekly": 3, "monthly": 1, "other": 9}))
    assert checks.views(VIEWS, reader) == {"weekly": 3, "monthly": 1}


def test_a_view_that_bi_cannot_read_fails() -> None:
    reader = cast("psycopg.Connection[Any]", FakeReader({"weekly": 3}))
    with pytest.raises(CheckFailedError, match="bi_reader can't read the view monthly: permission denied"):
        checks.views(VIEWS, reader)
