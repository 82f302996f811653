"""ModifyDBInstance: what changes at once, what waits for ApplyImmediately, and what the server must do.

Everything is checked before anything changes. What waits is shown in PendingModifiedValues and counts with
the next modification that has ApplyImmediately (on AWS at the latest in the maintenance window).
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emulator.host.service import NotEmulatedError
from emulator.settings import Settings

from . import (
    engine,
    event_messages,
    iam_authentication,
    master_secret,
    neighbours,
    parameter_groups,
    validation,
)
from .event_messages import Message
from .exceptions import DBInstanceAlreadyExists, InvalidParameterCombination, InvalidParameterValue
from .instances import KEPT, RENAMED, Request, available, refuse_not_emulated
from .models import DBInstance, Endpoint, RdsStore, RdsStores, Scope
from .server import PostgresServer
from .servers import Servers

#: settings that wait for ApplyImmediately; all others count at once
_WAITING_SETTINGS = ("Iops", "StorageThroughput", "DedicatedLogVolume", "IAMDatabaseAuthenticationEnabled")


@dataclass
class Modification:
    """What a request changes.

    work: what the server has to do, with the status meanwhile. told: the events of it, and the name in each.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    waiting: dict[str, Any] = field(default_factory=dict)
    changes: list[Callable[[], None]] = field(default_factory=list)
    work: list[Callable[[PostgresServer], None]] = field(default_factory=list)
    told: list[tuple[Message, str]] = field(default_factory=list)
    status: str = "modifying"


