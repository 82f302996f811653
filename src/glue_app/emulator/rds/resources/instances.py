"""DB instances: made, found, started, stopped, rebooted and deleted.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""

from __future__ import annotations

import copy
import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any

from glue_app.emulator.host.service import NotEmulatedError
from glue_app.emulator.settings import Settings

from ..api import shapes
from ..engine import versions
from ..events import event_messages
from ..exceptions import (
    DBInstanceAlreadyExists,
    DBInstanceNotFound,
    InvalidDBInstanceState,
    InvalidParameterCombination,
    InvalidParameterValue,
)
from ..fleet import recovery
from ..fleet.servers import Servers
from ..iam import authentication
from ..models import DBInstance, RdsStore, RdsStores, Scope, Tags
from ..postgres.server import PostgresServer
from . import ec2_and_kms, master_secret, parameter_groups, subnet_groups, validation

Request = Mapping[str, Any]
TakeSnapshot = Callable[[PostgresServer], object]

#: request field → answered field, where the names differ
RENAMED = {
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
    "EnableCustomerOwnedIp": "CustomerOwnedIpEnabled",
}
#: fields that are kept and answered, no more
KEPT = (
    *(name for name in shapes.DEFAULT_SETTINGS if name not in RENAMED.values()),
    "Iops",
    "MaxAllocatedStorage",
    "MonitoringRoleArn",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
    "StorageThroughput",
)
#: fields whose effect would be missed
_NOT_EMULATED = (
    "AdditionalStorageVolumes",
    "CharacterSetName",
    "CustomIamInstanceProfile",
    "DBClusterIdentifier",
    "DBSecurityGroups",
    "Domain",
    "DomainFqdn",
    "MultiTenant",
    "ProcessorFeatures",
    "TdeCredentialArn",
    "Timezone",
)


class DBInstances:
    """The operations on instances that change what servers there are."""

    def __init__(
        self,
        config: Settings,
        stores: RdsStores,
        servers: Servers,
        discard_backups: Callable[[DBInstance], None],
    ) -> None:
        self._config = config
        self._stores = stores
        self._servers = servers
        self._discard_backups = discard_backups

    def create(self, scope: Scope, request: Request, tags: Tags) -> DBInstance:
        """Raises the AWS errors of a wrong request before anything is made."""
        store = self._stores.of(scope)
        identifier = validation.identifier(request["DBInstanceIdentifier"])
        if identifier in store.instances:
            raise DBInstanceAlreadyExists
        refuse_not_emulated("CreateDBInstance", request)
        password = given_password(request)
        instance = self.described_by(scope, store, identifier, request, tags)
        if password is None:
            key = request.get("MasterUserSecretKmsKeyId") or "alias/aws/secretsmanager"
            password = master_secret.create(scope, instance, ec2_and_kms.kms_key_arn(scope, key))
        keep(store, scope, instance)

        def make(server: PostgresServer) -> None:
            self._servers.create(server, instance, password)
            self._servers.events.record(instance, event_messages.CREATED)
            if instance.multi_az:
                self._servers.standbys.make(server, instance)

        self._servers.submit_with_status(instance, "creating", make, "available")
        return instance

    def reboot(self, scope: Scope, identifier: str, force_failover: bool) -> DBInstance:
        """Restart primary and standby with their parameter group's values of now, or fail over."""
        store = self._stores.of(scope)
        instance = available(store, identifier)
        if force_failover and not instance.multi_az:
            raise InvalidParameterCombination(
                "Cannot specify ForceFailover when the instance is not Multi-AZ."
            )
        group = parameter_groups.get(store, scope, instance.parameter_group)

        def restart(server: PostgresServer) -> None:
            instance.applied_parameters = dict(group.values)
            self._servers.events.record(instance, event_messages.SHUTDOWN)
            self._servers.restart(server, instance)
            self._servers.events.record(instance, event_messages.RESTARTED)

        def fail_over(server: PostgresServer) -> None:
            if not server.home.standby.in_sync:
                self._servers.standbys.make(server, instance)
            instance.applied_parameters = dict(group.values)
            recovery.fail_over(self._servers, server, instance)

        self._servers.submit_with_status(
            instance, "rebooting", fail_over if force_failover else restart, "available"
        )
        return instance

    def stop(self, instance: DBInstance, snapshot: TakeSnapshot | None = None) -> DBInstance:
        """snapshot: makes one of the server before it stops. The instance is available."""

        def end(server: PostgresServer) -> None:
            if snapshot:
                snapshot(server)
            self._servers.stop(server, instance)
            self._servers.events.record(instance, event_messages.SHUTDOWN)
            self._servers.events.record(instance, event_messages.STOPPED)

        self._servers.submit_with_status(instance, "stopping", end, "stopped")
        return instance

    def start(self, scope: Scope, identifier: str) -> DBInstance:
        instance = get(self._stores.of(scope), identifier)
        if instance.status != "stopped":
            raise InvalidDBInstanceState(
                f"Instance {identifier} is not stopped, therefore cannot be started."
            )

        def begin(server: PostgresServer) -> None:
            self._servers.start(server, instance)
            self._servers.events.record(instance, event_messages.STARTED)

        self._servers.submit_with_status(instance, "starting", begin, "available")
        return instance

    def require_deletable(self, scope: Scope, request: Request) -> DBInstance:
        """Raises the AWS errors of protection and of the final snapshot's rules."""
        instance = get(self._stores.of(scope), request["DBInstanceIdentifier"])
        skip, snapshot = request.get("SkipFinalSnapshot"), request.get("FinalDBSnapshotIdentifier")
        if instance.status == "deleting":
            raise InvalidDBInstanceState(f"Instance {instance.identifier} is already being deleted.")
        if instance.deletion_protection:
            raise InvalidParameterCombination(
                "Cannot delete protected DB Instance, please disable deletion protection and try again."
            )
        if skip and snapshot:
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true."
            )
        if not skip and not snapshot:
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            )
        return instance

    def delete(self, scope: Scope, instance: DBInstance, snapshot: TakeSnapshot | None = None) -> DBInstance:
        """snapshot: makes the final one, without which the instance stays."""
        store = self._stores.of(scope)

        def destroy(server: PostgresServer) -> None:
            if snapshot:
                snapshot(server)
            if self._config.keep_state:  # a save may bring the instance back: the saver removes the files
                self._servers.stop(server, instance)
            else:
                self._servers.destroy(server)
            self._servers.events.record(instance, event_messages.DELETED)
            self._discard_backups(instance)
            with self._stores.lock:
                master_secret.delete(scope, instance)
                store.instances.pop(instance.identifier, None)

        self._servers.submit_with_status(instance, "deleting", destroy, "deleted")
        return instance

    def described_by(
        self, scope: Scope, store: RdsStore, identifier: str, request: Request, tags: Tags
    ) -> DBInstance:
        """The instance a request describes; nothing is made yet."""
        versions.require_postgres(request.get("Engine"))
        authentication.require_support(self._config, "CreateDBInstance", request)
        version = versions.resolve_version(request.get("EngineVersion"))
        versions.require_class(request["DBInstanceClass"], version)
        settings = kept_settings(request)
        storage_type = request.get("StorageType") or ("io1" if request.get("Iops") else "gp2")
        subnet_group = subnet_groups.for_instance(store, scope, request.get("DBSubnetGroupName"))
        group = parameter_groups.for_instance(store, scope, request.get("DBParameterGroupName"), version)
        zone, secondary = _zones(subnet_group.zones, request)
        port = validation.port(request.get("Port") or 5432)
        instance = DBInstance(
            identifier=identifier,
            resource_id="db-" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(26)),
            arn=scope.arn("db", identifier),
            engine_version=version,
            instance_class=request["DBInstanceClass"],
            allocated_storage=validation.storage(
                request.get("AllocatedStorage"), storage_type, request.get("MaxAllocatedStorage")
            ),
            master_username=validation.master_username(request.get("MasterUsername")),
            db_name=validation.db_name(request.get("DBName")),
            endpoint=self._servers.network.allocate(
                port, [other.endpoint for other in self._stores.all_instances()]
            ),
            availability_zone=zone,
            secondary_availability_zone=secondary,
            multi_az=bool(request.get("MultiAZ")),
            subnet_group=subnet_group,
            security_group_ids=ec2_and_kms.security_groups(
                scope, request.get("VpcSecurityGroupIds") or [], subnet_group.vpc_id
            ),
            parameter_group=group.name,
            applied_parameters=dict(group.values),
            deletion_protection=bool(request.get("DeletionProtection")),
            storage_type=storage_type,
            settings=settings,
            tags=tags,
        )
        _with_keys(scope, instance, request)
        if storage_type == "gp3":
            large = instance.allocated_storage >= 400
            settings.setdefault("Iops", 12000 if large else 3000)
            settings.setdefault("StorageThroughput", 500 if large else 125)
        return instance


