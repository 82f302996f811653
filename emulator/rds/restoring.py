"""New DB instances from DB snapshots.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html
"""

from __future__ import annotations

from typing import Any

from emulator.host.service import NotEmulatedError

from . import event_messages, instances, master_secret, neighbours, snapshot_files, snapshots, validation
from .exceptions import DBInstanceAlreadyExists, InvalidParameterValue
from .instances import DBInstances, Request
from .models import DBInstance, RdsStores, Scope, Tags
from .server import PostgresServer
from .servers import Servers
from .snapshots import Snapshots

#: fields of which a PostgreSQL instance has nothing to say: its databases are those of the source
_IGNORED = ("DBName",)


class Restores:
    """The operations that make an instance from another's files."""

    def __init__(self, stores: RdsStores, servers: Servers, made: DBInstances, available: Snapshots) -> None:
        self._stores, self._servers = stores, servers
        self._instances, self._snapshots = made, available

    def from_snapshot(self, scope: Scope, request: Request, tags: Tags) -> DBInstance:
        """Raises the AWS errors of a wrong request before anything is made.

        tags: where none are given, those of the snapshot (as AWS does by what is told of it: not verified).
        """
        if request.get("DBClusterSnapshotIdentifier"):
            raise NotEmulatedError("rds", "RestoreDBInstanceFromDBSnapshot with DBClusterSnapshotIdentifier")
        if not (wanted := request.get("DBSnapshotIdentifier")):
            raise InvalidParameterValue(
                "The parameter DBSnapshotIdentifier must be provided and must not be blank."
            )
        snapshot = snapshots.available(self._stores.of(scope), wanted)
        source = instances.request_of(snapshot.instance)
        if snapshot.kms_key_id:
            source |= {"KmsKeyId": snapshot.kms_key_id, "StorageEncrypted": True}
        request = {"DBInstanceIdentifier": "", **source, **_given(request)}
        instance, password = self._new(scope, request, dict(tags or snapshot.tags))

        def restore(server: PostgresServer) -> None:
            snapshot_files.lay_out(self._snapshots.files.folder(snapshot) / "data", server.home)
            self._servers.restore(server, instance, password)
            self._servers.events.tell(instance, event_messages.CREATED)
            self._servers.events.tell(snapshot, event_messages.SNAPSHOT_RESTORED, snapshot.identifier)
            if instance.multi_az:
                self._servers.standbys.make(server, instance)

        self._servers.work(instance, "creating", restore, "available")
        return instance

    def _new(self, scope: Scope, request: Request, tags: Tags) -> tuple[DBInstance, str | None]:
        """The instance, and the master user's new password: None where it stays the source's."""
        store = self._stores.of(scope)
        identifier = validation.identifier(request["DBInstanceIdentifier"])
        if identifier in store.instances:
            raise DBInstanceAlreadyExists
        instances.refuse_not_emulated("RestoreDBInstanceFromDBSnapshot", request)
        instance = self._instances.described_by(scope, store, identifier, request, tags)
        password = None
        if request.get("ManageMasterUserPassword"):
            key = request.get("MasterUserSecretKmsKeyId") or "alias/aws/secretsmanager"
            password = master_secret.create(scope, instance, neighbours.kms_key_arn(scope, key))
        store.instances[identifier] = instance
        return instance, password


def _given(request: Request) -> dict[str, Any]:
    return {name: value for name, value in request.items() if value is not None and name not in _IGNORED}
