"""Amazon RDS's operations: each is a few lines between the request and the module that knows."""

from __future__ import annotations

from functools import partial

from localstack.aws.api import RequestContext, handler
from localstack.services.plugins import Service, ServiceLifecycleHook

from glue_app.emulator.host import event_bus, health, metrics, reachable
from glue_app.emulator.host.service import register
from glue_app.emulator.host.state import Room, register_room
from glue_app.emulator.settings import Settings, settings
from glue_app.emulator.state import activity, databases

from .api import shapes, tags
from .api.backup_operations import Answer, BackupOperations, scope_of
from .api.paging import filtered, page
from .backup.automated import Backups
from .backup.restores import Restores
from .backup.snapshots import Snapshots
from .engine import parameters, versions
from .events import event_log
from .fleet import listeners
from .fleet.metrics import Metrics
from .fleet.monitor import Monitor
from .fleet.servers import Servers
from .models import DBParameterGroup, RdsStore, RdsStores
from .operations import MOTO_OPERATIONS
from .persistence import KeptDatabases
from .postgres.processes import end_left_behind
from .resources import instances, parameter_groups, subnet_groups
from .resources.instances import DBInstances, Request
from .resources.modifications import Modifications

#: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBParameters.html
_OF_PARAMETERS = {"parameter-name": lambda one: str(one["ParameterName"])}
#: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html
_OF_VERSIONS = {
    "db-parameter-group-family": lambda one: str(one["DBParameterGroupFamily"]),
    "engine": lambda one: str(one["Engine"]),
    "engine-mode": lambda _one: "provisioned",
    "engine-version": lambda one: str(one["EngineVersion"]),
    "status": lambda one: str(one["Status"]),
}


