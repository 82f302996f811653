"""DB snapshots after a restart, and their files: what a save keeps, what is swept, what `failed` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_app.emulator.rds.backup import snapshot_files, snapshots
from glue_app.emulator.rds.backup.automated import Backups
from glue_app.emulator.rds.backup.snapshots import Snapshots
from glue_app.emulator.rds.exceptions import DBSnapshotNotFound, InvalidDBSnapshotState
from glue_app.emulator.rds.fleet.servers import Servers
from glue_app.emulator.rds.models import DBInstance, DBSnapshot, RdsStore, RdsStores
from glue_app.emulator.rds.persistence import KeptDatabases
from glue_app.emulator.rds.postgres import base_backup
from glue_app.emulator.rds.resources import master_secret
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings
from tests.support.db_instances import instance as some_instance

SCOPE = Scope("000000000000", "us-east-1")


class Stack:
    """The room without servers, on a folder."""

    def __init__(self, state: Path, keep_state: bool) -> None:
        config = Settings.from_environment(
            {"GLUE_APP_STATE": str(state), "GLUE_APP_KEEP_STATE": "1" if keep_state else "0"}
        )
        self.stores = RdsStores()
        self.servers = Servers(config, self.stores)
        self.snapshots = Snapshots(config, self.stores, self.servers)
        backups = Backups(config, self.stores, self.servers, self.snapshots)
        self.kept = KeptDatabases(config, self.stores, self.servers, self.snapshots, backups)
        self.files = self.snapshots.files

    @property
    def store(self) -> RdsStore:
        return self.stores.of(SCOPE)

    def instance(self, status: str) -> DBInstance:
        """With a data folder, of a server that does not run."""
        one = some_instance()
        one.status = status
        data = self.servers.of(one).home.data
        (data / "global").mkdir(parents=True)
        for name in ("PG_VERSION", "global/pg_control"):
            (data / name).write_text("15")
        self.store.instances[one.identifier] = one
        return one

    def snapshot(self, status: str, whole: bool) -> DBSnapshot:
        made = DBSnapshot(
            "last", "arn:aws:rds:us-east-1:000000000000:snapshot:last", "snap-A", some_instance()
        )
        made.status = status
        folder = self.files.begin(made)
        (folder / "data").mkdir()
        (folder / "data" / "PG_VERSION").write_text("15")
        if whole:
            (folder / "complete").touch()
        self.store.snapshots[made.identifier] = made
        return made


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setattr(master_secret, "delete", lambda _scope, _instance: None)
    return Stack(tmp_path, keep_state=True)


@pytest.mark.parametrize(
    ("before", "whole", "after"),
    [
        ("creating", False, "failed"),
        ("creating", True, "available"),
        ("available", True, "available"),
        ("available", False, "failed"),
        ("failed", False, "failed"),
    ],
)
def test_after_a_restart_the_status_says_what_files_there_are(
    stack: Stack, before: str, whole: bool, after: str
) -> None:
    snapshot = stack.snapshot(before, whole)

    stack.kept.after_restore()

    assert snapshot.status == after


@pytest.mark.parametrize(("before", "left"), [("deleting", []), ("stopping", ["stopped"])])
def test_a_snapshot_that_was_to_come_before_the_end_is_made_after_a_restart(
    stack: Stack, before: str, left: list[str]
) -> None:
    """Or the instance would be gone without the final snapshot that was asked for."""
    stack.instance(before)
    snapshot = stack.snapshot("creating", whole=False)

    stack.kept.after_restore()

    assert snapshot.status == "available"
    assert stack.files.whole(snapshot)
    assert [one.status for one in stack.stores.all_instances()] == left


def test_an_instance_whose_final_snapshot_can_not_be_made_stays(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError("no space left on device")

    brought_back: list[str] = []
    monkeypatch.setattr(base_backup, "copy", fail)
    monkeypatch.setattr(
        stack.servers, "bring_back", lambda _server, one, _password: brought_back.append(one.identifier)
    )
    stack.instance("deleting")
    snapshot = stack.snapshot("creating", whole=False)

    stack.kept.after_restore()
    stack.kept.wait_until_started(10)

    assert snapshot.status == "failed"
    assert brought_back == ["gold"]
    assert [one.status for one in stack.stores.all_instances()] == ["available"]


def test_only_files_that_nobody_names_are_removed(stack: Stack) -> None:
    """Neither a snapshot nor a save."""
    stack.snapshot("available", whole=True)
    for name in ("snap-SAVED", "snap-GONE"):
        (stack.files.folder(stack.snapshot("available", True)).parent / name).mkdir()

    stack.kept.sweep({"snap-SAVED"})

    assert set(stack.files.names()) == {"snap-A", "snap-SAVED"}


def test_a_copy_of_the_stack_has_the_snapshots(stack: Stack, tmp_path: Path) -> None:
    """Those that are whole; under the same names, so that what the stores say fits."""
    snapshot = stack.snapshot("available", whole=True)
    target = tmp_path / "copy"
    target.mkdir()

    stack.kept.copy_to(target)

    copied = snapshot_files.SnapshotFiles(target)
    assert copied.whole(snapshot)
    assert (copied.folder(snapshot) / "data" / "PG_VERSION").read_text() == "15"
    assert stack.kept.described() == {"snap-A": {"identifier": "last", "status": "available"}}


def test_a_deleted_snapshots_files_stay_while_a_save_may_need_them(stack: Stack) -> None:
    snapshot = stack.snapshot("available", whole=True)

    assert stack.snapshots.delete(SCOPE, "last").status == "deleted"

    assert stack.files.whole(snapshot)
    with pytest.raises(DBSnapshotNotFound):
        snapshots.get(stack.store, "last")


@pytest.mark.parametrize(
    ("status", "snapshot_type", "message"),
    [
        ("creating", "manual", "is not in available state"),
        ("available", "automated", "automated snapshots cannot be deleted"),
    ],
)
def test_not_every_snapshot_can_be_deleted(
    stack: Stack, status: str, snapshot_type: str, message: str
) -> None:
    stack.snapshot(status, whole=True).snapshot_type = snapshot_type

    with pytest.raises(InvalidDBSnapshotState, match=message):
        stack.snapshots.delete(SCOPE, "last")


def test_the_fingerprint_tells_of_snapshots(stack: Stack) -> None:
    before = stack.kept.fingerprint()
    snapshot = stack.snapshot("creating", whole=False)
    creating = stack.kept.fingerprint()
    snapshot.status = "available"

    assert len({before, creating, stack.kept.fingerprint()}) == 3


def test_snapshots_are_found_by_what_describe_names(stack: Stack) -> None:
    snapshot = stack.snapshot("available", whole=True)

    def found(**request: object) -> list[DBSnapshot]:
        return snapshots.find(stack.store, request)

    assert found() == found(DBSnapshotIdentifier=snapshot.arn) == found(SnapshotType="manual") == [snapshot]
    assert found(DBInstanceIdentifier="GOLD") == found(DbiResourceId="db-ABC") == [snapshot]
    assert found(Filters=[{"Name": "engine", "Values": ["postgres"]}]) == [snapshot]
    assert found(SnapshotType="automated") == found(SnapshotType="public") == []
