"""New instances from snapshots and backups: what they have of it, and what their servers start from.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
"""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from glue_app.emulator.host.service import NotEmulatedError
from glue_app.emulator.rds.exceptions import RdsError
from glue_app.emulator.rds.models import DBInstance, DBSnapshot
from glue_app.emulator.rds.postgres.container_host import PostgresHostLostError
from glue_app.emulator.rds.postgres.server import PostgresServer, ServerError
from glue_app.emulator.service.clock import now
from tests.support.rds_room import SCOPE, RdsRoom

SEGMENT = "00000001000000000000000A"
MINUTE = datetime.timedelta(minutes=1)
FROM_SNAPSHOT, TO_POINT = "RestoreDBInstanceFromDBSnapshot", "RestoreDBInstanceToPointInTime"


class Room(RdsRoom):
    """With `gold`, and what it can be restored from."""

    def snapshot(self, **request: Any) -> DBSnapshot:
        """`last`, of an instance that is made by this request."""
        gold = self.make(**request)
        self.call("CreateDBSnapshot", DBInstanceIdentifier=gold.identifier, DBSnapshotIdentifier="last")
        self.work()
        self.store.events.clear()
        return self.store.snapshots["last"]

    def backed_up(self, monkeypatch: pytest.MonkeyPatch) -> DBSnapshot:
        """An automated snapshot an hour old, from which the archived log leads on until a minute ago."""
        gold = self.make(BackupRetentionPeriod=7)
        archive = self.provider.backups.archive(gold)
        (archive.wal / "begun").write_text((now() - 120 * MINUTE).isoformat())
        (archive.wal / SEGMENT).touch()
        base = self.provider.snapshots.register_automated(gold)
        base.status, base.created_at = "available", now() - 60 * MINUTE
        data = self.provider.snapshots.files.begin(base) / "data"
        data.mkdir()
        (data / "backup_label").write_text(f"START WAL LOCATION: 0/A000028 (file {SEGMENT})\n")
        gold.latest_restorable = now() - MINUTE
        self.store.events.clear()
        monkeypatch.setattr(self.provider.backups, "archive_all", self._archive_all)
        return base

    def _archive_all(self, _server: PostgresServer, instance: DBInstance) -> None:
        self.done.append(f"archive all of {instance.identifier}")
        if error := self.broken.get("archive"):
            raise error

    @property
    def silver(self) -> DBInstance:
        return self.store.instances["silver"]

    def has(self, name: str) -> bool:
        """Whether the restored server's data folder holds a file."""
        return (self.provider.servers.of(self.silver).home.data / name).exists()

    def restore(self, **request: Any) -> Any:
        """`silver` from `last`."""
        whence = {"DBInstanceIdentifier": "silver", "DBSnapshotIdentifier": "last"}
        return self.call(FROM_SNAPSHOT, **whence | request)["DBInstance"]

    def go_back(self, **request: Any) -> Any:
        """`silver` from `gold`; of a request's fields None leaves one out."""
        whence = {"SourceDBInstanceIdentifier": "gold", "TargetDBInstanceIdentifier": "silver"} | request
        given = {name: value for name, value in whence.items() if value is not None}
        return self.call(TO_POINT, **given)["DBInstance"]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(tmp_path, monkeypatch)


# ---------------------------------------------------------------- from a snapshot
def test_a_restored_instance_is_creating_until_its_server_has_recovered(room: Room) -> None:
    room.snapshot()
    assert room.restore()["DBInstanceStatus"] == "creating"

    assert room.work() == ["start silver", "await the recovery of silver"]

    assert room.silver.status == "available"
    assert room.has("PG_VERSION")
    assert [event.message for event in room.store.events] == [
        "DB instance created", "Restored from snapshot last",
    ]  # fmt: skip


def test_it_has_what_the_source_had_when_the_snapshot_was_made(room: Room) -> None:
    """Not the groups, the second zone nor the protection of the source; its tags are the snapshot's."""
    snapshot = room.snapshot(
        DBInstanceClass="db.r6g.large", AllocatedStorage=40, StorageType="gp3", Port=6543, MultiAZ=True,
        DeletionProtection=True, CopyTagsToSnapshot=True, PreferredBackupWindow="01:00-02:00",
        EnableCloudwatchLogsExports=["postgresql"], Tags=[{"Key": "team", "Value": "data"}],
        VpcSecurityGroupIds=["sg-2"], StorageEncrypted=True,
    )  # fmt: skip
    room.gold.instance_class, room.gold.tags = "db.r6g.xlarge", {"team": "other"}

    room.restore()
    silver = room.silver

    assert (silver.instance_class, silver.allocated_storage) == ("db.r6g.large", 40)
    assert (silver.storage_type, silver.endpoint.port) == ("gp3", 6543)
    assert (silver.master_username, silver.engine_version) == ("postgres_admin", "15.8")
    assert (silver.db_name, silver.tags) == ("gold_db", {"team": "data"})
    assert silver.settings["PreferredBackupWindow"] == "01:00-02:00"
    assert silver.settings["EnabledCloudwatchLogsExports"] == ["postgresql"]
    assert (silver.settings["StorageEncrypted"], silver.kms_key_id) == (True, SCOPE.arn("kms", "key/rds"))
    assert (silver.multi_az, silver.deletion_protection, silver.security_group_ids) == (
        False,
        False,
        ["sg-1"],
    )
    assert silver.resource_id != snapshot.instance.resource_id
    assert silver.endpoint.address != room.gold.endpoint.address