def get(store: RdsStore, identifier: str) -> DBInstance:
    """An instance by identifier or ARN. Raises DBInstanceNotFound."""
    try:
        return store.instances[identifier.rsplit(":", 1)[-1].lower()]
    except KeyError:
        raise DBInstanceNotFound(identifier) from None


def keep(store: RdsStore, scope: Scope, instance: DBInstance) -> None:
    """Put a new instance there, and AWS's own default groups where it is the first that has them."""
    parameter_groups.keep(store, parameter_groups.get(store, scope, instance.parameter_group))
    store.subnet_groups.setdefault(instance.subnet_group.name, instance.subnet_group)
    store.instances[instance.identifier] = instance


def available(store: RdsStore, identifier: str) -> DBInstance:
    """Raises DBInstanceNotFound, InvalidDBInstanceState."""
    instance = get(store, identifier)
    if instance.status != "available":
        raise InvalidDBInstanceState.not_available(instance.identifier)
    return instance


def find(store: RdsStore, request: Request) -> list[DBInstance]:
    """The instances DescribeDBInstances names. Raises DBInstanceNotFound, InvalidParameterValue."""
    found = list(store.instances.values())
    if identifier := request.get("DBInstanceIdentifier"):
        found = [get(store, identifier)]
    attributes: dict[str, Callable[[DBInstance], tuple[str, ...]]] = {
        "db-instance-id": lambda one: (one.identifier, one.arn),
        "dbi-resource-id": lambda one: (one.resource_id,),
        "engine": lambda _one: (versions.ENGINE,),
        "db-cluster-id": lambda _one: (),
        "domain": lambda _one: (),
    }
    for wanted in request.get("Filters") or []:
        if wanted["Name"] not in attributes:
            raise InvalidParameterValue(f"Unrecognized filter name: {wanted['Name']}")
        attribute = attributes[wanted["Name"]]
        found = [one for one in found if set(attribute(one)) & set(wanted["Values"])]
    return found


