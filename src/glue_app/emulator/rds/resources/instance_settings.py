"""The settings of a DB instance: fields that are checked, kept and answered, and that change no server.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glue_app.emulator.host.service import NotEmulatedError

from ..engine import versions
from . import validation

Request = Mapping[str, Any]

#: by the names in answers; RDS's own defaults
DEFAULTS: dict[str, Any] = {
    "AutoMinorVersionUpgrade": True,
    "BackupRetentionPeriod": 1,
    "BackupTarget": "region",
    "CACertificateIdentifier": versions.CA_IDENTIFIER,
    "CopyTagsToSnapshot": False,
    "CustomerOwnedIpEnabled": False,
    "DatabaseInsightsMode": "standard",
    "DedicatedLogVolume": False,
    "EnabledCloudwatchLogsExports": [],
    "EngineLifecycleSupport": "open-source-rds-extended-support",
    "IAMDatabaseAuthenticationEnabled": False,
    "LicenseModel": versions.LICENSE,
    "MonitoringInterval": 0,
    "NetworkType": "IPV4",
    "PerformanceInsightsEnabled": False,
    "PreferredBackupWindow": "05:00-05:30",
    "PreferredMaintenanceWindow": "sun:06:00-sun:06:30",
    "PubliclyAccessible": False,
    "StorageEncrypted": False,
}
#: request field → answered field, where the names differ
RENAMED = {
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
    "EnableCustomerOwnedIp": "CustomerOwnedIpEnabled",
}
#: fields of a request that are kept and answered, no more
KEPT = (
    *(name for name in DEFAULTS if name not in RENAMED.values()),
    "Iops",
    "MaxAllocatedStorage",
    "MonitoringRoleArn",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
    "StorageThroughput",
)
#: fields of a request whose effect would be missed
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


def of_request(request: Request) -> dict[str, Any]:
    """Return the settings of a new instance: what the request gives over RDS's defaults."""
    given = {name: request[name] for name in KEPT if request.get(name) is not None}
    given |= {answered: request[name] for name, answered in RENAMED.items() if request.get(name) is not None}
    settings = {**DEFAULTS, **given}
    validation.backup_retention(settings["BackupRetentionPeriod"])
    validation.monitoring(settings["MonitoringInterval"], settings.get("MonitoringRoleArn"))
    settings["PreferredBackupWindow"] = validation.backup_window(settings["PreferredBackupWindow"])
    window = validation.maintenance_window(settings["PreferredMaintenanceWindow"])
    settings["PreferredMaintenanceWindow"] = window
    return settings


def refuse_not_emulated(operation: str, request: Request) -> None:
    """Refuse a field whose effect would be missed. Raises NotEmulatedError."""
    for name in _NOT_EMULATED:
        if request.get(name):
            raise NotEmulatedError("rds", f"{operation} with {name}")
    if not str(request.get("OptionGroupName") or "default:postgres").startswith("default:postgres"):
        raise NotEmulatedError("rds", f"{operation} with OptionGroupName")
