"""What a ModifyDBInstance changes, worked out and checked whole before anything is changed.

What waits is shown in PendingModifiedValues and counts with the next modification that has ApplyImmediately
(on AWS at the latest in the maintenance window).
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from glue_app.emulator.host.service import NotEmulatedError
from glue_app.emulator.service.scope import Scope

from ..engine import versions
from ..events import event_messages
from ..events.event_messages import Message
from ..exceptions import DBInstanceAlreadyExists, InvalidParameterCombination, InvalidParameterValue
from ..iam import authentication
from ..models import DBInstance, Endpoint, RdsStore
from . import ec2_and_kms, parameter_groups, validation
from .instance_settings import KEPT, RENAMED, Request, refuse_not_emulated

#: settings that wait for ApplyImmediately; all others count at once
_WAITING_SETTINGS = (
    "Iops", "StorageThroughput", "DedicatedLogVolume", "CACertificateIdentifier", authentication.SETTING,
)  # fmt: skip
_WINDOWS = {
    "PreferredBackupWindow": validation.backup_window,
    "PreferredMaintenanceWindow": validation.maintenance_window,
}
#: PendingModifiedValues field → the instance's attribute
_ATTRIBUTES = {
    "DBInstanceClass": "instance_class",
    "AllocatedStorage": "allocated_storage",
    "StorageType": "storage_type",
    "EngineVersion": "engine_version",
}


@dataclass
class Plan:
    """A modification that nothing speaks against.

    Of the instance: attributes, settings: from now on. pending: all that waits afterwards. events: to be
    recorded, with the name in each. identifier: its new one.
    Of the server: password: the master user's new one. managed_by: the key of the secret to be made for it.
    unmanaged: the secret goes. rotated: the secret gets a new one. endpoint: where it listens. backups: kept
    for another time. multi_az: it gets or loses its standby. reconfigured: its settings count.
    """

    attributes: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    pending: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[Message, str]] = field(default_factory=list)
    identifier: str | None = None
    password: str | None = None
    managed_by: str | None = None
    unmanaged: bool = False
    rotated: bool = False
    endpoint: Endpoint | None = None
    backups: bool = False
    multi_az: bool | None = None
    reconfigured: bool = False

    @property
    def server_changes(self) -> bool:
        """Is there anything to be done with the server, or only with what RDS says of it?"""
        credentials = (self.password, self.unmanaged, self.managed_by, self.rotated)
        return (
            any(credentials)
            or self.endpoint is not None
            or self.backups
            or self.multi_az is not None
            or self.reconfigured
        )

    @property
    def status(self) -> str:
        """While the server is at it."""
        if self.reconfigured:
            return "configuring-iam-database-auth"
        if self.password or self.managed_by or self.rotated:
            return "resetting-master-credentials"
        return "modifying"


def plan(
    scope: Scope,
    store: RdsStore,
    instance: DBInstance,
    request: Request,
    is_published: Callable[[Endpoint], bool],
) -> Plan:
    """Plan a modification; change nothing. Raises the AWS errors of a wrong request.

    is_published: whether an instance can listen there.
    """
    refuse_not_emulated("ModifyDBInstance", request)
    if request.get("DBSubnetGroupName") not in (None, instance.subnet_group.name):
        raise NotEmulatedError("rds", "ModifyDBInstance with DBSubnetGroupName")
    made = Plan(pending=dict(instance.pending))
    _settings(instance, request, made)
    _hardware(store, instance, request, made)
    _membership(scope, store, instance, request, made)
    _credentials(scope, instance, request, made)
    _port(instance, request, made, is_published)
    if request.get("ApplyImmediately"):
        _apply_pending(store, instance, made)
    return made


def _settings(instance: DBInstance, request: Request, made: Plan) -> None:
    """Plan the fields that are kept and answered."""
    names = {name: name for name in KEPT if name not in ("StorageEncrypted", "BackupTarget")} | RENAMED
    for name, answered in names.items():
        value = request.get(name)
        if value is None:
            continue
        made.pending.pop(answered, None)
        if value == instance.settings.get(answered):
            continue
        waits = answered in _WAITING_SETTINGS or _switches_backups(instance, answered, value)
        target = made.pending if waits else made.settings
        target[answered] = _WINDOWS[name](value) if name in _WINDOWS else value
    if logs := request.get("CloudwatchLogsExportConfiguration"):
        current = set(instance.settings["EnabledCloudwatchLogsExports"]) | set(
            logs.get("EnableLogTypes") or ()
        )
        made.settings["EnabledCloudwatchLogsExports"] = sorted(
            current - set(logs.get("DisableLogTypes") or ())
        )
    merged = instance.settings | made.settings
    if (days := request.get("BackupRetentionPeriod")) is not None:
        validation.backup_retention(days)
    made.backups = "BackupRetentionPeriod" in made.settings
    if made.settings.get("MonitoringInterval") == 0:
        merged["MonitoringRoleArn"] = made.settings["MonitoringRoleArn"] = None
    validation.monitoring(merged["MonitoringInterval"], merged.get("MonitoringRoleArn"))
    if request.get("DeletionProtection") is not None:
        made.attributes["deletion_protection"] = bool(request["DeletionProtection"])


def _switches_backups(instance: DBInstance, name: str, value: Any) -> bool:
    """On or off they wait; another number of days does not."""
    return name == "BackupRetentionPeriod" and bool(value) != bool(instance.settings[name])


def _hardware(store: RdsStore, instance: DBInstance, request: Request, made: Plan) -> None:
    """Plan what waits for ApplyImmediately: class, storage, version, Multi-AZ, identifier."""
    pending = made.pending
    if wanted := request.get("DBInstanceClass"):
        if wanted != instance.instance_class:
            versions.require_class(wanted, instance.engine_version)
        _ask(pending, "DBInstanceClass", wanted, instance.instance_class)
    _storage(instance, request, pending)
    if version := request.get("EngineVersion"):
        wanted = _version(instance, version, bool(request.get("AllowMajorVersionUpgrade")))
        _ask(pending, "EngineVersion", wanted, instance.engine_version)
    if (multi_az := request.get("MultiAZ")) is not None:
        if multi_az and not instance.multi_az:
            _second_zone(instance)
        _ask(pending, "MultiAZ", multi_az, instance.multi_az)
    if new := request.get("NewDBInstanceIdentifier"):
        name = validation.identifier(new, "NewDBInstanceIdentifier")
        if name != instance.identifier:
            _require_free(store, name)
        _ask(pending, "DBInstanceIdentifier", name, instance.identifier)


def _ask(pending: dict[str, Any], name: str, wanted: Any, current: Any) -> None:
    """Let the newest request count: one for what is so takes back what waits (not verified on AWS)."""
    pending.pop(name, None)
    if wanted != current:
        pending[name] = wanted


def _storage(instance: DBInstance, request: Request, pending: dict[str, Any]) -> None:
    """Size and type go together, with what waits already: the new type may need more."""
    if not any(request.get(name) for name in ("AllocatedStorage", "StorageType", "MaxAllocatedStorage")):
        return
    size = request.get("AllocatedStorage") or pending.get("AllocatedStorage", instance.allocated_storage)
    storage_type = request.get("StorageType") or pending.get("StorageType", instance.storage_type)
    validation.storage(size, storage_type, request.get("MaxAllocatedStorage"))
    if size < instance.allocated_storage:
        raise InvalidParameterCombination(
            f"Invalid storage size: {size}. Storage cannot be made smaller than it is "
            f"({instance.allocated_storage})."
        )
    _ask(pending, "AllocatedStorage", size, instance.allocated_storage)
    _ask(pending, "StorageType", storage_type, instance.storage_type)


def _version(instance: DBInstance, wanted: str, allow_major: bool) -> str:
    """Return the version that is meant. A major one alone is the instance's own."""
    if wanted in (instance.engine_version, instance.major_version):
        return instance.engine_version
    version = versions.resolve_version(wanted)
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
    return version