def test_a_copy_that_was_encrypted_restores_an_encrypted_instance(room: Room) -> None:
    """With the copy's key, whatever the source of it was."""
    room.snapshot()
    copy = {"SourceDBSnapshotIdentifier": "last", "TargetDBSnapshotIdentifier": "encrypted"}
    room.call("CopyDBSnapshot", **copy, KmsKeyId="alias/aws/rds")
    room.work()

    room.restore(DBSnapshotIdentifier="encrypted")

    assert not room.gold.settings["StorageEncrypted"]
    assert room.silver.settings["StorageEncrypted"]
    assert room.silver.kms_key_id == SCOPE.arn("kms", "key/rds")


def test_what_the_request_says_counts_more(room: Room) -> None:
    """But for a database's name: PostgreSQL's are those of the source."""
    room.snapshot()

    room.restore(
        DBInstanceClass="db.r6g.large", Port=6543, MultiAZ=True, DBName="other", DeletionProtection=True,
        Tags=[{"Key": "k", "Value": "v"}],
    )  # fmt: skip

    assert room.work()[-1] == "make the standby of silver"
    assert (room.silver.instance_class, room.silver.endpoint.port) == ("db.r6g.large", 6543)
    assert (room.silver.db_name, room.silver.tags) == ("gold_db", {"k": "v"})
    assert (room.silver.multi_az, room.silver.deletion_protection) == (True, True)


def test_the_iops_of_larger_storage_are_those_of_its_size(room: Room) -> None:
    room.snapshot(StorageType="gp3")

    room.restore(AllocatedStorage=400)

    assert (room.gold.settings["Iops"], room.silver.settings["Iops"]) == (3000, 12000)


def test_the_master_password_stays_that_of_the_files(room: Room) -> None:
    """Unless RDS is to manage it: then the server gets the secret's, which is active with it."""
    room.snapshot()
    room.restore()
    assert not [step for step in room.work() if "password" in step]

    room.restore(DBInstanceIdentifier="managed", ManageMasterUserPassword=True)
    managed = room.store.instances["managed"]
    assert managed.secret
    assert managed.secret.status == "creating"
    password = json.loads(room.secrets[managed.secret.arn])["password"]
    assert room.work()[-1] == f"password managed: postgres_admin {password}"
    assert managed.secret.status == "active"


def test_a_deleted_instances_snapshot_restores_it_under_its_name(room: Room) -> None:
    arn = room.snapshot().arn
    room.call("DeleteDBInstance", DBInstanceIdentifier="gold", SkipFinalSnapshot=True)
    room.work()

    room.restore(DBInstanceIdentifier="gold", DBSnapshotIdentifier=arn)
    room.work()

    assert (room.gold.status, room.gold.arn) == ("available", SCOPE.arn("rds", "db:gold"))


BREAKS: list[tuple[str, Exception, str]] = [
    ("start", ServerError("no start", "FATAL:  no such parameter"), "incompatible-parameters"),
    ("start", PostgresHostLostError(Path("channel"), "gone"), "failed"),
    ("await the recovery of", ServerError("PostgreSQL did not recover", "PANIC"), "failed"),
    ("password", OSError("gone"), "failed"),
]


@pytest.mark.parametrize(("step", "error", "status"), BREAKS)
def test_a_restore_that_fails_half_way_is_shown(room: Room, step: str, error: Exception, status: str) -> None:
    """It tells of no new instance; the source and the snapshot are as they were, and it can be done again."""
    room.snapshot()
    room.broken[step] = error
    room.restore(ManageMasterUserPassword=True)
    room.work()

    assert (room.silver.status, room.gold.status) == (status, "available")
    assert room.events == [{"failed": "0031", "incompatible-parameters": "0035"}[status]]
    assert not room.provider.servers.of(room.silver).home.complete
    assert room.silver.secret
    assert room.silver.secret.status == "creating"

    room.broken.clear()
    room.call("DeleteDBInstance", DBInstanceIdentifier="silver", SkipFinalSnapshot=True)
    room.work()
    assert room.secrets == {}
    room.restore()
    room.work()
    assert room.silver.status == "available"


