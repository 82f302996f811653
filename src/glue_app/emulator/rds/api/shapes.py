"""What RDS answers: the wire shapes of the models.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from glue_app.emulator.service.scope import Scope

from ..engine import versions
from ..exceptions import InvalidParameterValue
from ..models import DBInstance, DBParameterGroup, DBSnapshot, DBSubnetGroup, Tags

HOSTED_ZONE = "Z2R2ITUGPM61AM"


def db_instance(instance: DBInstance, group: DBParameterGroup | None) -> dict[str, Any]:
    """group: the instance's parameter group, whose values tell whether a reboot is due."""
    in_sync = group is None or dict(group.values) == instance.applied_parameters
    shape: dict[str, Any] = {
        **instance.settings,
        "DBInstanceIdentifier": instance.identifier,
        "DbiResourceId": instance.resource_id,
        "DBInstanceArn": instance.arn,
        "DBInstanceClass": instance.instance_class,
        "DBInstanceStatus": instance.status,
        "Engine": versions.ENGINE,
        "EngineVersion": instance.engine_version,
        "MasterUsername": instance.master_username,
        "AllocatedStorage": instance.allocated_storage,
        "StorageType": instance.storage_type,
        "AvailabilityZone": instance.availability_zone,
        "MultiAZ": instance.multi_az,
        "DbInstancePort": 0,
        "DeletionProtection": instance.deletion_protection,
        "DBSecurityGroups": [],
        "DomainMemberships": [],
        "AssociatedRoles": [],
        "ReadReplicaDBInstanceIdentifiers": [],
        "VpcSecurityGroups": [
            {"VpcSecurityGroupId": group_id, "Status": "active"} for group_id in instance.security_group_ids
        ],
        "DBParameterGroups": [
            {
                "DBParameterGroupName": instance.parameter_group,
                "ParameterApplyStatus": "in-sync" if in_sync else "pending-reboot",
            }
        ],
        "OptionGroupMemberships": [
            {"OptionGroupName": f"default:postgres-{instance.major_version}", "Status": "in-sync"}
        ],
        "DBSubnetGroup": db_subnet_group(instance.subnet_group),
        "PendingModifiedValues": dict(instance.pending),
        "TagList": tag_list(instance.tags),
        "SecondaryAvailabilityZone": instance.secondary_availability_zone,
        "DBName": instance.db_name,
        "KmsKeyId": instance.kms_key_id,
        "LatestRestorableTime": instance.latest_restorable,
    }
    if instance.status != "creating":
        address, port = instance.endpoint
        shape["Endpoint"] = {"Address": address, "Port": port, "HostedZoneId": HOSTED_ZONE}
        shape["InstanceCreateTime"] = instance.created_at
        shape["CertificateDetails"] = {"CAIdentifier": instance.settings["CACertificateIdentifier"]}
    if instance.secret:
        shape["MasterUserSecret"] = {
            "SecretArn": instance.secret.arn,
            "SecretStatus": instance.secret.status,
            "KmsKeyId": instance.secret.kms_key_id,
        }
    return {name: value for name, value in shape.items() if value is not None}


