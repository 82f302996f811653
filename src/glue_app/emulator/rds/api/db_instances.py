"""DB instances: created, restored, described, modified, rebooted, stopped, started and deleted.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.html
"""

from __future__ import annotations

from collections.abc import Callable

from localstack.aws.api import RequestContext, handler

from glue_app.emulator.service.scope import Scope

from ..backup.restores import Restores
from ..backup.snapshots import Snapshots
from ..models import DBInstance, DBSnapshot, RdsStores
from ..postgres.server import PostgresServer
from ..resources import instances
from ..resources.instance_settings import Request
from ..resources.instances import DBInstances, TakeSnapshot
from ..resources.modifications import Modifications
from . import shapes
from .paging import page
from .request import Answer, scope_of


class DBInstanceOperations:
    """Mixed into the provider."""

    stores: RdsStores
    instances: DBInstances
    modifications: Modifications
    restores: Restores
    snapshots: Snapshots

    @handler("CreateDBInstance", expand=False)
    def create_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            created = self.instances.create(scope, request, shapes.tags_of(request.get("Tags")))
            return {"DBInstance": self._shape(scope, created)}

    @handler("RestoreDBInstanceFromDBSnapshot", expand=False)
    def restore_db_instance_from_db_snapshot(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope, tags = scope_of(context), shapes.tags_of(request.get("Tags"))
            return {"DBInstance": self._shape(scope, self.restores.from_snapshot(scope, request, tags))}

    @handler("RestoreDBInstanceToPointInTime", expand=False)
    def restore_db_instance_to_point_in_time(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope, tags = scope_of(context), shapes.tags_of(request.get("Tags"))
            return {"DBInstance": self._shape(scope, self.restores.to_point_in_time(scope, request, tags))}

    @handler("DescribeDBInstances", expand=False)
    def describe_db_instances(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            found = instances.find(self.stores.of(scope), request)
            return page([self._shape(scope, one) for one in found], request, "DBInstances")

    @handler("ModifyDBInstance", expand=False)
    def modify_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            return {"DBInstance": self._shape(scope, self.modifications.modify(scope, request))}

    @handler("RebootDBInstance", expand=False)
    def reboot_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope, failover = scope_of(context), bool(request.get("ForceFailover"))
            rebooted = self.instances.reboot(scope, request["DBInstanceIdentifier"], failover)
            return {"DBInstance": self._shape(scope, rebooted)}

    @handler("StopDBInstance", expand=False)
    def stop_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            instance = instances.available(self.stores.of(scope), request["DBInstanceIdentifier"])
            take = self._before_end(
                scope, instance, request.get("DBSnapshotIdentifier"), self.snapshots.try_take
            )
            return {"DBInstance": self._shape(scope, self.instances.stop(instance, take))}

    @handler("StartDBInstance", expand=False)
    def start_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            started = self.instances.start(scope, request["DBInstanceIdentifier"])
            return {"DBInstance": self._shape(scope, started)}

    @handler("DeleteDBInstance", expand=False)
    def delete_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            instance = self.instances.require_deletable(scope, request)
            take = self._before_end(
                scope, instance, request.get("FinalDBSnapshotIdentifier"), self.snapshots.take
            )
            return {"DBInstance": self._shape(scope, self.instances.delete(scope, instance, take))}

    def _shape(self, scope: Scope, instance: DBInstance) -> Answer:
        group = self.stores.of(scope).parameter_groups.get(instance.parameter_group)
        return shapes.db_instance(instance, group)

    def _before_end(
        self,
        scope: Scope,
        instance: DBInstance,
        identifier: str | None,
        take: Callable[[PostgresServer, DBSnapshot], object],
    ) -> TakeSnapshot | None:
        """Register the snapshot that is asked for and return what makes it; None where none is.

        Raises the AWS errors of its identifier.
        """
        if identifier is None:
            return None
        snapshot = self.snapshots.register(scope, instance, identifier, {})
        return lambda server: take(server, snapshot)
