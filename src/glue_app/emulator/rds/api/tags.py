"""Tags of instances, snapshots, parameter groups and subnet groups.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html
"""

from __future__ import annotations

from ..backup import snapshots
from ..exceptions import InvalidParameterValue
from ..models import RdsStore, Scope, Tags
from ..resources import instances, parameter_groups, subnet_groups


def of_resource(store: RdsStore, scope: Scope, arn: str) -> Tags:
    """The tags of a resource, to be read or changed. Raises the resource's NotFound error."""
    parts = arn.split(":", 6)
    if len(parts) != 7 or parts[2] != "rds":
        raise InvalidParameterValue(f"Invalid resource name: {arn}")
    kind, name = parts[5], parts[6]
    if kind == "db":
        return instances.get(store, name).tags
    if kind == "snapshot":
        return snapshots.get(store, name).tags
    if kind == "pg":
        group = parameter_groups.get(store, scope, name)
        parameter_groups.keep(store, group)
        return group.tags
    if kind == "subgrp":
        return subnet_groups.get(store, name).tags
    raise InvalidParameterValue(
        f"Invalid resource name: {arn} (glue-app has instances, snapshots, parameter and subnet groups)"
    )