def db_snapshot(snapshot: DBSnapshot) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html"""
    instance = snapshot.instance
    shape: dict[str, Any] = {
        "DBSnapshotIdentifier": snapshot.identifier,
        "DBSnapshotArn": snapshot.arn,
        "DBInstanceIdentifier": instance.identifier,
        "DbiResourceId": instance.resource_id,
        "SnapshotType": snapshot.snapshot_type,
        "SnapshotTarget": "region",
        "SnapshotCreateTime": snapshot.created_at,
        "OriginalSnapshotCreateTime": snapshot.original_created_at,
        "SourceDBSnapshotIdentifier": snapshot.source_arn,
        "Status": snapshot.status,
        "PercentProgress": 0 if snapshot.status == "creating" else 100,
        "Engine": versions.ENGINE,
        "EngineVersion": instance.engine_version,
        "LicenseModel": instance.settings["LicenseModel"],
        "AllocatedStorage": instance.allocated_storage,
        "StorageType": instance.storage_type,
        "Iops": instance.settings.get("Iops"),
        "StorageThroughput": instance.settings.get("StorageThroughput"),
        "Port": instance.endpoint.port,
        "AvailabilityZone": instance.availability_zone,
        "VpcId": instance.subnet_group.vpc_id,
        "InstanceCreateTime": instance.created_at,
        "MasterUsername": instance.master_username,
        "OptionGroupName": f"default:postgres-{instance.major_version}",
        "Encrypted": snapshot.kms_key_id is not None,
        "KmsKeyId": snapshot.kms_key_id,
        "IAMDatabaseAuthenticationEnabled": instance.settings["IAMDatabaseAuthenticationEnabled"],
        "DedicatedLogVolume": instance.settings["DedicatedLogVolume"],
        "ProcessorFeatures": [],
        "TagList": tag_list(snapshot.tags),
    }
    return {name: value for name, value in shape.items() if value is not None}


def automated_backup(
    instance: DBInstance, window: tuple[datetime.datetime, datetime.datetime] | None
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstanceAutomatedBackup.html

    window: the first and last moment that can be restored; None while there is none.
    """
    scope = instance.arn.rsplit(":", 2)[0]
    shown = db_instance(instance, None)
    same = (
        "AllocatedStorage", "AvailabilityZone", "BackupRetentionPeriod", "BackupTarget", "DBInstanceArn",
        "DBInstanceIdentifier", "DbiResourceId", "DedicatedLogVolume", "Engine", "EngineVersion",
        "IAMDatabaseAuthenticationEnabled", "InstanceCreateTime", "Iops", "KmsKeyId", "LicenseModel",
        "MasterUsername", "PreferredBackupWindow", "StorageThroughput", "StorageType", "TagList",
    )  # fmt: skip
    return {name: shown[name] for name in same if name in shown} | {
        "DBInstanceAutomatedBackupsArn": f"{scope}:auto-backup:{instance.automated_backup_id}",
        "DBInstanceAutomatedBackupsReplications": [],
        "Encrypted": instance.kms_key_id is not None,
        "OptionGroupName": f"default:postgres-{instance.major_version}",
        "Port": instance.endpoint.port,
        "Region": instance.arn.split(":")[3],
        "RestoreWindow": {"EarliestTime": window[0], "LatestTime": window[1]} if window else {},
        "Status": "active" if window else "creating",
        "VpcId": instance.subnet_group.vpc_id,
    }


def db_subnet_group(group: DBSubnetGroup) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSubnetGroup.html"""
    return {
        "DBSubnetGroupName": group.name,
        "DBSubnetGroupDescription": group.description,
        "DBSubnetGroupArn": group.arn,
        "VpcId": group.vpc_id,
        "SubnetGroupStatus": "Complete",
        "SupportedNetworkTypes": ["IPV4"],
        "Subnets": [
            {
                "SubnetIdentifier": subnet.subnet_id,
                "SubnetAvailabilityZone": {"Name": subnet.availability_zone},
                "SubnetOutpost": {},
                "SubnetStatus": "Active",
            }
            for subnet in group.subnets
        ],
    }


def db_parameter_group(group: DBParameterGroup) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBParameterGroup.html"""
    return {
        "DBParameterGroupName": group.name,
        "DBParameterGroupFamily": group.family,
        "Description": group.description,
        "DBParameterGroupArn": group.arn,
    }


def engine_version(version: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBEngineVersion.html"""
    return {
        "Engine": versions.ENGINE,
        "MajorEngineVersion": version.split(".", 1)[0],
        "EngineVersion": version,
        "DBParameterGroupFamily": versions.family_of(version),
        "DBEngineDescription": "PostgreSQL",
        "DBEngineVersionDescription": f"PostgreSQL {version}",
        "ExportableLogTypes": ["postgresql", "upgrade"],
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": False,
        "Status": "available",
        "SupportedCACertificateIdentifiers": [versions.CA_IDENTIFIER],
    }


def certificate(authority: x509.Certificate, scope: Scope) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Certificate.html"""
    return {
        "CertificateIdentifier": versions.CA_IDENTIFIER,
        "CertificateType": "CA",
        "Thumbprint": authority.fingerprint(hashes.SHA1()).hex(),  # noqa: S303 - AWS shows SHA-1
        "ValidFrom": authority.not_valid_before_utc,
        "ValidTill": authority.not_valid_after_utc,
        "CertificateArn": f"arn:{scope.partition}:rds:{scope.region}::cert:{versions.CA_IDENTIFIER}",
        "CustomerOverride": False,
    }


def tag_list(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_of(request_tags: Iterable[Mapping[str, str]] | None) -> Tags:
    """Return the `Tags` of a request as the models keep them.

    Raises InvalidParameterValue for one without a key.
    """
    found = {}
    for tag in request_tags or ():
        if not tag.get("Key"):
            raise InvalidParameterValue("The parameter Tag.Key must be provided and must not be blank.")
        found[tag["Key"]] = tag.get("Value", "")
    return found
