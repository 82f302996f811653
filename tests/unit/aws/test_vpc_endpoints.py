"""Which VPC endpoints AWS makes, in AWS's own words where it makes none."""

from __future__ import annotations

import pytest

from glue_app.aws.vpc_endpoints import Endpoint, EndpointService, Vpc, VpcEndpointError, check

S3 = EndpointService("com.amazonaws.us-east-1.s3", frozenset({"Gateway", "Interface"}), frozenset({"s3.dns"}))
GLUE = EndpointService("com.amazonaws.us-east-1.glue", frozenset({"Interface"}), frozenset({"glue.dns"}))
OWN = EndpointService("com.amazonaws.vpce.us-east-1.vpce-svc-1", frozenset({"Interface"}))
VPC = Vpc("vpc-1", dns_support=True, dns_hostnames=True)
TWO_ZONES = {"subnet-a": "us-east-1a", "subnet-b": "us-east-1b"}
GATEWAY = Endpoint(S3.name, "Gateway", route_tables=("rtb-1", "rtb-2"))
INTERFACE = Endpoint(GLUE.name, "Interface", True, TWO_ZONES)


@pytest.mark.parametrize(
    ("wanted", "vpc", "others"),
    [
        (INTERFACE, VPC, []),
        (GATEWAY, VPC, []),
        (INTERFACE, VPC, [GATEWAY, Endpoint(S3.name, "Interface", True)]),
        (Endpoint(GLUE.name, "Interface", False, TWO_ZONES), VPC, [INTERFACE]),
        (INTERFACE, VPC, [Endpoint(GLUE.name, "Interface", False, TWO_ZONES)]),
        (Endpoint(S3.name, "Gateway", route_tables=("rtb-3",)), VPC, [GATEWAY]),
        (Endpoint(GLUE.name, "Interface", False), Vpc("vpc-1", True, False), []),
        (Endpoint(OWN.name, "Interface", True), Vpc("vpc-1", True, False), []),
    ],
)
def test_what_aws_makes_is_made(wanted: Endpoint, vpc: Vpc, others: list[Endpoint]) -> None:
    check(wanted, vpc, [S3, GLUE, OWN], others)


REFUSED = [
    (
        Endpoint("com.amazonaws.us-east-1.glu", "Interface"),
        VPC,
        [],
        "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.glu' does not exist",
    ),
    (
        Endpoint(GLUE.name, "Gateway"),
        VPC,
        [],
        "InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface]).",
    ),
    (
        INTERFACE,
        Vpc("vpc-1", True, False),
        [],
        "InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
        "attributes set to true for vpc-1",
    ),
    (INTERFACE, Vpc("vpc-1", False, True), [], "InvalidParameter: Enabling private DNS requires both"),
    (
        INTERFACE,
        VPC,
        [INTERFACE],
        "InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS "
        "domain for glue.dns in the VPC vpc-1",
    ),
    (
        Endpoint(S3.name, "Gateway", route_tables=("rtb-2",)),
        VPC,
        [GATEWAY],
        "RouteAlreadyExists: route table rtb-2 already has a route with destination-prefix-list-id pl-1",
    ),
    (
        Endpoint(GLUE.name, "Interface", True, {**TWO_ZONES, "subnet-c": "us-east-1a"}),
        VPC,
        [],
        "DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of subnet-c.",
    ),
    (
        Endpoint(S3.name, "Gateway", subnets=TWO_ZONES),
        VPC,
        [],
        "InvalidParameter: Subnet IDs are only supported for Interface",
    ),
    (
        Endpoint(GLUE.name, "Interface", route_tables=("rtb-1",)),
        VPC,
        [],
        "InvalidParameter: Route table IDs are only supported for Gateway",
    ),
]


@pytest.mark.parametrize(("wanted", "vpc", "others", "error"), REFUSED)
def test_what_aws_refuses_is_refused(wanted: Endpoint, vpc: Vpc, others: list[Endpoint], error: str) -> None:
    with pytest.raises(VpcEndpointError) as caught:
        check(wanted, vpc, [S3, GLUE, OWN], others, "pl-1")

    assert str(caught.value).startswith(error)
