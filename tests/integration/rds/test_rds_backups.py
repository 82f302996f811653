"""Automated backups of real servers: base backups, the archived log, and any moment between."""

from __future__ import annotations

import datetime
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.processes import postmaster_of
from tests.integration.local_stack import LocalStack, stack_with
from tests.integration.rds.db_instance import Instance
from tests.integration.rds.restored import insert, restoring, rows
from tests.support.polling import wait_for

pytestmark = [
    pytest.mark.database,
    pytest.mark.embedded("archives each second, by a setting of its own stack"),
]

Moment = datetime.datetime


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    """One that moves LatestRestorableTime on each second."""
    with stack_with(GLUE_APP_RDS_BACKUP_S="1") as running:
        yield running


@pytest.fixture(scope="module")
def client(stack: LocalStack) -> Callable[[str], Any]:
    return stack.client


@pytest.fixture
def restore(stack: LocalStack, client: Callable[[str], Any]) -> Iterator[Callable[..., Instance]]:
    yield from restoring(stack, client, "restore_db_instance_to_point_in_time", "TargetDBInstanceIdentifier")


def restorable(instance: Instance, since: Moment | None = None) -> Moment:
    """LatestRestorableTime, when it is later than `since`."""

    def reached() -> Moment | None:
        latest: Moment | None = instance.described.get("LatestRestorableTime")
        return latest if latest and (since is None or latest > since) else None

    return wait_for(f"{instance.identifier} to be restorable", reached, 60)


def now() -> Moment:
    return datetime.datetime.now(datetime.timezone.utc)


def automated(rds: Any, instance: Instance) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rds.describe_db_snapshots(
        DBInstanceIdentifier=instance.identifier, SnapshotType="automated"
    )["DBSnapshots"]
    return found


def test_an_instance_can_be_restored_to_a_moment_and_to_the_latest(
    create_instance: Callable[..., Instance], restore: Callable[..., Instance], rds: Any
) -> None:
    """What was committed until then is there, and nothing else; the source goes on."""
    gold = create_instance()
    first = restorable(gold)
    insert(gold, 1)
    between = now()
    insert(gold, 2)
    restorable(gold, since=now())

    earlier = restore(SourceDBInstanceIdentifier=gold.identifier, RestoreTime=between)
    insert(gold, 3)
    latest = restore(
        SourceDbiResourceId=gold.described["DbiResourceId"], UseLatestRestorableTime=True, MultiAZ=True
    )

    assert rows(earlier) == [1]
    assert rows(latest) == rows(gold) == [1, 2, 3]
    insert(latest, 4)
    assert latest.described["DbiResourceId"] != gold.described["DbiResourceId"]
    backups = rds.describe_db_instance_automated_backups(DBInstanceIdentifier=gold.identifier)
    shown = backups["DBInstanceAutomatedBackups"][0]
    assert (shown["Status"], shown["BackupRetentionPeriod"]) == ("active", 1)
    assert shown["RestoreWindow"]["EarliestTime"] <= first <= shown["RestoreWindow"]["LatestTime"]
    names = [one["DBSnapshotIdentifier"] for one in automated(rds, gold)]
    assert names[0].startswith(f"rds:{gold.identifier}-20")
    with pytest.raises(rds.exceptions.InvalidDBSnapshotStateFault, match="automated snapshots cannot be"):
        rds.delete_db_snapshot(DBSnapshotIdentifier=names[0])
    told = rds.describe_events(SourceIdentifier=earlier.identifier, SourceType="db-instance")["Events"]
    assert f"Restored from DB instance {gold.identifier} to {earlier.identifier}" in [
        event["Message"] for event in told
    ]


def test_a_quiet_moment_after_the_last_commit_can_be_restored(
    create_instance: Callable[..., Instance], restore: Callable[..., Instance]
) -> None:
    """Though the log holds nothing so late: all of it leads there."""
    gold = create_instance()
    insert(gold, 1)
    quiet = restorable(gold, since=now() + datetime.timedelta(seconds=1))

    assert rows(restore(SourceDBInstanceIdentifier=gold.identifier, RestoreTime=quiet)) == [1]


def test_a_killed_primary_and_its_failover_leave_no_gap(
    create_instance: Callable[..., Instance], restore: Callable[..., Instance], stack: LocalStack, rds: Any
) -> None:
    """The standby archives, too; the restore follows the timelines."""
    gold = create_instance(MultiAZ=True)
    restorable(gold)
    insert(gold, 1)
    home = ServerHome(stack.state / "rds" / gold.described["DbiResourceId"])
    os.kill(postmaster_of(home.data) or 0, signal.SIGKILL)
    wait_for("the failover", lambda: _accepts(gold), 60)
    insert(gold, 2)
    gold.wait()
    rds.reboot_db_instance(DBInstanceIdentifier=gold.identifier, ForceFailover=True)
    gold.wait()
    insert(gold, 3)

    latest = restore(SourceDBInstanceIdentifier=gold.identifier, UseLatestRestorableTime=True)

    assert rows(latest) == [1, 2, 3]


def _accepts(instance: Instance) -> bool:
    try:
        return rows(instance) == [1]
    except Exception:
        return False


def test_backups_are_switched_off_and_on(
    create_instance: Callable[..., Instance], restore: Callable[..., Instance], stack: LocalStack, rds: Any
) -> None:
    """Off, there is nothing left of them; on again they begin anew."""
    gold = create_instance()
    begun = restorable(gold)
    archive = stack.state / "rds" / "backups" / gold.described["DbiResourceId"]
    assert archive.exists()

    gold.modify(BackupRetentionPeriod=0)

    assert "LatestRestorableTime" not in gold.described
    assert not archive.exists()
    assert automated(rds, gold) == []
    with pytest.raises(rds.exceptions.PointInTimeRestoreNotEnabledFault):
        _restored(rds, gold, UseLatestRestorableTime=True)

    gold.modify(BackupRetentionPeriod=7)
    insert(gold, 1)
    restorable(gold, since=now())
    for outside in (begun, now() + datetime.timedelta(hours=1)):
        with pytest.raises(rds.exceptions.InvalidRestoreFault):
            _restored(rds, gold, RestoreTime=outside)
    assert rows(restore(SourceDBInstanceIdentifier=gold.identifier, UseLatestRestorableTime=True)) == [1]


def _restored(rds: Any, source: Instance, **request: Any) -> None:
    rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier=source.identifier, TargetDBInstanceIdentifier="no-instance", **request
    )
