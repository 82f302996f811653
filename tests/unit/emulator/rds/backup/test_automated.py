"""Automated backups without servers: when what is done, and what a restore may begin with."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from glue_app.emulator.rds.backup.automated import Backups
from glue_app.emulator.rds.backup.snapshots import Snapshots
from glue_app.emulator.rds.models import DBInstance, DBSnapshot, RdsStores
from glue_app.emulator.rds.postgres.local_host import LocalHost
from glue_app.emulator.service.clock import now
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings
from tests.support.db_instances import instance as some_instance

SCOPE = Scope("000000000000", "us-east-1")
SEGMENT = "00000001000000000000000A"
US = LocalHost(None, None, "us")


class Room:
    """An instance with a week's backups; what is begun is in `begun`, and done by `finish`."""

    def __init__(self, state: Path) -> None:
        config = Settings.from_environment({"GLUE_APP_STATE": str(state)})
        self.stores, self.servers = RdsStores(), MagicMock()
        self.servers.closing.wait.return_value = False
        self.servers.submit_if_idle.side_effect = self._submit
        self.snapshots = Snapshots(config, self.stores, self.servers)
        self.backups = Backups(config, self.stores, self.servers, self.snapshots)
        self.instance: DBInstance = some_instance()
        self.instance.status = "available"
        self.instance.settings["BackupRetentionPeriod"] = 7
        self.stores.of(SCOPE).instances["gold"] = self.instance
        self.archive = self.backups.archive(self.instance)
        self.archive.begin(US)
        self.begun: list[Callable[[Any], object]] = []
        self.clock = 0.0

    def _submit(self, _instance: DBInstance, work: Callable[[Any], object]) -> MagicMock:
        self.begun.append(work)
        return MagicMock(done=lambda: True)

    def base(self, age: datetime.timedelta = datetime.timedelta(), segment: str = SEGMENT) -> DBSnapshot:
        """An automated snapshot that is whole, and whose first segment is archived."""
        made = self.snapshots.register_automated(self.instance)
        made.status, made.created_at = "available", now() - age
        data = self.snapshots.files.begin(made) / "data"
        data.mkdir()
        (data / "backup_label").write_text(f"START WAL LOCATION: 0/A000028 (file {segment})\n")
        (self.archive.wal / segment).touch()
        return made


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    made = Room(tmp_path)
    monkeypatch.setattr(time, "monotonic", lambda: made.clock)
    return made


def test_a_new_instance_gets_its_first_backup_at_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that fails, again a minute later; a failed one goes."""
    monkeypatch.setattr(room.snapshots, "try_take", lambda _server, one: setattr(one, "status", "failed"))
    for room.clock in (100.0, 101.0, 161.0):
        room.backups.look()
        for work in room.begun:
            work(MagicMock())

    assert len(room.begun) == 2
    assert room.stores.all_snapshots() == []


def test_the_log_moves_on_from_a_backup_and_every_five_minutes(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.base()
    reached = now()
    monkeypatch.setattr(room.backups, "archive_all", lambda _server, _instance: reached)
    for room.clock in (100.0, 101.0, 399.0, 400.0):
        room.backups.look()
    for work in room.begun:
        work(MagicMock())

    assert len(room.begun) == 2
    assert room.instance.latest_restorable == reached


@pytest.mark.parametrize(("status", "days"), [("stopped", 7), ("modifying", 7), ("available", 0)])
def test_others_are_left_alone(room: Room, status: str, days: int) -> None:
    room.instance.status = status
    room.instance.settings["BackupRetentionPeriod"] = days

    room.backups.look()

    assert room.begun == []


def test_a_log_that_is_not_archived_moves_nothing_on(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise TimeoutError("the disk is full")

    room.base()
    monkeypatch.setattr(room.backups, "archive_all", fail)
    room.backups.look()
    room.begun[0](MagicMock())

    assert room.instance.latest_restorable is None
    assert room.backups.window(room.instance) is None


def test_a_restore_begins_only_where_the_log_leads_on(room: Room) -> None:
    """Not from a backup of before this archive, nor from one whose first segment is gone."""
    room.base(datetime.timedelta(days=1))
    lost = room.base(segment="00000001000000000000000B")
    good = room.base(segment="00000001000000000000000C")
    (room.archive.wal / "00000001000000000000000B").unlink()
    room.instance.latest_restorable = now()

    assert room.backups.bases(room.instance) == [good]
    assert room.backups.window(room.instance) == (good.created_at, room.instance.latest_restorable)

    room.archive.remove()
    assert room.backups.window(room.instance) is None
    assert lost.status == "available", "a snapshot it still is"


def test_what_is_switched_off_leaves_nothing(room: Room) -> None:
    room.base()
    room.instance.latest_restorable = now()
    room.instance.settings["BackupRetentionPeriod"] = 0

    room.backups.switch(room.instance, MagicMock())

    assert room.stores.all_snapshots() == []
    assert room.snapshots.files.names() == []
    assert not room.archive.folder.exists()
    assert room.instance.latest_restorable is None
    room.servers.reconfigure.assert_called_once()
