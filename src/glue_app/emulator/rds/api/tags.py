"""Tags of instances, snapshots, parameter groups and subnet groups.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html
"""

from __future__ import annotations

from localstack.aws.api import RequestContext, handler

from glue_app.emulator.service.scope import Scope

from ..backup import snapshots
from ..exceptions import InvalidParameterValue
from ..models import RdsStore, RdsStores, Tags
from ..resources import instances, parameter_groups, subnet_groups
from ..resources.filters import filtered
from ..resources.instance_settings import Request
from . import shapes
from .request import Answer, scope_of


class TagOperations:
    """Mixed into the provider."""

    stores: RdsStores

    @handler("ListTagsForResource", expand=False)
    def list_tags_for_resource(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            found = of_resource(self.stores.of(scope), scope, request["ResourceName"])
            return {"TagList": filtered(shapes.tag_list(found), request, {})}

    @handler("AddTagsToResource", expand=False)
    def add_tags_to_resource(self, context: RequestContext, request: Request) -> None:
        with self.stores.lock:
            scope, added = scope_of(context), shapes.tags_of(request["Tags"])
            of_resource(self.stores.of(scope), scope, request["ResourceName"]).update(added)

    @handler("RemoveTagsFromResource", expand=False)
    def remove_tags_from_resource(self, context: RequestContext, request: Request) -> None:
        with self.stores.lock:
            scope = scope_of(context)
            found = of_resource(self.stores.of(scope), scope, request["ResourceName"])
            for key in request["TagKeys"]:
                found.pop(key, None)


def of_resource(store: RdsStore, scope: Scope, arn: str) -> Tags:
    """Return the tags of a resource, to be read or changed. Raises the resource's NotFound error."""
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
