"""Amazon RDS's operations on DB snapshots and backups; `provider` has the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.aws.api import RequestContext, handler

from ..backup import snapshots
from ..backup.automated import Backups
from ..backup.restores import Restores
from ..backup.snapshots import Snapshots
from ..models import DBInstance, DBSnapshot, RdsStores, Scope
from ..postgres.server import PostgresServer
from ..resources import instances
from ..resources.instances import DBInstances, Request, TakeSnapshot
from . import automated_backups, shapes
from .paging import page

Answer = dict[str, Any]


def scope_of(context: RequestContext) -> Scope:
    return Scope(context.account_id, context.region, context.partition)


class BackupOperations:
    """Mixed into the provider."""

    stores: RdsStores
    instances: DBInstances
    snapshots: Snapshots
    restores: Restores
    backups: Backups

    @handler("CreateDBSnapshot", expand=False)
    def create_db_snapshot(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            created = self.snapshots.create(scope_of(context), request, shapes.tags_of(request.get("Tags")))
            return {"DBSnapshot": shapes.db_snapshot(created)}

    @handler("DescribeDBSnapshots", expand=False)
    def describe_db_snapshots(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            found = snapshots.find(self.stores.of(scope_of(context)), request)
            return page([shapes.db_snapshot(one) for one in found], request, "DBSnapshots")

    @handler("DescribeDBSnapshotAttributes", expand=False)
    def describe_db_snapshot_attributes(self, context: RequestContext, request: Request) -> Answer:
        """A snapshot is shared with nobody: ModifyDBSnapshotAttribute is not emulated."""
        with self.stores.lock:
            found = snapshots.get(self.stores.of(scope_of(context)), request["DBSnapshotIdentifier"])
            attributes = [{"AttributeName": "restore", "AttributeValues": list[str]()}]
            return {
                "DBSnapshotAttributesResult": {
                    "DBSnapshotIdentifier": found.identifier,
                    "DBSnapshotAttributes": attributes,
                }
            }

    @handler("CopyDBSnapshot", expand=False)
    def copy_db_snapshot(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            made = self.snapshots.copy(scope_of(context), request, shapes.tags_of(request.get("Tags")))
            return {"DBSnapshot": shapes.db_snapshot(made)}

    @handler("DeleteDBSnapshot", expand=False)
    def delete_db_snapshot(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            deleted = self.snapshots.delete(scope_of(context), request["DBSnapshotIdentifier"])
            return {"DBSnapshot": shapes.db_snapshot(deleted)}

    @handler("RestoreDBInstanceFromDBSnapshot", expand=False)
    def restore_db_instance_from_db_snapshot(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope, tags = scope_of(context), shapes.tags_of(request.get("Tags"))
            return {"DBInstance": self.shape(scope, self.restores.from_snapshot(scope, request, tags))}

    @handler("RestoreDBInstanceToPointInTime", expand=False)
    def restore_db_instance_to_point_in_time(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope, tags = scope_of(context), shapes.tags_of(request.get("Tags"))
            return {"DBInstance": self.shape(scope, self.restores.to_point_in_time(scope, request, tags))}

    @handler("DescribeDBInstanceAutomatedBackups", expand=False)
    def describe_db_instance_automated_backups(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            found = automated_backups.find(self.stores.of(scope_of(context)), self.backups, request)
            return page(found, request, "DBInstanceAutomatedBackups")

    @handler("StopDBInstance", expand=False)
    def stop_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            instance = instances.available(self.stores.of(scope), request["DBInstanceIdentifier"])
            take = self._before_end(
                scope, instance, request.get("DBSnapshotIdentifier"), self.snapshots.try_take
            )
            return {"DBInstance": self.shape(scope, self.instances.stop(instance, take))}

    @handler("DeleteDBInstance", expand=False)
    def delete_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            instance = self.instances.require_deletable(scope, request)
            take = self._before_end(
                scope, instance, request.get("FinalDBSnapshotIdentifier"), self.snapshots.take
            )
            return {"DBInstance": self.shape(scope, self.instances.delete(scope, instance, take))}

    def shape(self, scope: Scope, instance: DBInstance) -> Answer:
        group = self.stores.of(scope).parameter_groups.get(instance.parameter_group)
        return shapes.db_instance(instance, group)

    def _before_end(
        self,
        scope: Scope,
        instance: DBInstance,
        identifier: str | None,
        take: Callable[[PostgresServer, DBSnapshot], object],
    ) -> TakeSnapshot | None:
        """What makes the snapshot, where one is asked for. Raises the AWS errors of its identifier."""
        if identifier is None:
            return None
        snapshot = self.snapshots.register(scope, instance, identifier, {})
        return lambda server: take(server, snapshot)
