"""DB snapshots: made, found, copied and deleted. Restoring from them: `restores`.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CreateSnapshot.html
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterable

from glue_app.emulator.host.service import NotEmulatedError
from glue_app.emulator.service.clock import now
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings

from ..engine import versions
from ..events import event_messages
from ..events.event_log import scope_of
from ..exceptions import (
    DBSnapshotAlreadyExists,
    DBSnapshotNotFound,
    InvalidDBInstanceState,
    InvalidDBSnapshotState,
)
from ..fleet.servers import Servers
from ..models import DBInstance, DBSnapshot, RdsStore, RdsStores, Tags
from ..postgres import base_backup
from ..postgres.server import PostgresServer
from ..resources import ec2_and_kms, instances, validation
from ..resources.filters import filtered
from ..resources.instance_settings import Request
from . import snapshot_files
from .snapshot_files import SnapshotFiles

LOG = logging.getLogger(__name__)

#: a snapshot in one of these is not being made
_SETTLED = ("available", "failed")


class Snapshots:
    """The operations on snapshots. Has no state of its own."""

    def __init__(self, config: Settings, stores: RdsStores, servers: Servers) -> None:
        self._config = config
        self._stores = stores
        self._servers = servers
        self.files = SnapshotFiles(config.state / "rds")

    def create(self, scope: Scope, request: Request, tags: Tags) -> DBSnapshot:
        """Have a snapshot made. Raises the AWS errors of a wrong request before anything is made."""
        store = self._stores.of(scope)
        instance = instances.get(store, request["DBInstanceIdentifier"])
        snapshot = self.register(scope, instance, request["DBSnapshotIdentifier"], tags)
        self._servers.submit_with_status(
            instance, "backing-up", lambda server: self.try_take(server, snapshot), "available"
        )
        return snapshot

    def register(self, scope: Scope, instance: DBInstance, identifier: str, tags: Tags) -> DBSnapshot:
        """Register a snapshot that `take` is to make.

        Raises the AWS errors of its identifier, InvalidDBInstanceState.
        tags: where there are none, the instance's own if it has CopyTagsToSnapshot.
        """
        store = self._stores.of(scope)
        name = new_identifier(store, identifier, "DBSnapshotIdentifier")
        if instance.status != "available":
            raise InvalidDBInstanceState.no_snapshot(instance.identifier)
        return self._register(scope, instance, name, tags, "manual")

    def _register(
        self, scope: Scope, instance: DBInstance, name: str, tags: Tags, snapshot_type: str
    ) -> DBSnapshot:
        inherited = instance.tags if instance.settings["CopyTagsToSnapshot"] else {}
        snapshot = DBSnapshot(
            identifier=name,
            arn=scope.arn("rds", f"snapshot:{name}"),
            files=snapshot_files.new_name(),
            instance=copy.deepcopy(instance),
            snapshot_type=snapshot_type,
            kms_key_id=instance.kms_key_id,
            tags=dict(tags or inherited),
        )
        self._stores.of(scope).snapshots[name] = snapshot
        return snapshot

    def take(self, server: PostgresServer, snapshot: DBSnapshot) -> None:
        """Make its files, of the server's moment; under the instance's lock.

        Raises what `copying.copy` does; the snapshot is `failed` then, and the instance as it was.
        """
        self._servers.events.record(snapshot, event_messages.CREATING_SNAPSHOT[snapshot.snapshot_type])
        endpoint = self._servers.network.listening(snapshot.instance.endpoint)
        self._make(snapshot, lambda: base_backup.copy(server, endpoint, self.files.begin(snapshot)))

    def try_take(self, server: PostgresServer, snapshot: DBSnapshot) -> bool:
        """Do as `take` where nothing depends on it; return whether it is made, as the status says, too."""
        try:
            self.take(server, snapshot)
        except Exception:
            LOG.exception("making DB snapshot %s", snapshot.identifier)
            return False
        return True

    def register_automated(self, instance: DBInstance) -> DBSnapshot:
        """Register the automated snapshot of now, which `take` is to make."""
        scope = scope_of(instance.arn)
        with self._stores.lock:
            store, name = self._stores.of(scope), f"rds:{instance.identifier}-{now():%Y-%m-%d-%H-%M}"
            while name in store.snapshots:  # of an instance of the same name, or after a failure
                name += "-1"
            return self._register(scope, instance, name, {}, "automated")

    def forget(self, snapshots: Iterable[DBSnapshot]) -> None:
        """Remove these snapshots; the caller has the stores' lock."""
        for snapshot in snapshots:
            self._stores.of(scope_of(snapshot.arn)).snapshots.pop(snapshot.identifier, None)
            if not self._config.keep_state:  # a save may bring it back: the saver removes the files
                self.files.remove(snapshot.files)

    def copy(self, scope: Scope, request: Request, tags: Tags) -> DBSnapshot:
        """Within the region. Raises the AWS errors of a wrong request, NotEmulatedError across regions."""
        store = self._stores.of(scope)
        source = self._source(scope, request["SourceDBSnapshotIdentifier"])
        for field in ("OptionGroupName", "TargetCustomAvailabilityZone", "SnapshotAvailabilityZone"):
            if request.get(field):
                raise NotEmulatedError("rds", f"CopyDBSnapshot with {field}")
        if (source_region := request.get("SourceRegion")) not in (None, scope.region):
            raise NotEmulatedError("rds", f"CopyDBSnapshot from region {source_region}")
        name = new_identifier(store, request["TargetDBSnapshotIdentifier"], "TargetDBSnapshotIdentifier")
        key = request.get("KmsKeyId")
        made = DBSnapshot(
            identifier=name,
            arn=scope.arn("rds", f"snapshot:{name}"),
            files=snapshot_files.new_name(),
            instance=copy.deepcopy(source.instance),
            original_created_at=source.original_created_at,
            source_arn=source.arn,
            kms_key_id=ec2_and_kms.kms_key_arn(scope, key) if key else source.kms_key_id,
            tags=dict(tags or (source.tags if request.get("CopyTags") else {})),
        )
        store.snapshots[name] = made
        self._servers.submit(lambda: self._copy(source, made))
        return made

    def delete(self, scope: Scope, identifier: str) -> DBSnapshot:
        """Delete a snapshot.

        Raises DBSnapshotNotFound; InvalidDBSnapshotState for an automated one, or while it is made.
        """
        store = self._stores.of(scope)
        snapshot = get(store, identifier)
        if snapshot.snapshot_type == "automated":
            raise InvalidDBSnapshotState("automated snapshots cannot be deleted.")
        if snapshot.status not in _SETTLED:
            raise InvalidDBSnapshotState.not_available(snapshot.identifier)
        del store.snapshots[snapshot.identifier]
        snapshot.status = "deleted"
        if not self._config.keep_state:  # a save may bring it back: the saver removes the files
            self._servers.submit(lambda: self.files.remove(snapshot.files))
        self._servers.events.record(snapshot, event_messages.SNAPSHOT_DELETED)
        return snapshot

    def settle(self, snapshot: DBSnapshot) -> None:
        """After a restore of the stores: let the status say what files there are."""
        whole = self.files.whole(snapshot)
        if snapshot.status == "available" and not whole:
            LOG.error("the files of DB snapshot %s are gone", snapshot.identifier)
            snapshot.status = "failed"
        elif snapshot.status not in _SETTLED:
            self._end(snapshot, "available" if whole else "failed")

    def _source(self, scope: Scope, identifier: str) -> DBSnapshot:
        """By name or ARN. Raises DBSnapshotNotFound, InvalidDBSnapshotState."""
        parts = identifier.split(":", 6)
        if parts[0] == "arn" and len(parts) == 7 and parts[3] != scope.region:
            raise NotEmulatedError("rds", "CopyDBSnapshot from another region")
        return available(self._stores.of(scope), identifier)

    def _copy(self, source: DBSnapshot, target: DBSnapshot) -> None:
        try:
            self._make(target, lambda: self.files.copy(source, target))
        except OSError:
            LOG.exception("copying DB snapshot %s", source.identifier)

    def _make(self, snapshot: DBSnapshot, make: Callable[[], None]) -> None:
        try:
            make()
        except BaseException:
            self._end(snapshot, "failed")
            raise
        self._end(snapshot, "available")
        self._servers.events.record(snapshot, event_messages.SNAPSHOT_CREATED[snapshot.snapshot_type])

    def _end(self, snapshot: DBSnapshot, status: str) -> None:
        with self._stores.lock:
            snapshot.status, snapshot.created_at = status, snapshot.created_at or now()
            snapshot.original_created_at = snapshot.original_created_at or snapshot.created_at


