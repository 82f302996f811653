"""Automated backups: base backups (automated snapshots) of each day, and the log between them.

A thread looks whether a base backup is due, and every five minutes has the servers archive what they have
written, which moves LatestRestorableTime on. With BackupRetentionPeriod 0 an instance has none.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
"""

from __future__ import annotations

import datetime
import logging
import time

import psycopg

from glue_app.emulator.service.clock import now
from glue_app.emulator.settings import Settings

from ..events import event_messages
from ..fleet.background_work import Work
from ..fleet.servers import Servers
from ..fleet.watch import Watch
from ..models import DBInstance, DBSnapshot, RdsStores
from ..postgres import wal_archive
from ..postgres.container_host import PostgresHostLostError
from ..postgres.server import PostgresServer
from ..postgres.wal_archive import WalArchive
from . import backup_window
from .snapshots import Snapshots

LOG = logging.getLogger(__name__)

LOOK_S = 1.0
#: after a backup has failed
RETRY_S = 60.0
_ARCHIVED_TIMEOUT_S = 30.0
_POLL_S = 0.05
_NOT_ARCHIVED = "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'"


class Backups(Watch):
    """Makes them when they are due, and knows which there are."""

    def __init__(self, config: Settings, stores: RdsStores, servers: Servers, made: Snapshots) -> None:
        super().__init__("rds-backups", servers, stores, LOOK_S)
        self._config, self._snapshots = config, made
        self._next: dict[str, float] = {}
        self._retry_at: dict[str, float] = {}

    def needed(self, instance: DBInstance) -> Work | None:
        if not retention(instance):
            return None
        clock = time.monotonic()
        if clock >= self._retry_at.get(instance.resource_id, 0.0) and self._due(instance):
            self._retry_at[instance.resource_id] = clock + RETRY_S
            return lambda server: self._back_up(server, instance)
        if clock >= self._next.get(instance.resource_id, 0.0) and self.bases(instance):
            self._next[instance.resource_id] = clock + self._config.rds_backup_s
            return lambda server: self._move_on(server, instance)
        return None

    def _due(self, instance: DBInstance) -> bool:
        newest = max((one.created_at for one in self.bases(instance) if one.created_at), default=None)
        return backup_window.due(newest, instance.settings["PreferredBackupWindow"], now())

    # ------------------------------------------------------------------ base backups
    def _back_up(self, server: PostgresServer, instance: DBInstance) -> None:
        """Make a base backup; then remove what has expired, and the log that nothing needs any more."""
        self._servers.events.record(instance, event_messages.BACKING_UP)
        snapshot = self._snapshots.register_automated(instance)
        if self._snapshots.try_take(server, snapshot):
            self._retry_at.pop(instance.resource_id, None)
            self._servers.events.record(instance, event_messages.BACKED_UP)
            self._move_on(server, instance)
        with self._stores.lock:
            gone = backup_window.expired(self._automated(instance), retention(instance), now())
            self._snapshots.forget(gone)
        if starts := [start for one in self.bases(instance) if (start := self._start_of(one))]:
            self.archive(instance).prune(starts)

    def bases(self, instance: DBInstance) -> list[DBSnapshot]:
        """List the base backups that the archived log leads on from."""
        archive = self.archive(instance)
        begun = archive.begun_at
        if begun is None:
            return []
        return [
            one
            for one in self._automated(instance)
            if one.status == "available"
            and one.created_at
            and one.created_at >= begun
            and (start := self._start_of(one))
            and archive.holds(start)
        ]

    def archive(self, instance: DBInstance) -> WalArchive:
        return WalArchive(self._config.state / "rds", instance.resource_id)

    def _automated(self, instance: DBInstance) -> list[DBSnapshot]:
        return [
            one
            for one in self._stores.all_snapshots()
            if one.snapshot_type == "automated" and one.instance.resource_id == instance.resource_id
        ]

    def _start_of(self, snapshot: DBSnapshot) -> str | None:
        return wal_archive.first_segment(self._snapshots.files.folder(snapshot) / "data")

    # ------------------------------------------------------------------ the log
    def _move_on(self, server: PostgresServer, instance: DBInstance) -> None:
        """LatestRestorableTime is now, if all that was written until now gets archived."""
        try:
            until = self.archive_all(server, instance)
        except (psycopg.Error, OSError, PostgresHostLostError, TimeoutError) as error:
            LOG.warning("the log of DB instance %s is not archived: %s", instance.identifier, error)
            return
        with self._stores.lock:
            instance.latest_restorable = until

    def archive_all(self, server: PostgresServer, instance: DBInstance) -> datetime.datetime:
        """Have archived what was written before the moment that is returned.

        Where nothing was, PostgreSQL switches nothing. Raises psycopg.Error, TimeoutError.
        """
        until, deadline = now(), time.monotonic() + _ARCHIVED_TIMEOUT_S
        with self._servers.primaries.connect(server, instance) as connection:
            connection.execute("SELECT pg_switch_wal()")
            while (row := connection.execute(_NOT_ARCHIVED).fetchone()) and row[0]:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{row[0]} segments wait after {_ARCHIVED_TIMEOUT_S:g} s")
                if self._servers.closing.wait(_POLL_S):
                    raise TimeoutError("the emulator ends")
        return until

    # ------------------------------------------------------------------ on and off
    def window(self, instance: DBInstance) -> tuple[datetime.datetime, datetime.datetime] | None:
        """Return the first and the last moment that can be restored; None where none can."""
        days = retention(instance)
        first, last = backup_window.earliest(self.bases(instance), days, now()), instance.latest_restorable
        return (first, last) if days and first and last and first <= last else None

    def switch(self, instance: DBInstance, server: PostgresServer) -> None:
        """After another BackupRetentionPeriod: the server archives, or does so no more and all of it goes."""
        self._servers.reconfigure(server, instance)
        if not retention(instance):
            self.discard(instance)

    def discard(self, instance: DBInstance) -> None:
        """Automated backups go with their instance, or when they are switched off."""
        with self._stores.lock:
            self._snapshots.forget(self._automated(instance))
            instance.latest_restorable = None
        if not self._config.keep_state or not retention(instance):
            self.archive(instance).remove()


def retention(instance: DBInstance) -> int:
    """In days; 0: no automated backups."""
    return int(instance.settings["BackupRetentionPeriod"])
