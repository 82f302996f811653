"""DB snapshots of real servers, and instances restored from them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.integration.local_stack import LocalStack
from tests.integration.rds.db_instance import Instance
from tests.integration.rds.restored import PASSWORD, insert, restoring, rows
from tests.support.polling import wait_for

pytestmark = pytest.mark.database


@pytest.fixture
def new_name(client: Callable[[str], Any]) -> Iterator[Callable[[], str]]:
    """Names of snapshots, which are removed after the test."""
    made: list[str] = []

    def name() -> str:
        made.append(f"snap-{uuid.uuid4().hex[:8]}")
        return made[-1]

    yield name
    rds = client("rds")
    for identifier in made:
        try:
            _settled(rds, identifier)
            rds.delete_db_snapshot(DBSnapshotIdentifier=identifier)
        except rds.exceptions.DBSnapshotNotFoundFault:
            pass


@pytest.fixture
def restore(stack: LocalStack, client: Callable[[str], Any]) -> Iterator[Callable[..., Instance]]:
    yield from restoring(stack, client, "restore_db_instance_from_db_snapshot", "DBInstanceIdentifier")


def _settled(rds: Any, identifier: str) -> dict[str, Any]:
    def done() -> dict[str, Any] | None:
        found: dict[str, Any] = rds.describe_db_snapshots(DBSnapshotIdentifier=identifier)["DBSnapshots"][0]
        return found if found["Status"] != "creating" else None

    return wait_for(f"snapshot {identifier}", done, 60)


def test_an_instance_restored_from_a_snapshot_has_what_was_there_then(
    create_instance: Callable[..., Instance],
    new_name: Callable[[], str],
    restore: Callable[..., Instance],
    rds: Any,
) -> None:
    """With the master password of that moment, under an id of its own."""
    gold = create_instance(DBName="gold_db", Tags=[{"Key": "room", "Value": "gold"}], CopyTagsToSnapshot=True)
    with gold.connect("postgres_admin", PASSWORD) as connection:
        connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
        snapshot = new_name()

        created = rds.create_db_snapshot(
            DBInstanceIdentifier=gold.identifier, DBSnapshotIdentifier=snapshot.upper()
        )["DBSnapshot"]
        assert (created["DBSnapshotIdentifier"], created["Status"]) == (snapshot, "creating")
        assert gold.described["DBInstanceStatus"] in ("backing-up", "available")
        taken = _settled(rds, snapshot)
        assert (taken["Status"], taken["PercentProgress"]) == ("available", 100)
        assert taken["TagList"] == [{"Key": "room", "Value": "gold"}]
        connection.execute("INSERT INTO kept VALUES (2)")
    gold.wait()
    gold.modify(MasterUserPassword="second-Passw0rd")

    restored = restore(DBSnapshotIdentifier=snapshot)

    assert rows(restored) == [1]
    assert rows(gold, password="second-Passw0rd") == [1, 2]
    with restored.connect("postgres_admin", PASSWORD) as connection:
        connection.execute("INSERT INTO kept VALUES (3)")
    before, after = gold.described, restored.described
    assert after["DbiResourceId"] != before["DbiResourceId"]
    assert after["Endpoint"] != before["Endpoint"]
    for same in ("DBInstanceClass", "AllocatedStorage", "DBName", "EngineVersion", "BackupRetentionPeriod"):
        assert after[same] == before[same], same
    messages = {
        event["Message"]
        for event in rds.describe_events(SourceIdentifier=snapshot, SourceType="db-snapshot")["Events"]
    }
    assert messages == {
        "Creating manual snapshot",
        "Manual snapshot created",
        f"Restored from snapshot {snapshot}",
    }


def test_what_a_restored_instance_is_given_counts(
    create_instance: Callable[..., Instance],
    new_name: Callable[[], str],
    restore: Callable[..., Instance],
    parameter_group: Callable[..., str],
    rds: Any,
) -> None:
    """A managed password, a parameter group, a standby; a copied snapshot is as good as its source."""
    gold = create_instance()
    insert(gold, 1)
    snapshot, copied = new_name(), new_name()
    rds.create_db_snapshot(DBInstanceIdentifier=gold.identifier, DBSnapshotIdentifier=snapshot)
    _settled(rds, snapshot)
    rds.copy_db_snapshot(SourceDBSnapshotIdentifier=snapshot, TargetDBSnapshotIdentifier=copied)
    assert _settled(rds, copied)["SourceDBSnapshotIdentifier"].endswith(f":snapshot:{snapshot}")
    rds.delete_db_snapshot(DBSnapshotIdentifier=snapshot)

    restored = restore(
        DBSnapshotIdentifier=copied,
        ManageMasterUserPassword=True,
        DBParameterGroupName=parameter_group(work_mem="8192"),
        MultiAZ=True,
    )

    assert rows(restored, password=restored.secret["password"]) == [1]
    with pytest.raises(psycopg.OperationalError):
        restored.connect("postgres_admin", PASSWORD)
    with restored.connect("postgres_admin", restored.secret["password"]) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("8MB",)
    assert restored.described["MultiAZ"]
    rds.reboot_db_instance(DBInstanceIdentifier=restored.identifier, ForceFailover=True)
    restored.wait()
    assert rows(restored, password=restored.secret["password"]) == [1]


def test_a_deleted_instance_lives_on_in_its_final_snapshot(
    create_instance: Callable[..., Instance],
    new_name: Callable[[], str],
    restore: Callable[..., Instance],
    rds: Any,
) -> None:
    gold = create_instance()
    insert(gold, 1)
    stopped, final = new_name(), new_name()

    rds.stop_db_instance(DBInstanceIdentifier=gold.identifier, DBSnapshotIdentifier=stopped)
    gold.wait("stopped")
    assert _settled(rds, stopped)["Status"] == "available"
    with pytest.raises(rds.exceptions.InvalidDBInstanceStateFault, match="not currently in the available"):
        rds.delete_db_instance(DBInstanceIdentifier=gold.identifier, FinalDBSnapshotIdentifier=final)
    rds.start_db_instance(DBInstanceIdentifier=gold.identifier)
    gold.wait()
    with pytest.raises(rds.exceptions.DBSnapshotAlreadyExistsFault, match=f"identifier {stopped} already"):
        rds.delete_db_instance(DBInstanceIdentifier=gold.identifier, FinalDBSnapshotIdentifier=stopped)

    rds.delete_db_instance(DBInstanceIdentifier=gold.identifier, FinalDBSnapshotIdentifier=final)
    gold.wait_until_gone()

    found = rds.describe_db_snapshots(DBInstanceIdentifier=gold.identifier, SnapshotType="manual")
    assert {one["DBSnapshotIdentifier"] for one in found["DBSnapshots"]} == {stopped, final}
    assert rows(restore(DBSnapshotIdentifier=final)) == [1]


def test_wrong_requests_are_answered_as_rds_does(rds: Any) -> None:
    errors = rds.exceptions
    for call in (
        lambda: rds.describe_db_snapshots(DBSnapshotIdentifier="nowhere"),
        lambda: rds.delete_db_snapshot(DBSnapshotIdentifier="nowhere"),
        lambda: rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier="new", DBSnapshotIdentifier="nowhere"
        ),
        lambda: rds.copy_db_snapshot(
            SourceDBSnapshotIdentifier="nowhere", TargetDBSnapshotIdentifier="other"
        ),
    ):
        with pytest.raises(errors.DBSnapshotNotFoundFault, match="DBSnapshot not found: nowhere"):
            call()
    with pytest.raises(errors.DBInstanceNotFoundFault):
        rds.create_db_snapshot(DBInstanceIdentifier="nowhere", DBSnapshotIdentifier="some")
    assert rds.describe_db_snapshots(DBInstanceIdentifier="nowhere")["DBSnapshots"] == []
