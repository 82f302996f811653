"""New DB instances from the files of others: from DB snapshots, and from backups and the archived log.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from glue_app.emulator.host.service import NotEmulatedError
from glue_app.emulator.service.scope import Scope

from ..events import event_messages
from ..exceptions import (
    DBInstanceAlreadyExists,
    DBInstanceAutomatedBackupNotFound,
    DBInstanceNotFound,
    InvalidParameterCombination,
    InvalidParameterValue,
    InvalidRestoreFault,
    PointInTimeRestoreNotEnabled,
)
from ..fleet.servers import Servers
from ..models import DBInstance, DBSnapshot, RdsStore, RdsStores, Tags
from ..postgres.container_host import PostgresHostLostError
from ..postgres.server import PostgresServer, ServerError
from ..resources import ec2_and_kms, instances, master_secret, new_instance, validation
from ..resources.instance_settings import Request, refuse_not_emulated
from ..resources.new_instance import NewInstances
from . import backup_window, snapshot_files, snapshots
from .automated import Backups, retention
from .snapshots import Snapshots

LOG = logging.getLogger(__name__)

#: fields of which a PostgreSQL instance has nothing to say: its databases are those of the source
_IGNORED = ("DBName",)
#: the archived log ends before the moment: then nothing happened between, and all of it leads there
_SHORT = "recovery ended before configured recovery target was reached"

Moment = datetime.datetime


class Restores:
    """The operations that make an instance from another's files."""

    def __init__(
        self, stores: RdsStores, servers: Servers, new: NewInstances, taken: Snapshots, backups: Backups
    ) -> None:
        self._stores, self._servers = stores, servers
        self._new_instances, self._snapshots, self._backups = new, taken, backups

    def from_snapshot(self, scope: Scope, request: Request, tags: Tags) -> DBInstance:
        """Restore a snapshot. Raises the AWS errors of a wrong request before anything is made.

        tags: where none are given, those of the snapshot (as AWS does by what is told of it: not verified).
        """
        if request.get("DBClusterSnapshotIdentifier"):
            raise NotEmulatedError("rds", "RestoreDBInstanceFromDBSnapshot with DBClusterSnapshotIdentifier")
        if not (wanted := request.get("DBSnapshotIdentifier")):
            raise InvalidParameterValue(
                "The parameter DBSnapshotIdentifier must be provided and must not be blank."
            )
        snapshot = snapshots.available(self._stores.of(scope), wanted)

        def lay_out(server: PostgresServer) -> None:
            self._lay_out(snapshot, server)

        def told(_instance: DBInstance) -> None:
            self._servers.events.record(snapshot, event_messages.SNAPSHOT_RESTORED, snapshot.identifier)

        request = _source(snapshot.instance, snapshot.kms_key_id) | _given(request)
        return self._new(
            scope, "RestoreDBInstanceFromDBSnapshot", request, dict(tags or snapshot.tags), lay_out, told
        )

    def to_point_in_time(self, scope: Scope, request: Request, tags: Tags) -> DBInstance:
        """Restore an instance as it was at a moment.

        Raises the AWS errors of a wrong request, and of a moment to which nothing leads.
        The latest restorable time is that of the restore, where the source runs.
        """
        source = self._named(self._stores.of(scope), request)
        until = _moment(request)
        if not retention(source):
            raise PointInTimeRestoreNotEnabled(source.identifier)
        base = self._base(source, until)
        archive = self._backups.archive(source)

        def lay_out(server: PostgresServer) -> None:
            if until is None:
                self._archive_all(source)
            self._lay_out(base, server)
            server.recover_by(archive.restore_command, until)

        def told(instance: DBInstance) -> None:
            names = f"{source.identifier} to {instance.identifier}"
            self._servers.events.record(instance, event_messages.RESTORED, names)

        wanted = _given(request) | {"DBInstanceIdentifier": request["TargetDBInstanceIdentifier"]}
        request = _source(source, source.kms_key_id) | wanted
        return self._new(
            scope, "RestoreDBInstanceToPointInTime", request, tags, lay_out, told, archive.restore_command
        )

    def _new(
        self,
        scope: Scope,
        operation: str,
        request: Request,
        tags: Tags,
        lay_out: Callable[[PostgresServer], None],
        told: Callable[[DBInstance], None],
        restore_command: str | None = None,
    ) -> DBInstance:
        """Make an instance from the files that `lay_out` brings.

        restore_command: with which they are brought to their end where the log is shorter than was asked for.
        """
        store = self._stores.of(scope)
        identifier = validation.identifier(request["DBInstanceIdentifier"])
        if identifier in store.instances:
            raise DBInstanceAlreadyExists
        refuse_not_emulated(operation, request)
        instance = self._new_instances.described_by(scope, store, identifier, request, tags)
        password = None
        if request.get("ManageMasterUserPassword"):
            key = request.get("MasterUserSecretKmsKeyId") or "alias/aws/secretsmanager"
            password = master_secret.create(scope, instance, ec2_and_kms.kms_key_arn(scope, key))
        new_instance.keep(store, scope, instance)

        def restore(server: PostgresServer) -> None:
            lay_out(server)
            try:
                self._servers.restore(server, instance, password)
            except ServerError as error:
                if restore_command is None or _SHORT not in error.output:
                    raise
                server.recover_by(restore_command, None)
                self._servers.restore(server, instance, password)
            self._servers.events.record(instance, event_messages.CREATED)
            told(instance)
            if instance.multi_az:
                self._servers.standbys.make(server, instance)

        self._servers.submit_with_status(instance, "creating", restore, "available")
        return instance

    def _lay_out(self, snapshot: DBSnapshot, server: PostgresServer) -> None:
        data: Path = self._snapshots.files.folder(snapshot) / "data"
        snapshot_files.lay_out(data, server.home)

    # ------------------------------------------------------------------ to a point in time
    def _named(self, store: RdsStore, request: Request) -> DBInstance:
        """Find the source, by whichever name. Raises its NotFound error, InvalidParameterCombination."""
        if identifier := request.get("SourceDBInstanceIdentifier"):
            return instances.get(store, identifier)
        by_id = {one.resource_id: one for one in store.instances.values()}
        if resource_id := request.get("SourceDbiResourceId"):
            if resource_id not in by_id:
                raise DBInstanceNotFound(resource_id)
            return by_id[resource_id]
        if arn := request.get("SourceDBInstanceAutomatedBackupsArn"):
            by_backup = {one.automated_backup_id: one for one in by_id.values()}
            if (backup := arn.rsplit(":", 1)[-1]) not in by_backup:
                raise DBInstanceAutomatedBackupNotFound(arn)
            return by_backup[backup]
        raise InvalidParameterCombination(
            "Either SourceDBInstanceIdentifier, SourceDbiResourceId or SourceDBInstanceAutomatedBackupsArn "
            "must be specified."
        )

    def _base(self, source: DBInstance, until: Moment | None) -> DBSnapshot:
        """Choose the base backup to begin with. Raises InvalidRestoreFault (its messages are not AWS's)."""
        window, bases = self._backups.window(source), self._backups.bases(source)
        if window is None:
            raise InvalidRestoreFault(f"DB instance {source.identifier} has no restorable time yet.")
        first, last = window
        base = backup_window.base_for(bases, until or last)
        if base is None or not first <= (until or last) <= last:
            raise InvalidRestoreFault(
                f"The specified restore time is not between the earliest restorable time {_shown(first)} and "
                f"the latest restorable time {_shown(last)} of DB instance {source.identifier}."
            )
        return base

    def _archive_all(self, source: DBInstance) -> None:
        """Archive what the source has written until now; if it does not run, what is archived has to do."""
        try:
            self._backups.archive_all(self._servers.of(source), source)
        except (psycopg.Error, OSError, PostgresHostLostError) as error:
            LOG.warning("the last of DB instance %s is not restored: %s", source.identifier, error)


def _moment(request: Request) -> Moment | None:
    """RestoreTime; None for the latest one. Raises InvalidParameterCombination."""
    given: Moment | None = request.get("RestoreTime")
    latest = bool(request.get("UseLatestRestorableTime"))
    if bool(given) == latest:
        raise InvalidParameterCombination(
            "Either RestoreTime or UseLatestRestorableTime must be specified, and not both."
        )
    if given and given.tzinfo is None:
        return given.replace(tzinfo=datetime.timezone.utc)
    return given


def _source(instance: DBInstance, kms_key_id: str | None) -> dict[str, Any]:
    """Return what a restored instance has of its source, as a request."""
    key = {"KmsKeyId": kms_key_id, "StorageEncrypted": True} if kms_key_id else {}
    return new_instance.request_of(instance) | key


def _given(request: Request) -> dict[str, Any]:
    return {name: value for name, value in request.items() if value is not None and name not in _IGNORED}


def _shown(moment: Moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