class Modifications:
    """ModifyDBInstance."""

    def __init__(
        self,
        config: Settings,
        stores: RdsStores,
        servers: Servers,
        switch_backups: Callable[[DBInstance, PostgresServer], None],
    ) -> None:
        self._config = config
        self._switch_backups = switch_backups
        self._stores = stores
        self._servers = servers

    def modify(self, scope: Scope, request: Request) -> DBInstance:
        """Raises the AWS errors of a wrong request before anything changes."""
        store = self._stores.of(scope)
        instance = available(store, request["DBInstanceIdentifier"])
        refuse_not_emulated("ModifyDBInstance", request)
        iam_authentication.require_support(self._config, "ModifyDBInstance", request)
        if request.get("DBSubnetGroupName") not in (None, instance.subnet_group.name):
            raise NotEmulatedError("rds", "ModifyDBInstance with DBSubnetGroupName")
        change = Modification()
        _settings(instance, request, change)
        _hardware(store, instance, request, change)
        _membership(scope, store, instance, request, change)
        self._credentials(scope, instance, request, change)
        self._port(instance, request, change)

        if "BackupRetentionPeriod" in change.settings:
            change.work.append(lambda server: self._switch_backups(instance, server))
        instance.settings.update(change.settings)
        instance.pending.update(change.waiting)
        for apply in change.changes:
            apply()
        if request.get("ApplyImmediately"):
            self._apply_pending(scope, store, instance, change)
        for message, name in change.told:
            self._servers.events.tell(instance, message, name)
        if change.work:
            self._servers.work(instance, change.status, lambda server: _do_all(change, server), "available")
        return instance

    def _credentials(
        self, scope: Scope, instance: DBInstance, request: Request, change: Modification
    ) -> None:
        """The master password: given, managed, rotated, or no longer managed."""
        given, managed = request.get("MasterUserPassword"), request.get("ManageMasterUserPassword")
        change.status = "resetting-master-credentials" if given or managed else change.status
        if given is not None:
            if managed or (instance.secret and managed is not False):
                raise InvalidParameterCombination(
                    "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
                )
            password = validation.master_password(given)

            def reset(server: PostgresServer) -> None:
                self._servers.set_password(server, instance, password)
                self._servers.events.tell(instance, event_messages.CREDENTIALS_RESET)

            change.work.append(reset)
        if managed is False and instance.secret:
            if given is None:
                raise InvalidParameterCombination(
                    "MasterUserPassword is required when ManageMasterUserPassword is disabled."
                )
            change.work.append(lambda _server: master_secret.delete(scope, instance))
        if managed and not instance.secret:
            key = neighbours.kms_key_arn(
                scope, request.get("MasterUserSecretKmsKeyId") or "alias/aws/secretsmanager"
            )

            def manage() -> None:
                made = master_secret.create(scope, instance, key)
                change.work.append(lambda server: self._new_password(server, scope, instance, made))

            change.changes.append(manage)
        if request.get("RotateMasterUserPassword"):
            self._rotate(scope, instance, request, change)

    def _rotate(self, scope: Scope, instance: DBInstance, request: Request, change: Modification) -> None:
        if not instance.secret:
            raise InvalidParameterCombination(
                "You can't rotate the master user password of a DB instance whose password isn't managed in "
                "AWS Secrets Manager."
            )
        if not request.get("ApplyImmediately"):
            raise InvalidParameterCombination(
                "You must specify ApplyImmediately when you specify RotateMasterUserPassword."
            )
        secret, password = instance.secret, master_secret.generate_password()
        change.changes.append(lambda: setattr(secret, "status", "rotating"))
        change.work.append(lambda server: self._new_password(server, scope, instance, password))

    def _new_password(
        self, server: PostgresServer, scope: Scope, instance: DBInstance, password: str
    ) -> None:
        """The server first, the secret at once after it: it never holds a password that will not work."""
        self._servers.set_password(server, instance, password)
        master_secret.publish(scope, instance, password)
        self._servers.events.tell(instance, event_messages.CREDENTIALS_RESET)
        if instance.secret:
            instance.secret.status = "active"

    def _port(self, instance: DBInstance, request: Request, change: Modification) -> None:
        port = request.get("DBPortNumber")
        if port is None or port == instance.endpoint.port:
            return
        endpoint = Endpoint(instance.endpoint.address, validation.port(port))
        if not self._servers.network.has(endpoint):
            raise NotEmulatedError("rds", "ModifyDBInstance with a DBPortNumber that is not published")

        def move(server: PostgresServer) -> None:
            self._servers.stop(server, instance)
            instance.endpoint = endpoint
            self._servers.start(server, instance)

        change.work.append(move)

    def _apply_pending(
        self, scope: Scope, store: RdsStore, instance: DBInstance, change: Modification
    ) -> None:
        attributes = {
            "DBInstanceClass": "instance_class",
            "AllocatedStorage": "allocated_storage",
            "StorageType": "storage_type",
            "EngineVersion": "engine_version",
        }
        for name, value in instance.pending.items():
            if name in attributes:
                setattr(instance, attributes[name], value)
            elif name == "MultiAZ":
                self._convert(instance, value, change)
            elif name == "DBInstanceIdentifier":
                _rename(scope, store, instance, value)
            else:
                instance.settings[name] = value
            if name == iam_authentication.SETTING:
                change.status = "configuring-iam-database-auth"
                change.work.append(lambda server: self._servers.reconfigure(server, instance))
            change.told += [(message, "") for message in event_messages.MODIFICATIONS.get(name, ())]
        instance.pending.clear()

    def _convert(self, instance: DBInstance, multi_az: bool, change: Modification) -> None:
        """To Multi-AZ, where commits wait for the standby at the end of it, or back."""
        _set_multi_az(instance, multi_az)
        begun, ended = event_messages.TO_SINGLE_AZ, event_messages.IS_SINGLE_AZ
        if multi_az:
            begun, ended = event_messages.TO_MULTI_AZ, event_messages.IS_MULTI_AZ
        change.told.append((begun, ""))

        def convert(server: PostgresServer) -> None:
            if multi_az:
                self._servers.standbys.make(server, instance)
            else:
                self._servers.standbys.remove(server, instance)
            self._servers.events.tell(instance, ended)

        change.work.append(convert)


def _do_all(change: Modification, server: PostgresServer) -> None:
    for step in change.work:
        step(server)


def _settings(instance: DBInstance, request: Request, change: Modification) -> None:
    """The fields that are kept and answered."""
    names = {name: name for name in KEPT if name not in ("StorageEncrypted", "BackupTarget")} | RENAMED
    for name, answered in names.items():
        value = request.get(name)
        if value is None or value == instance.settings.get(answered):
            continue
        target = change.waiting if answered in _WAITING_SETTINGS else change.settings
        target[answered] = value.lower() if name.endswith("Window") else value
    if logs := request.get("CloudwatchLogsExportConfiguration"):
        current = set(instance.settings["EnabledCloudwatchLogsExports"]) | set(
            logs.get("EnableLogTypes") or ()
        )
        change.settings["EnabledCloudwatchLogsExports"] = sorted(
            current - set(logs.get("DisableLogTypes") or ())
        )
    merged = instance.settings | change.settings
    kept, wanted = (settings["BackupRetentionPeriod"] for settings in (instance.settings, merged))
    if bool(kept) != bool(wanted):
        told = event_messages.BACKUPS_ENABLED if wanted else event_messages.BACKUPS_DISABLED
        change.told.append((told, ""))
    validation.backup_retention(merged["BackupRetentionPeriod"])
    if change.settings.get("MonitoringInterval") == 0:
        merged["MonitoringRoleArn"] = change.settings["MonitoringRoleArn"] = None
    validation.monitoring(merged["MonitoringInterval"], merged.get("MonitoringRoleArn"))
    if request.get("DeletionProtection") is not None:
        protected = bool(request["DeletionProtection"])
        change.changes.append(lambda: setattr(instance, "deletion_protection", protected))