def get(store: RdsStore, identifier: str) -> DBSnapshot:
    """Find a snapshot by identifier or ARN. Raises DBSnapshotNotFound."""
    parts = identifier.split(":", 6)
    name = parts[6] if parts[0] == "arn" and len(parts) == 7 else identifier
    try:
        return store.snapshots[name.lower()]
    except KeyError:
        raise DBSnapshotNotFound(name.lower()) from None


def available(store: RdsStore, identifier: str) -> DBSnapshot:
    """Find a snapshot that is available. Raises DBSnapshotNotFound, InvalidDBSnapshotState."""
    snapshot = get(store, identifier)
    if snapshot.status != "available":
        raise InvalidDBSnapshotState.not_available(snapshot.identifier)
    return snapshot


def new_identifier(store: RdsStore, value: str, parameter: str) -> str:
    """Check a new snapshot's identifier and return it as RDS keeps it.

    Raises InvalidParameterValue, DBSnapshotAlreadyExists.
    """
    name = validation.identifier(value, parameter, longest=255)
    if name in store.snapshots:
        raise DBSnapshotAlreadyExists(name)
    return name


def find(store: RdsStore, request: Request) -> list[DBSnapshot]:
    """List the snapshots DescribeDBSnapshots names. Raises DBSnapshotNotFound, InvalidParameterValue.

    Nobody shares snapshots here: of the types `shared` and `public` there is none.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshots.html
    """
    attributes: dict[str, Callable[[DBSnapshot], tuple[str, ...]]] = {
        "db-instance-id": lambda one: (one.instance.identifier, one.instance.arn),
        "db-snapshot-id": lambda one: (one.identifier, one.arn),
        "dbi-resource-id": lambda one: (one.instance.resource_id,),
        "snapshot-type": lambda one: (one.snapshot_type,),
        "engine": lambda _one: (versions.ENGINE,),
    }
    found = list(store.snapshots.values())
    if identifier := request.get("DBSnapshotIdentifier"):
        found = [get(store, identifier)]
    wanted = list(request.get("Filters") or [])
    for field, name in (
        ("DBInstanceIdentifier", "db-instance-id"),
        ("DbiResourceId", "dbi-resource-id"),
        ("SnapshotType", "snapshot-type"),
    ):
        if value := request.get(field):
            named = value.lower() if field == "DBInstanceIdentifier" else value
            wanted.append({"Name": name, "Values": [named]})
    return filtered(found, {"Filters": wanted}, attributes)
