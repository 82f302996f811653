"""When a backup is due, what expires, and to which moments an instance can be restored."""

from __future__ import annotations

import datetime

import pytest

from glue_app.emulator.rds.backup import backup_window
from glue_app.emulator.rds.models import DBSnapshot
from tests.support.db_instances import instance as some_instance

NOW = datetime.datetime(2026, 3, 10, 12, 0, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


def made(age: datetime.timedelta, status: str = "available") -> DBSnapshot:
    return DBSnapshot(
        f"rds:{age}", "arn", "snap-A", some_instance(), "automated", status, created_at=NOW - age
    )


@pytest.mark.parametrize(
    ("age", "window", "due"),
    [
        (None, "05:00-05:30", True),
        (8 * HOUR, "05:00-05:30", True),  # of before today's window
        (6 * HOUR, "05:00-05:30", False),
        (6 * HOUR, "13:00-13:30", False),  # today's is still to come, yesterday's was at 13:00
        (24 * HOUR, "13:00-13:30", True),
        (3 * DAY, "12:00-12:30", True),  # the machine slept
        (HOUR, "12:00-12:30", True),
    ],
)
def test_a_base_backup_is_due_once_a_window(age: datetime.timedelta | None, window: str, due: bool) -> None:
    newest = None if age is None else NOW - age

    assert backup_window.due(newest, window, NOW) is due


def test_what_the_retention_does_not_reach_expires() -> None:
    """But for the newest before it: the first moments of the retention begin there."""
    young, last, old, older = made(DAY), made(7 * DAY + HOUR), made(8 * DAY), made(9 * DAY)
    failed, going = made(HOUR, "failed"), made(HOUR, "creating")

    gone = backup_window.expired([older, young, failed, last, going, old], 7, NOW)

    assert {one.identifier for one in gone} == {one.identifier for one in (failed, old, older)}


def test_a_restore_begins_with_the_newest_base_before_the_moment() -> None:
    bases = [made(DAY), made(3 * DAY), made(2 * DAY)]

    assert backup_window.base_for(bases, NOW) is bases[0]
    assert backup_window.base_for(bases, NOW - DAY) is bases[0]
    assert backup_window.base_for(bases, NOW - DAY - HOUR) is bases[2]
    assert backup_window.base_for(bases, NOW - 4 * DAY) is None


def test_the_first_moment_is_that_of_the_oldest_base_within_the_retention() -> None:
    assert backup_window.earliest([], 7, NOW) is None
    assert backup_window.earliest([made(DAY), made(2 * DAY)], 7, NOW) == NOW - 2 * DAY
    assert backup_window.earliest([made(DAY), made(9 * DAY)], 7, NOW) == NOW - 7 * DAY
