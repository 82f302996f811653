"""moto makes every VPC endpoint that it is asked for; AWS refuses many (glue_app/aws/vpc_endpoints.py).

A mistyped service name or a second endpoint for a service shows in the deploy on AWS only. A creation with
the client token of an endpoint that is there answers that endpoint, as on AWS: a retry is no second one.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from localstack.services.ec2.provider import Ec2Provider
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.vpcs import VPCBackend

from glue_app.aws.vpc_endpoints import (
    GATEWAY,
    INTERFACE,
    Endpoint,
    EndpointService,
    Vpc,
    VpcEndpointError,
    check,
)

from .patch import Patch, replace

#: offered by AWS in a type that moto does not list
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-interface-endpoints.html
ALSO_INTERFACE = ("dynamodb",)
#: endpoints for service networks and resources name no service of the region
_OTHER_TYPES = frozenset(("servicenetwork", "resource"))


def _checked_creation(original: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(original)

    @functools.wraps(original)
    def create_vpc_endpoint(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = signature.bind(self, *args, **kwargs).arguments
        kind = given.get("endpoint_type") or GATEWAY
        if kind.lower() in _OTHER_TYPES:
            return original(self, *args, **kwargs)
        vpc_id, token = given["vpc_id"], given.get("client_token")
        for endpoint in _alive(self, vpc_id):
            if token and endpoint.client_token == token and endpoint.service_name == given["service_name"]:
                return endpoint
        wanted = Endpoint(
            given["service_name"],
            kind,
            given.get("private_dns_enabled") is not False,
            _zones(self, given.get("subnet_ids")),
            tuple(given.get("route_table_ids") or ()),
        )
        _check(self, wanted, vpc_id, _alive(self, vpc_id))
        return original(self, *args, **kwargs)

    return create_vpc_endpoint


def _checked_modification(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def modify_vpc_endpoint(self: Any, context: Any, vpc_endpoint_id: str, **asked: Any) -> Any:
        backend = ec2_backends[context.account_id][context.region]
        endpoint = backend.vpc_end_points.get(vpc_endpoint_id)
        if endpoint is not None and str(endpoint.vpc_endpoint_type).lower() not in _OTHER_TYPES:
            others = [other for other in _alive(backend, endpoint.vpc_id) if other is not endpoint]
            _check(
                backend, _modified(backend, _as_endpoint(backend, endpoint), asked), endpoint.vpc_id, others
            )
        return original(self, context, vpc_endpoint_id, **asked)

    return modify_vpc_endpoint


def _modified(backend: Any, endpoint: Endpoint, asked: dict[str, Any]) -> Endpoint:
    """Return the endpoint as it would be with what is asked."""
    removed_subnets = set(asked.get("remove_subnet_ids") or ())
    removed_tables = set(asked.get("remove_route_table_ids") or ())
    subnets = {one: zone for one, zone in endpoint.subnets.items() if one not in removed_subnets}
    tables = [table for table in endpoint.route_tables if table not in removed_tables]
    private_dns = asked.get("private_dns_enabled")
    return dataclasses.replace(
        endpoint,
        private_dns=endpoint.private_dns if private_dns is None else bool(private_dns),
        subnets={**subnets, **_zones(backend, asked.get("add_subnet_ids"))},
        route_tables=(*tables, *(asked.get("add_route_table_ids") or ())),
    )


def _check(backend: Any, wanted: Endpoint, vpc_id: str, others: Iterable[Any]) -> None:
    found = backend.get_vpc(vpc_id)
    vpc = Vpc(vpc_id, _is_true(found.enable_dns_support), _is_true(found.enable_dns_hostnames))
    prefix_lists = (
        one.id for one in backend.managed_prefix_lists.values() if one.prefix_list_name == wanted.service_name
    )
    try:
        check(
            wanted,
            vpc,
            _services(backend),
            [_as_endpoint(backend, other) for other in others],
            next(prefix_lists, ""),
        )
    except VpcEndpointError as error:
        raise EC2ClientError(error.code, error.message) from None


def _services(backend: Any) -> Iterator[EndpointService]:
    """Yield what DescribeVpcEndpointServices shows, a service's own included."""
    known = VPCBackend._collect_default_endpoint_services(backend.account_id, backend.region_name)
    for one in [*known, *(own.to_dict() for own in backend.configurations.values())]:
        names = (name["PrivateDnsName"] for name in one.get("PrivateDnsNames") or ())
        types = frozenset(kind["ServiceType"] for kind in one["ServiceType"])
        yield EndpointService(one["ServiceName"], types, frozenset(names))
    for name in ALSO_INTERFACE:
        yield EndpointService(f"com.amazonaws.{backend.region_name}.{name}", frozenset({INTERFACE}))


def _as_endpoint(backend: Any, endpoint: Any) -> Endpoint:
    return Endpoint(
        endpoint.service_name,
        endpoint.vpc_endpoint_type or GATEWAY,
        bool(endpoint.private_dns_enabled),
        _zones(backend, endpoint.subnet_ids),
        tuple(endpoint.route_table_ids or ()),
    )


def _alive(backend: Any, vpc_id: str) -> list[Any]:
    """moto keeps what was deleted."""
    return [one for one in backend.vpc_end_points.values() if one.vpc_id == vpc_id and one.state != "deleted"]


def _zones(backend: Any, subnet_ids: Iterable[str] | None) -> dict[str, str]:
    """Return the zone of each subnet. Raises moto's InvalidSubnetIdError."""
    return {subnet_id: backend.get_subnet(subnet_id).availability_zone for subnet_id in subnet_ids or ()}


def _is_true(value: Any) -> bool:
    """moto keeps what the request said."""
    return str(value).lower() == "true"


def apply() -> None:
    replace(VPCBackend, "create_vpc_endpoint", _checked_creation)
    replace(Ec2Provider, "modify_vpc_endpoint", _checked_modification)


PATCH = Patch(
    "vpc-endpoints",
    "a VPC endpoint that AWS would not make is refused: service, type, private DNS, zones, routes",
    apply,
)
