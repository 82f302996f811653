"""DB parameter groups, and the parameters of a family.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html
"""

from __future__ import annotations

from localstack.aws.api import RequestContext, handler

from glue_app.emulator.settings import Settings

from ..engine import parameters, versions
from ..fleet.servers import Servers
from ..models import DBParameterGroup, RdsStore, RdsStores
from ..resources import parameter_groups
from ..resources.filters import fields, filtered
from ..resources.instance_settings import Request
from . import shapes
from .paging import page
from .request import Answer, scope_of

#: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBParameters.html
_OF_PARAMETERS = {"parameter-name": fields("ParameterName")}


class DBParameterGroupOperations:
    """Mixed into the provider."""

    config: Settings
    stores: RdsStores
    servers: Servers

    @handler("CreateDBParameterGroup", expand=False)
    def create_db_parameter_group(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            new_tags = shapes.tags_of(request.get("Tags"))
            group = parameter_groups.create(self.stores.of(scope), scope, request, new_tags)
            return {"DBParameterGroup": shapes.db_parameter_group(group)}

    @handler("DescribeDBParameterGroups", expand=False)
    def describe_db_parameter_groups(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            scope = scope_of(context)
            store = self.stores.of(scope)
            name = request.get("DBParameterGroupName")
            groups = (
                [parameter_groups.get(store, scope, name)] if name else list(store.parameter_groups.values())
            )
            shown = [shapes.db_parameter_group(group) for group in filtered(groups, request, {})]
            return page(shown, request, "DBParameterGroups")

    @handler("ModifyDBParameterGroup", expand=False)
    def modify_db_parameter_group(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            store, group = self._group(context, request)
            at_once = parameter_groups.set_values(group, self.config.postgres_bin, request["Parameters"])
            self._apply(store, group, at_once)
            return {"DBParameterGroupName": group.name}

    @handler("ResetDBParameterGroup", expand=False)
    def reset_db_parameter_group(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            store, group = self._group(context, request)
            at_once = parameter_groups.reset_values(
                group,
                self.config.postgres_bin,
                request.get("Parameters") or [],
                everything=bool(request.get("ResetAllParameters")) or not request.get("Parameters"),
            )
            self._apply(store, group, at_once)
            return {"DBParameterGroupName": group.name}

    @handler("DeleteDBParameterGroup", expand=False)
    def delete_db_parameter_group(self, context: RequestContext, request: Request) -> None:
        with self.stores.lock:
            scope = scope_of(context)
            parameter_groups.delete(self.stores.of(scope), scope, request["DBParameterGroupName"])

    @handler("DescribeDBParameters", expand=False)
    def describe_db_parameters(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            _store, group = self._group(context, request)
            found = parameter_groups.describe_parameters(
                group, self.config.postgres_bin, request.get("Source")
            )
            return page(filtered(found, request, _OF_PARAMETERS), request, "Parameters")

    @handler("DescribeEngineDefaultParameters", expand=False)
    def describe_engine_default_parameters(self, context: RequestContext, request: Request) -> Answer:
        family = request["DBParameterGroupFamily"]
        versions.require_family(family)
        known = parameters.catalog(self.config.postgres_bin, family).values()
        every = [parameter_groups.parameter_shape(parameter, None) for parameter in known]
        found = filtered(every, request, _OF_PARAMETERS)
        return {"EngineDefaults": {"DBParameterGroupFamily": family, **page(found, request, "Parameters")}}

    def _group(self, context: RequestContext, request: Request) -> tuple[RdsStore, DBParameterGroup]:
        scope = scope_of(context)
        store = self.stores.of(scope)
        return store, parameter_groups.get(store, scope, request["DBParameterGroupName"])

    def _apply(self, store: RdsStore, group: DBParameterGroup, names: list[str]) -> None:
        """Values that count at once reach the servers of all instances in the group."""
        for instance in store.instances.values():
            if instance.parameter_group == group.name and names:
                self.servers.apply_parameters(instance, group, names)
