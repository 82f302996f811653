"""DB subnet groups.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from glue_app.emulator.service.scope import Scope

from ..exceptions import (
    DBSubnetGroupAlreadyExists,
    DBSubnetGroupDoesNotCoverEnoughAZs,
    DBSubnetGroupNotFoundFault,
    InvalidDBSubnetGroupStateFault,
    InvalidParameterValue,
)
from ..models import DBSubnetGroup, RdsStore, Subnet, Tags
from . import ec2_and_kms, validation

DEFAULT = "default"


def create(store: RdsStore, scope: Scope, request: Mapping[str, Any], tags: Tags) -> DBSubnetGroup:
    """Make a group. Raises the AWS errors of a wrong name, a taken one, wrong subnets, or too few zones."""
    name = validation.group_name(request["DBSubnetGroupName"], "DBSubnetGroupName")
    if name == DEFAULT:
        raise InvalidParameterValue("The parameter DBSubnetGroupName is not valid: default is reserved")
    if name in store.subnet_groups:
        raise DBSubnetGroupAlreadyExists(name)
    group = DBSubnetGroup(
        name=name,
        description=request["DBSubnetGroupDescription"],
        arn=scope.arn("rds", f"subgrp:{name}"),
        subnets=_covering(scope, request["SubnetIds"]),
        tags=tags,
    )
    store.subnet_groups[name] = group
    return group


def modify(store: RdsStore, scope: Scope, request: Mapping[str, Any]) -> DBSubnetGroup:
    """Other subnets or another description."""
    group = get(store, request["DBSubnetGroupName"])
    group.subnets = _covering(scope, request["SubnetIds"])
    group.description = request.get("DBSubnetGroupDescription") or group.description
    return group


def delete(store: RdsStore, name: str) -> None:
    """Delete a group. Raises DBSubnetGroupNotFoundFault, InvalidDBSubnetGroupStateFault."""
    group = get(store, name)
    for instance in store.instances.values():
        if instance.subnet_group.name == group.name:
            raise InvalidDBSubnetGroupStateFault(group.name, instance.identifier)
    del store.subnet_groups[group.name]


def get(store: RdsStore, name: str) -> DBSubnetGroup:
    """Find a group. Raises DBSubnetGroupNotFoundFault."""
    try:
        return store.subnet_groups[name.lower()]
    except KeyError:
        raise DBSubnetGroupNotFoundFault(name) from None


def for_instance(store: RdsStore, scope: Scope, name: str | None) -> DBSubnetGroup:
    """Find the group an instance names; else one of the default VPC's subnets comes with the instance."""
    if name and name.lower() != DEFAULT:
        return get(store, name)
    if DEFAULT in store.subnet_groups:
        return store.subnet_groups[DEFAULT]
    return DBSubnetGroup(
        name=DEFAULT,
        description=DEFAULT,
        arn=scope.arn("rds", f"subgrp:{DEFAULT}"),
        subnets=ec2_and_kms.default_subnets(scope),
    )


def _covering(scope: Scope, subnet_ids: Collection[str]) -> tuple[Subnet, ...]:
    subnets = ec2_and_kms.subnets(scope, subnet_ids)
    zones = sorted({subnet.availability_zone for subnet in subnets})
    if len(zones) < 2:
        raise DBSubnetGroupDoesNotCoverEnoughAZs(zones)
    return subnets