def _hardware(store: RdsStore, instance: DBInstance, request: Request, change: Modification) -> None:
    """What waits for ApplyImmediately: class, storage, version, Multi-AZ, identifier."""
    waiting = change.waiting
    wanted = request.get("DBInstanceClass") or instance.instance_class
    if wanted != instance.instance_class:
        engine.require_class(wanted, instance.engine_version)
        waiting["DBInstanceClass"] = wanted
    storage_type = request.get("StorageType") or instance.storage_type
    if storage_type != instance.storage_type:
        waiting["StorageType"] = storage_type
    size = request.get("AllocatedStorage") or instance.allocated_storage
    if size != instance.allocated_storage:
        validation.storage(size, storage_type, request.get("MaxAllocatedStorage"))
        if size < instance.allocated_storage:
            raise InvalidParameterCombination(
                f"Invalid storage size: {size}. Storage cannot be made smaller than it is "
                f"({instance.allocated_storage})."
            )
        waiting["AllocatedStorage"] = size
    if version := request.get("EngineVersion"):
        _version(instance, version, bool(request.get("AllowMajorVersionUpgrade")), waiting)
    if (multi_az := request.get("MultiAZ")) not in (None, instance.multi_az):
        waiting["MultiAZ"] = multi_az
    if new := request.get("NewDBInstanceIdentifier"):
        name = validation.identifier(new, "NewDBInstanceIdentifier")
        if name in store.instances and name != instance.identifier:
            raise DBInstanceAlreadyExists
        if name != instance.identifier:
            waiting["DBInstanceIdentifier"] = name


def _version(instance: DBInstance, wanted: str, allow_major: bool, waiting: dict[str, Any]) -> None:
    if wanted in (instance.engine_version, instance.major_version):
        return
    version = engine.resolve_version(wanted)
    if version.split(".")[0] != instance.major_version:
        if not allow_major:
            raise InvalidParameterCombination(
                "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
            )
        raise NotEmulatedError("rds", "ModifyDBInstance with a new major EngineVersion")
    if int(version.split(".")[1]) < int(instance.engine_version.split(".")[1]):
        raise InvalidParameterCombination(
            f"Cannot upgrade postgres from {instance.engine_version} to {version}"
        )
    waiting["EngineVersion"] = version


def _membership(
    scope: Scope, store: RdsStore, instance: DBInstance, request: Request, change: Modification
) -> None:
    """Security groups and the parameter group: of another group, values count after a reboot."""
    if groups := request.get("VpcSecurityGroupIds"):
        checked = neighbours.security_groups(scope, groups, instance.subnet_group.vpc_id)
        change.changes.append(lambda: setattr(instance, "security_group_ids", checked))
    if name := request.get("DBParameterGroupName"):
        group = parameter_groups.for_instance(store, scope, name, instance.engine_version)
        change.changes.append(lambda: setattr(instance, "parameter_group", group.name))
        if group.name != instance.parameter_group:
            change.told.append((event_messages.PARAMETER_GROUP_CHANGED, group.name))
            change.told.append((event_messages.PARAMETER_GROUP_UPDATED, ""))


def _set_multi_az(instance: DBInstance, multi_az: bool) -> None:
    others = [zone for zone in instance.subnet_group.zones if zone != instance.availability_zone]
    if multi_az and not others:
        raise InvalidParameterValue("The DB subnet group has no second Availability Zone.")
    instance.multi_az = multi_az
    instance.secondary_availability_zone = others[0] if multi_az else None


def _rename(scope: Scope, store: RdsStore, instance: DBInstance, name: str) -> None:
    if name in store.instances:
        raise DBInstanceAlreadyExists
    del store.instances[instance.identifier]
    instance.identifier, instance.arn = name, scope.arn("db", name)
    store.instances[name] = instance
