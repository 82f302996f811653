"""The checks of `make e2e` go red when what they check is broken."""

from __future__ import annotations

from typing import Any, cast

import pytest

from scripts.e2e import checks
from scripts.e2e.checks import Snapshot
from scripts.e2e.errors import CheckFailedError
from scripts.e2e.silver import LakeReader


class FakeLake:
    def __init__(self, silver: int, quarantined: int) -> None:
        self.counts = {"silver/d": silver, "quarantine/d": quarantined}

    def rows_of(self, prefix: str, _: str) -> int:
        return self.counts[prefix]


def report(read: int, silver: int, quarantined: int) -> dict[str, Any]:
    return {"dataset": "d", "rows": {"read": read, "silver": silver, "quarantined": quarantined}}


def account(said: dict[str, Any], silver: int, quarantined: int) -> None:
    checks.row_accounting(said, cast(LakeReader, FakeLake(silver, quarantined)), "v")


def test_rows_that_add_up_pass() -> None:
    account(report(10, 8, 2), 8, 2)


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
