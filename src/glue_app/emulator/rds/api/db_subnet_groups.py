"""DB subnet groups.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
"""

from __future__ import annotations

from localstack.aws.api import RequestContext, handler

from ..models import RdsStores
from ..resources import subnet_groups
from ..resources.filters import filtered
from ..resources.instance_settings import Request
from . import shapes
from .paging import page
from .request import Answer, scope_of


class DBSubnetGroupOperations:
    """Mixed into the provider."""

    stores: RdsStores

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