def _membership(scope: Scope, store: RdsStore, instance: DBInstance, request: Request, made: Plan) -> None:
    """Security groups and the parameter group: of another group, values count after a reboot."""
    if groups := request.get("VpcSecurityGroupIds"):
        made.attributes["security_group_ids"] = ec2_and_kms.security_groups(
            scope, groups, instance.subnet_group.vpc_id
        )
    if name := request.get("DBParameterGroupName"):
        group = parameter_groups.for_instance(store, scope, name, instance.engine_version)
        if group.name != instance.parameter_group:
            made.attributes["parameter_group"] = group.name
            made.events.append((event_messages.PARAMETER_GROUP_CHANGED, group.name))
            made.events.append((event_messages.PARAMETER_GROUP_UPDATED, ""))


def _credentials(scope: Scope, instance: DBInstance, request: Request, made: Plan) -> None:
    """Plan the master password: given, managed, rotated, or no longer managed."""
    given, managed = request.get("MasterUserPassword"), request.get("ManageMasterUserPassword")
    if given is not None:
        if managed or (instance.secret and managed is not False):
            raise InvalidParameterCombination(
                "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
            )
        made.password = validation.master_password(given)
    if managed is False and instance.secret:
        if given is None:
            raise InvalidParameterCombination(
                "MasterUserPassword is required when ManageMasterUserPassword is disabled."
            )
        made.unmanaged = True
    if managed and not instance.secret:
        key = request.get("MasterUserSecretKmsKeyId") or "alias/aws/secretsmanager"
        made.managed_by = ec2_and_kms.kms_key_arn(scope, key)
    if request.get("RotateMasterUserPassword"):
        if not instance.secret or made.unmanaged:
            raise InvalidParameterCombination(
                "You can't rotate the master user password of a DB instance whose password isn't managed in "
                "AWS Secrets Manager."
            )
        if not request.get("ApplyImmediately"):
            raise InvalidParameterCombination(
                "You must specify ApplyImmediately when you specify RotateMasterUserPassword."
            )
        made.rotated = True