class RdsProvider(BackupOperations, ServiceLifecycleHook):  # type: ignore[misc]  # LocalStack carries no types
    """The stores of all accounts, and the servers."""

    service = "rds"

    def __init__(self, config: Settings) -> None:
        self.config = config
        self.stores = RdsStores()
        self.servers = Servers(config, self.stores, partial(event_bus.put, self.service))
        self.snapshots = Snapshots(config, self.stores, self.servers)
        self.backups = Backups(config, self.stores, self.servers, self.snapshots)
        self.instances = DBInstances(config, self.stores, self.servers, self.backups.discard)
        self.modifications = Modifications(config, self.stores, self.servers, self.backups.switch)
        self.restores = Restores(self.stores, self.servers, self.instances, self.snapshots, self.backups)
        self.kept = KeptDatabases(config, self.stores, self.servers, self.snapshots, self.backups)
        self.monitor = Monitor(self.servers, self.stores)
        self.metrics = Metrics(self.servers, self.stores, metrics.put, config.rds_metrics_s)

    def on_after_init(self) -> None:
        end_left_behind(self.config.state)
        health.register_check("rds", self.servers.check)
        reachable.register("rds", partial(listeners.find, self.stores, self.servers.network))
        register_room(Room("rds", self.stores, self.kept.after_restore))
        databases.register(self.kept)
        activity.register("rds", self.kept.fingerprint)
        self.monitor.start()
        self.metrics.start()
        self.backups.start()

    def on_before_stop(self) -> None:
        self.backups.stop()
        self.metrics.stop()
        self.monitor.stop()
        self.servers.stop_all()

    # ------------------------------------------------------------------ instances
    @handler("CreateDBInstance", expand=False)
    def create_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            created = self.instances.create(scope, request, shapes.tags_of(request.get("Tags")))
            return {"DBInstance": self.shape(scope, created)}

    @handler("DescribeDBInstances", expand=False)
    def describe_db_instances(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            found = instances.find(self.stores.of(scope), request)
            return page([self.shape(scope, one) for one in found], request, "DBInstances")

    @handler("ModifyDBInstance", expand=False)
    def modify_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            return {"DBInstance": self.shape(scope, self.modifications.modify(scope, request))}

    @handler("RebootDBInstance", expand=False)
    def reboot_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope, failover = scope_of(context), bool(request.get("ForceFailover"))
            rebooted = self.instances.reboot(scope, request["DBInstanceIdentifier"], failover)
            return {"DBInstance": self.shape(scope, rebooted)}

    @handler("StartDBInstance", expand=False)
    def start_db_instance(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            started = self.instances.start(scope, request["DBInstanceIdentifier"])
            return {"DBInstance": self.shape(scope, started)}

    # ------------------------------------------------------------------ parameter groups
    @handler("CreateDBParameterGroup", expand=False)
    def create_db_parameter_group(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            new_tags = shapes.tags_of(request.get("Tags"))
            group = parameter_groups.create(self.stores.of(scope), scope, request, new_tags)
            return {"DBParameterGroup": shapes.db_parameter_group(group)}

    @handler("DescribeDBParameterGroups", expand=False)
    def describe_db_parameter_groups(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            store = self.stores.of(scope)
            name = request.get("DBParameterGroupName")
            groups = (
                [parameter_groups.get(store, scope, name)] if name else list(store.parameter_groups.values())
            )
            shown = [shapes.db_parameter_group(group) for group in filtered(groups, request, {})]
            return page(shown, request, "DBParameterGroups")

    @handler("ModifyDBParameterGroup", expand=False)
    def modify_db_parameter_group(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            store, group = self._group(context, request)
            at_once = parameter_groups.set_values(group, self.config.postgres_bin, request["Parameters"])
            self._take_over(store, group, at_once)
            return {"DBParameterGroupName": group.name}

    @handler("ResetDBParameterGroup", expand=False)
    def reset_db_parameter_group(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            store, group = self._group(context, request)
            at_once = parameter_groups.reset_values(
                group,
                self.config.postgres_bin,
                request.get("Parameters") or [],
                everything=bool(request.get("ResetAllParameters")) or not request.get("Parameters"),
            )
            self._take_over(store, group, at_once)
            return {"DBParameterGroupName": group.name}

    @handler("DescribeDBParameters", expand=False)
    def describe_db_parameters(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            _store, group = self._group(context, request)
            found = parameter_groups.describe_parameters(
                group, self.config.postgres_bin, request.get("Source")
            )
            return page(filtered(found, request, _OF_PARAMETERS), request, "Parameters")

    @handler("DescribeEngineDefaultParameters", expand=False)
    def describe_engine_default_parameters(self, context: RequestContext, request: Request) -> Answer:
        family = request["DBParameterGroupFamily"]
        versions.require_family(family)
        known = parameters.catalog(self.config.postgres_bin, family).values()
        every = [parameter_groups.parameter_shape(parameter, None) for parameter in known]
        found = filtered(every, request, _OF_PARAMETERS)
        return {"EngineDefaults": {"DBParameterGroupFamily": family, **page(found, request, "Parameters")}}

    @handler("DeleteDBParameterGroup", expand=False)
    def delete_db_parameter_group(self, context: RequestContext, request: Request) -> None:
        with self.stores.lock:
            scope = scope_of(context)
            parameter_groups.delete(self.stores.of(scope), scope, request["DBParameterGroupName"])

    # ------------------------------------------------------------------ subnet groups
    @handler("CreateDBSubnetGroup", expand=False)
    def create_db_subnet_group(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            new_tags = shapes.tags_of(request.get("Tags"))
            group = subnet_groups.create(self.stores.of(scope), scope, request, new_tags)
            return {"DBSubnetGroup": shapes.db_subnet_group(group)}

    @handler("DescribeDBSubnetGroups", expand=False)
    def describe_db_subnet_groups(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            store, name = self.stores.of(scope_of(context)), request.get("DBSubnetGroupName")
            groups = [subnet_groups.get(store, name)] if name else list(store.subnet_groups.values())
            shown = [shapes.db_subnet_group(group) for group in filtered(groups, request, {})]
            return page(shown, request, "DBSubnetGroups")

    @handler("ModifyDBSubnetGroup", expand=False)
    def modify_db_subnet_group(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            group = subnet_groups.modify(self.stores.of(scope), scope, request)
            return {"DBSubnetGroup": shapes.db_subnet_group(group)}

    @handler("DeleteDBSubnetGroup", expand=False)
    def delete_db_subnet_group(self, context: RequestContext, request: Request) -> None:
        with self.stores.lock:
            subnet_groups.delete(self.stores.of(scope_of(context)), request["DBSubnetGroupName"])

    # ------------------------------------------------------------------ tags
    @handler("ListTagsForResource", expand=False)
    def list_tags_for_resource(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            found = tags.of_resource(self.stores.of(scope), scope, request["ResourceName"])
            return {"TagList": filtered(shapes.tag_list(found), request, {})}

    @handler("AddTagsToResource", expand=False)
    def add_tags_to_resource(self, context: RequestContext, request: Request) -> None:
        with self.stores.lock:
            scope, added = scope_of(context), shapes.tags_of(request["Tags"])
            tags.of_resource(self.stores.of(scope), scope, request["ResourceName"]).update(added)

    @handler("RemoveTagsFromResource", expand=False)
    def remove_tags_from_resource(self, context: RequestContext, request: Request) -> None:
        with self.stores.lock:
            scope = scope_of(context)
            found = tags.of_resource(self.stores.of(scope), scope, request["ResourceName"])
            for key in request["TagKeys"]:
                found.pop(key, None)

    # ------------------------------------------------------------------ what there is
    @handler("DescribeDBEngineVersions", expand=False)
    def describe_db_engine_versions(self, context: RequestContext, request: Request) -> Answer:
        found = versions.find_versions(
            request.get("Engine"),
            request.get("EngineVersion"),
            request.get("DBParameterGroupFamily"),
            default_only=bool(request.get("DefaultOnly")),
        )
        shown = filtered([shapes.engine_version(version) for version in found], request, _OF_VERSIONS)
        return page(shown, request, "DBEngineVersions")

    @handler("DescribeCertificates", expand=False)
    def describe_certificates(self, context: RequestContext, request: Request) -> Answer:
        certificate = shapes.certificate(self.servers.primaries.authority.certificate, scope_of(context))
        wanted = request.get("CertificateIdentifier")
        found = [certificate] if wanted in (None, certificate["CertificateIdentifier"]) else []
        return page(filtered(found, request, {}), request, "Certificates")

    # ------------------------------------------------------------------ events
    @handler("DescribeEvents", expand=False)
    def describe_events(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            found = event_log.find(self.stores.of(scope_of(context)), request)
            shown = [event_log.shape(event) for event in filtered(found, request, {})]
            return page(shown, request, "Events")

    @handler("DescribeEventCategories", expand=False)
    def describe_event_categories(self, _context: RequestContext, request: Request) -> Answer:
        found = event_log.categories(request.get("SourceType"))
        return {"EventCategoriesMapList": filtered(found, request, {})}

    # ------------------------------------------------------------------
    def _group(self, context: RequestContext, request: Request) -> tuple[RdsStore, DBParameterGroup]:
        scope = scope_of(context)
        store = self.stores.of(scope)
        return store, parameter_groups.get(store, scope, request["DBParameterGroupName"])

    def _take_over(self, store: RdsStore, group: DBParameterGroup, names: list[str]) -> None:
        """Values that count at once reach the servers of all instances in the group."""
        for instance in store.instances.values():
            if instance.parameter_group == group.name and names:
                self.servers.apply_parameters(instance, group, names)


def rds_service() -> Service:
    """The service LocalStack serves under `rds`."""
    return register(RdsProvider(settings()), MOTO_OPERATIONS)