def test_a_snapshot_whose_files_are_gone(room: Room) -> None:
    shutil.rmtree(room.provider.snapshots.files.folder(room.snapshot()))
    room.restore()

    assert room.work() == []
    assert (room.silver.status, room.events) == ("failed", ["0031"])


REFUSED: list[tuple[dict[str, Any], str, int, str]] = [
    ({"DBSnapshotIdentifier": "none"}, "DBSnapshotNotFound", 404, "DBSnapshot not found: none"),
    ({"DBSnapshotIdentifier": "begun"}, "InvalidDBSnapshotState", 400, "Snapshot begun is not in available"),
    ({"DBSnapshotIdentifier": None}, "InvalidParameterValue", 400, "DBSnapshotIdentifier must be provided"),
    ({"DBInstanceIdentifier": "gold"}, "DBInstanceAlreadyExists", 400, "DB instance already exists"),
    ({"DBInstanceIdentifier": "gold-"}, "InvalidParameterValue", 400, "is not a valid identifier"),
    ({"DBInstanceClass": "db.none"}, "InvalidParameterValue", 400, "Invalid DB Instance class"),
    ({"DBParameterGroupName": "none"}, "DBParameterGroupNotFound", 404, "none"),
    ({"DBSubnetGroupName": "none"}, "DBSubnetGroupNotFoundFault", 404, "'none' does not exist"),
    ({"Engine": "mysql"}, "InvalidParameterValue", 400, "Invalid DB engine: mysql"),
]


@pytest.mark.parametrize(
    ("wrong", "code", "status", "message"), REFUSED, ids=[str(one[0]) for one in REFUSED]
)
def test_a_restore_that_cannot_be_is_refused(
    room: Room, wrong: dict[str, Any], code: str, status: int, message: str
) -> None:
    """Before there is an instance, or a secret for it."""
    room.snapshot()
    room.provider.snapshots.register(SCOPE, room.gold, "begun", {})

    with pytest.raises(RdsError, match=message) as raised:
        room.restore(ManageMasterUserPassword=True, **wrong)

    assert (raised.value.code, raised.value.status_code) == (code, status)
    assert (list(room.store.instances), room.secrets, room.work()) == (["gold"], {}, [])


def test_a_clusters_snapshot_is_not_emulated(room: Room) -> None:
    with pytest.raises(NotEmulatedError, match="with DBClusterSnapshotIdentifier"):
        room.restore(DBClusterSnapshotIdentifier="cluster")


