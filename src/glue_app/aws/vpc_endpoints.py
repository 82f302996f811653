"""Which VPC endpoints AWS makes, and which it refuses. Texts as callers report them from AWS.

https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html

Not refused here, as AWS's answer could not be verified: turning a VPC's DNS attributes off while an endpoint
with private DNS is there, and S3's private DNS without a gateway endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

INTERFACE, GATEWAY = "Interface", "Gateway"


class VpcEndpointError(Exception):
    """What AWS answers, with HTTP status 400."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True)
class EndpointService:
    """A service as DescribeVpcEndpointServices shows it. types: those in which it is offered."""

    name: str
    types: frozenset[str]
    private_dns_names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Vpc:
    """A VPC and its two DNS attributes."""

    vpc_id: str
    dns_support: bool
    dns_hostnames: bool


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that is there, or that is asked for. subnets: availability zone by subnet id, in order."""

    service_name: str
    kind: str
    private_dns: bool = False
    subnets: Mapping[str, str] = field(default_factory=dict)
    route_tables: tuple[str, ...] = ()


def check(
    wanted: Endpoint,
    vpc: Vpc,
    services: Iterable[EndpointService],
    others: Iterable[Endpoint],
    prefix_list_id: str = "",
) -> None:
    """Would AWS have this endpoint beside the others of its VPC?

    services: what the region offers. others: without the endpoint itself, where it is modified.
    prefix_list_id: of a gateway endpoint's service, for the message.
    Raises VpcEndpointError.
    """
    offered = [service for service in services if service.name == wanted.service_name]
    if not offered:
        raise VpcEndpointError(
            "InvalidServiceName", f"The Vpc Endpoint Service '{wanted.service_name}' does not exist"
        )
    types = sorted({kind for service in offered for kind in service.types})
    if wanted.kind not in types:
        raise VpcEndpointError(
            "InvalidParameter",
            f"Endpoint type ({wanted.kind}) does not match available service types ([{', '.join(types)}]).",
        )
    same = [other for other in others if other.service_name == wanted.service_name]
    if wanted.kind == GATEWAY:
        _check_route_tables(wanted, same, prefix_list_id)
        return
    if wanted.route_tables:
        raise VpcEndpointError(
            "InvalidParameter", "Route table IDs are only supported for Gateway type VPC Endpoint."
        )
    _check_zones(wanted.subnets)
    names = sorted({name for service in offered for name in service.private_dns_names})
    if wanted.private_dns and names:
        _check_private_dns(vpc, same, names)


def _check_route_tables(wanted: Endpoint, same: list[Endpoint], prefix_list_id: str) -> None:
    if wanted.subnets:
        raise VpcEndpointError(
            "InvalidParameter",
            "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.",
        )
    taken = {table for other in same if other.kind == GATEWAY for table in other.route_tables}
    for table in wanted.route_tables:
        if table in taken:
            raise VpcEndpointError(
                "RouteAlreadyExists",
                f"route table {table} already has a route with destination-prefix-list-id {prefix_list_id}",
            )


def _check_zones(subnets: Mapping[str, str]) -> None:
    seen: set[str] = set()
    for subnet, zone in subnets.items():
        if zone in seen:
            raise VpcEndpointError(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {subnet}. VPC endpoint "
                "subnets should be in different availability zones supported by the VPC endpoint service.",
            )
        seen.add(zone)


def _check_private_dns(vpc: Vpc, same: list[Endpoint], names: list[str]) -> None:
    if not (vpc.dns_support and vpc.dns_hostnames):
        raise VpcEndpointError(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set "
            f"to true for {vpc.vpc_id}",
        )
    if any(other.kind == INTERFACE and other.private_dns for other in same):
        raise VpcEndpointError(
            "InvalidParameter",
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
            f"{', '.join(names)} in the VPC {vpc.vpc_id}",
        )
