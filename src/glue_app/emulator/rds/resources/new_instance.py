"""A DB instance as a request describes it: checked whole, before anything is made.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""

from __future__ import annotations

import copy
import secrets
import string
from typing import Any

from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings

from ..engine import versions
from ..exceptions import InvalidParameterCombination, InvalidParameterValue
from ..fleet.servers import Servers
from ..iam import authentication
from ..models import DBInstance, RdsStore, RdsStores, Tags
from . import ec2_and_kms, instance_settings, parameter_groups, subnet_groups, validation
from .instance_settings import Request


class NewInstances:
    """Knows what the description of an instance depends on: the groups, versions and endpoints there are."""

    def __init__(self, config: Settings, stores: RdsStores, servers: Servers) -> None:
        self._config, self._stores, self._servers = config, stores, servers

    def described_by(
        self, scope: Scope, store: RdsStore, identifier: str, request: Request, tags: Tags
    ) -> DBInstance:
        """Return the instance a request describes; nothing is made yet."""
        versions.require_postgres(request.get("Engine"))
        authentication.require_support(self._config, "CreateDBInstance", request)
        version = versions.resolve_version(request.get("EngineVersion"))
        versions.require_class(request["DBInstanceClass"], version)
        settings = instance_settings.of_request(request)
        storage_type = request.get("StorageType") or ("io1" if request.get("Iops") else "gp2")
        subnet_group = subnet_groups.for_instance(store, scope, request.get("DBSubnetGroupName"))
        group = parameter_groups.for_instance(store, scope, request.get("DBParameterGroupName"), version)
        zone, secondary = _zones(subnet_group.zones, request)
        port = validation.port(request.get("Port") or 5432)
        instance = DBInstance(
            identifier=identifier,
            resource_id="db-" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(26)),
            arn=scope.arn("rds", f"db:{identifier}"),
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


def keep(store: RdsStore, scope: Scope, instance: DBInstance) -> None:
    """Put a new instance there, and AWS's own default groups where it is the first that has them."""
    parameter_groups.keep(store, parameter_groups.get(store, scope, instance.parameter_group))
    store.subnet_groups.setdefault(instance.subnet_group.name, instance.subnet_group)
    store.instances[instance.identifier] = instance


def request_of(instance: DBInstance) -> dict[str, Any]:
    """Return the CreateDBInstance request restoring begins with: what a new instance takes from the source.

    Its groups, its second zone and its protection it does not.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
    """
    given = {answered: name for name, answered in instance_settings.RENAMED.items()}
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


def given_password(request: Request) -> str | None:
    """Return the master password, None where RDS is to make it."""
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
    """Choose the zone of the instance, and with Multi-AZ that of its standby."""
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