def _port(
    instance: DBInstance, request: Request, made: Plan, is_published: Callable[[Endpoint], bool]
) -> None:
    port = request.get("DBPortNumber")
    if port is None or port == instance.endpoint.port:
        return
    made.endpoint = Endpoint(instance.endpoint.address, validation.port(port))
    if not is_published(made.endpoint):
        raise NotEmulatedError("rds", "ModifyDBInstance with a DBPortNumber that is not published")


def _apply_pending(store: RdsStore, instance: DBInstance, made: Plan) -> None:
    """Let what waited count now, that of earlier requests too: what was free then may be taken by now."""
    for name, value in made.pending.items():
        if name in _ATTRIBUTES:
            made.attributes[_ATTRIBUTES[name]] = value
        elif name == "MultiAZ":
            made.multi_az = value
            made.attributes["multi_az"] = value
            made.attributes["secondary_availability_zone"] = _second_zone(instance) if value else None
            made.events.append((event_messages.TO_MULTI_AZ if value else event_messages.TO_SINGLE_AZ, ""))
        elif name == "DBInstanceIdentifier":
            _require_free(store, value)
            made.identifier = value
        else:
            made.settings[name] = value
            made.reconfigured |= name == authentication.SETTING
            if name == "BackupRetentionPeriod":
                made.backups = True
                made.events.append(
                    (event_messages.BACKUPS_ENABLED if value else event_messages.BACKUPS_DISABLED, "")
                )
        made.events += [(message, "") for message in event_messages.MODIFICATIONS.get(name, ())]
    made.pending = {}


def _require_free(store: RdsStore, identifier: str) -> None:
    if identifier in store.instances:
        raise DBInstanceAlreadyExists


def _second_zone(instance: DBInstance) -> str:
    for zone in instance.subnet_group.zones:
        if zone != instance.availability_zone:
            return zone
    raise InvalidParameterValue("The DB subnet group has no second Availability Zone.")