# ---------------------------------------------------------------- to a point in time
def test_the_latest_moment_is_that_of_the_restore(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source archives what it has; the server goes on from the base to the end of the log."""
    room.backed_up(monkeypatch)
    assert room.go_back(UseLatestRestorableTime=True)["DBInstanceStatus"] == "creating"

    assert room.work() == [
        "archive all of gold", "recover to the end silver", "start silver", "await the recovery of silver",
    ]  # fmt: skip
    assert room.silver.status == "available"
    assert room.has("backup_label")
    assert [event.message for event in room.store.events] == [
        "DB instance created", "Restored from DB instance gold to silver",
    ]  # fmt: skip


@pytest.mark.parametrize("naive", [True, False])
def test_a_moment_is_recovered_to(room: Room, monkeypatch: pytest.MonkeyPatch, naive: bool) -> None:
    """In UTC, where it says nothing of its zone."""
    room.backed_up(monkeypatch)
    moment = now() - 30 * MINUTE

    room.go_back(RestoreTime=moment.replace(tzinfo=None) if naive else moment)

    assert room.work()[0] == f"recover to {moment:%H:%M} silver"


def test_the_newest_base_before_the_moment_is_taken(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    older = room.backed_up(monkeypatch)
    newer = room.provider.snapshots.register_automated(room.gold)
    newer.status, newer.created_at = "available", now() - 20 * MINUTE
    folder = room.provider.snapshots.files.folder(newer)
    shutil.copytree(room.provider.snapshots.files.folder(older), folder)
    (folder / "data" / "newer").touch()
    found = []
    for age in (30, 10):
        room.go_back(RestoreTime=now() - age * MINUTE)
        room.work()
        found.append(room.has("newer"))
        room.call("DeleteDBInstance", DBInstanceIdentifier="silver", SkipFinalSnapshot=True)
        room.work()

    assert found == [False, True]


@pytest.mark.parametrize("error", [OSError("gone"), PostgresHostLostError(Path("channel"), "gone")])
def test_a_source_that_does_not_run_is_restored_as_far_as_it_has_archived(
    room: Room, monkeypatch: pytest.MonkeyPatch, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    room.backed_up(monkeypatch)
    room.broken["archive"] = error

    room.go_back(UseLatestRestorableTime=True)
    room.work()

    assert room.silver.status == "available"
    assert "the last of DB instance gold is not restored: " in caplog.text


def test_a_log_that_ends_before_the_moment_is_taken_to_its_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has happened between: the server that does not reach the moment is started once more."""
    room.backed_up(monkeypatch)
    short = "FATAL:  recovery ended before configured recovery target was reached"
    answers = iter([ServerError("PostgreSQL did not recover", short), None])

    def await_recovery(*_: object) -> None:
        if error := next(answers):
            raise error

    monkeypatch.setattr(PostgresServer, "await_recovery", await_recovery)
    room.go_back(RestoreTime=now() - 2 * MINUTE)

    assert [step for step in room.work() if step.startswith("recover")][1:] == ["recover to the end silver"]
    assert room.silver.status == "available"


def test_another_fault_of_the_recovery_is_one(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.backed_up(monkeypatch)
    room.broken["await the recovery of"] = ServerError("PostgreSQL did not recover", "PANIC: no checkpoint")

    room.go_back(UseLatestRestorableTime=True)

    assert room.work().count("await the recovery of silver") == 1
    assert (room.silver.status, room.events) == ("failed", ["0031"])


def test_the_source_may_be_named_by_its_ids(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.backed_up(monkeypatch)
    backup = SCOPE.arn("rds", f"auto-backup:{room.gold.automated_backup_id}")
    for number, name in enumerate(
        ({"SourceDbiResourceId": room.gold.resource_id}, {"SourceDBInstanceAutomatedBackupsArn": backup})
    ):
        target = {"SourceDBInstanceIdentifier": None, "TargetDBInstanceIdentifier": f"silver{number}"}
        room.go_back(UseLatestRestorableTime=True, **target | name)

    assert list(room.store.instances) == ["gold", "silver0", "silver1"]


LATEST: dict[str, Any] = {"UseLatestRestorableTime": True}
UNNAMED: dict[str, Any] = LATEST | {"SourceDBInstanceIdentifier": None}
NO_WAY: list[tuple[dict[str, Any], str, int, str]] = [
    ({}, "InvalidParameterCombination", 400, "Either RestoreTime or UseLatestRestorableTime"),
    (LATEST | {"RestoreTime": now()}, "InvalidParameterCombination", 400, "and not both"),
    ({"RestoreTime": now() - 90 * MINUTE}, "InvalidRestoreFault", 400, "not between the earliest"),
    ({"RestoreTime": now() + 90 * MINUTE}, "InvalidRestoreFault", 400, "latest restorable time"),
    (LATEST | {"TargetDBInstanceIdentifier": "gold"}, "DBInstanceAlreadyExists", 400, "already exists"),
    (LATEST | {"SourceDBInstanceIdentifier": "none"}, "DBInstanceNotFound", 404, "none not found"),
    (UNNAMED, "InvalidParameterCombination", 400, "Either SourceDBInstanceIdentifier"),
    (UNNAMED | {"SourceDbiResourceId": "db-NONE"}, "DBInstanceNotFound", 404, "db-NONE not found"),
    (
        UNNAMED | {"SourceDBInstanceAutomatedBackupsArn": "arn:aws:rds:::auto-backup:ab-none"},
        "DBInstanceAutomatedBackupNotFound", 404, "ab-none not found",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "code", "status", "message"), NO_WAY)
def test_where_no_way_leads_to_a_restore_is_refused(
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
    request_: dict[str, Any],
    code: str,
    status: int,
    message: str,
) -> None:
    room.backed_up(monkeypatch)

    with pytest.raises(RdsError, match=message) as raised:
        room.go_back(**request_)

    assert (raised.value.code, raised.value.status_code) == (code, status)
    assert (list(room.store.instances), room.work()) == (["gold"], [])


def test_a_source_without_backups_leads_nowhere(room: Room) -> None:
    """Neither one whose first backup is not made yet."""
    room.make()
    with pytest.raises(RdsError) as raised:
        room.go_back(UseLatestRestorableTime=True)
    assert raised.value.code == "PointInTimeRestoreNotEnabled"

    room.gold.settings["BackupRetentionPeriod"] = 7
    with pytest.raises(RdsError, match="has no restorable time yet") as raised:
        room.go_back(UseLatestRestorableTime=True)
    assert raised.value.code == "InvalidRestoreFault"