def refuse_not_emulated(operation: str, request: Request) -> None:
    """Raises NotEmulatedError for a field whose effect would be missed."""
    for name in _NOT_EMULATED:
        if request.get(name):
            raise NotEmulatedError("rds", f"{operation} with {name}")
    if not str(request.get("OptionGroupName") or "default:postgres").startswith("default:postgres"):
        raise NotEmulatedError("rds", f"{operation} with OptionGroupName")


def request_of(instance: DBInstance) -> dict[str, Any]:
    """The CreateDBInstance request that restoring begins with: what a new instance takes from the source.

    Its groups, its second zone and its protection it does not.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
    """
    given = {answered: name for name, answered in RENAMED.items()}
    settings = {given.get(name, name): value for name, value in instance.settings.items()}
    if instance.storage_type == "gp3":  # they follow from the size
        settings = {name: settings[name] for name in settings if name not in ("Iops", "StorageThroughput")}
    return copy.deepcopy(settings) | {
        "Engine": versions.ENGINE,
        "EngineVersion": instance.engine_version,
        "DBInstanceClass": instance.instance_class,
        "AllocatedStorage": instance.allocated_storage,
        "StorageType": instance.storage_type,
        "MasterUsername": instance.master_username,
        "DBName": instance.db_name,
        "Port": instance.endpoint.port,
        "KmsKeyId": instance.kms_key_id,
    }


def kept_settings(request: Request) -> dict[str, Any]:
    """The settings of a new instance: what the request gives over RDS's defaults."""
    given = {name: request[name] for name in KEPT if request.get(name) is not None}
    given |= {answered: request[name] for name, answered in RENAMED.items() if request.get(name) is not None}
    settings = {**shapes.DEFAULT_SETTINGS, **given}
    validation.backup_retention(settings["BackupRetentionPeriod"])
    validation.monitoring(settings["MonitoringInterval"], settings.get("MonitoringRoleArn"))
    settings["PreferredBackupWindow"] = validation.backup_window(settings["PreferredBackupWindow"])
    window = validation.maintenance_window(settings["PreferredMaintenanceWindow"])
    settings["PreferredMaintenanceWindow"] = window
    return settings


def given_password(request: Request) -> str | None:
    """The master password, None where RDS is to make it."""
    password = request.get("MasterUserPassword")
    if request.get("ManageMasterUserPassword"):
        if password is not None:
            raise InvalidParameterCombination(
                "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
            )
        return None
    if not password:
        raise InvalidParameterValue(
            "The parameter MasterUserPassword must be provided and must not be blank."
        )
    return validation.master_password(password)


def _zones(zones: list[str], request: Request) -> tuple[str, str | None]:
    """The zone of the instance, and with Multi-AZ that of its standby."""
    wanted = request.get("AvailabilityZone")
    if request.get("MultiAZ"):
        if wanted:
            raise InvalidParameterCombination(
                "Requesting a specific availability zone is not valid for Multi-AZ instances."
            )
        return zones[0], zones[1]
    if wanted and wanted not in zones:
        raise InvalidParameterCombination(
            f"The DB subnet group does not have a subnet in the requested availability zone {wanted}."
        )
    return wanted or zones[0], None


def _with_keys(scope: Scope, instance: DBInstance, request: Request) -> None:
    """Resolve the keys of storage and of Performance Insights to ARNs."""
    if instance.settings["StorageEncrypted"]:
        instance.kms_key_id = ec2_and_kms.kms_key_arn(scope, request.get("KmsKeyId") or "alias/aws/rds")
    elif request.get("KmsKeyId"):
        raise InvalidParameterCombination("You can't specify KmsKeyId for an unencrypted DB instance.")
    if instance.settings["PerformanceInsightsEnabled"]:
        key = request.get("PerformanceInsightsKMSKeyId") or "alias/aws/rds"
        instance.settings["PerformanceInsightsKMSKeyId"] = ec2_and_kms.kms_key_arn(scope, key)
        instance.settings.setdefault("PerformanceInsightsRetentionPeriod", 7)
