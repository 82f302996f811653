"""Ways through a VPC, by EC2's answers."""

from __future__ import annotations

from typing import Any

import pytest

from glue_app.emulator.ssm.network import Place, Vpc

INSTANCE = Place("vpc-1", "subnet-a", ("sg-i",), "10.0.0.4/32")
DATABASE = Place("vpc-1", "subnet-b", ("sg-d",), "10.0.1.0/24")


def rule(port: int, to: str, protocol: str = "tcp") -> dict[str, Any]:
    """to: a group, or a range."""
    named = (
        {"UserIdGroupPairs": [{"GroupId": to}]} if to.startswith("sg-") else {"IpRanges": [{"CidrIp": to}]}
    )
    if protocol == "-1":
        return {"IpProtocol": "-1", **named}
    return {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **named}


class Ec2:
    """What boto3's client answers."""

    def __init__(self) -> None:
        self.groups: dict[str, dict[str, Any]] = {}
        self.endpoints: list[dict[str, Any]] = []
        self.routes: list[dict[str, Any]] = []
        self.dns_hostnames = True

    def group(self, group_id: str, ingress: list[Any] | None = None, egress: list[Any] | None = None) -> None:
        self.groups[group_id] = {"IpPermissions": ingress or [], "IpPermissionsEgress": egress or []}

    def endpoint(self, service: str, **changes: Any) -> None:
        self.endpoints.append(
            {
                "ServiceName": f"com.amazonaws.us-east-1.{service}",
                "VpcEndpointType": "Interface",
                "State": "available",
                "PrivateDnsEnabled": True,
                "SubnetIds": ["subnet-a"],
                "Groups": [{"GroupId": "sg-e"}],
                **changes,
            }
        )

    def describe_security_groups(self, GroupIds: list[str]) -> dict[str, Any]:  # noqa: N803  (boto3's)
        return {"SecurityGroups": [{"GroupId": one, **self.groups[one]} for one in GroupIds]}

    def describe_subnets(self, SubnetIds: list[str]) -> dict[str, Any]:  # noqa: N803
        return {"Subnets": [{"CidrBlock": "10.0.0.0/24"}]}

    def describe_vpc_endpoints(self, **_: Any) -> dict[str, Any]:
        return {"VpcEndpoints": self.endpoints}

    def describe_vpc_attribute(self, VpcId: str, Attribute: str) -> dict[str, Any]:  # noqa: N803
        on = Attribute == "enableDnsSupport" or self.dns_hostnames
        return {Attribute[0].upper() + Attribute[1:]: {"Value": on}}

    def describe_route_tables(self, **_: Any) -> dict[str, Any]:
        return {"RouteTables": [{"Routes": self.routes}]}


@pytest.fixture
def ec2() -> Ec2:
    """A VPC without any way."""
    made = Ec2()
    for group_id in ("sg-i", "sg-d", "sg-e"):
        made.group(group_id)
    return made


@pytest.mark.parametrize(
    ("egress", "ingress", "port", "refused_by"),
    [
        (rule(5432, "sg-d"), rule(5432, "sg-i"), 5432, None),
        (rule(5432, "10.0.1.0/24"), rule(5432, "10.0.0.0/16"), 5432, None),
        (rule(0, "0.0.0.0/0", "-1"), rule(0, "sg-i", "-1"), 5432, None),
        (rule(5432, "sg-d"), rule(5432, "sg-i"), 5433, "egress"),
        (rule(5432, "sg-e"), rule(5432, "sg-i"), 5432, "egress"),
        (rule(5432, "10.0.1.0/25"), rule(5432, "sg-i"), 5432, "egress"),
        (rule(5432, "sg-d", "udp"), rule(5432, "sg-i"), 5432, "egress"),
        (rule(5432, "sg-d"), rule(5432, "10.0.0.5/32"), 5432, "ingress"),
        (rule(5432, "sg-d"), rule(5432, "sg-d"), 5432, "ingress"),
    ],
)
def test_both_groups_must_let_a_connection_through(
    ec2: Ec2, egress: dict[str, Any], ingress: dict[str, Any], port: int, refused_by: str | None
) -> None:
    """By group or range, for the port and TCP; the refusal names the side that lacks a rule."""
    ec2.group("sg-i", egress=[egress])
    ec2.group("sg-d", ingress=[ingress])
    refusal = Vpc(ec2).refusal(INSTANCE, DATABASE, port)
    assert (refusal is None) if refused_by is None else (refusal or "").startswith(f"no {refused_by} rule")


def test_vpcs_are_apart(ec2: Ec2) -> None:
    other = Place("vpc-2", "subnet-c", ("sg-d",), "10.0.1.0/24")
    assert "not connected" in (Vpc(ec2).refusal(INSTANCE, other, 5432) or "")


def open_443(ec2: Ec2) -> None:
    ec2.group("sg-i", egress=[rule(443, "sg-e")])
    ec2.group("sg-e", ingress=[rule(443, "sg-i")])


def test_a_service_is_reached_by_its_endpoint(ec2: Ec2) -> None:
    """Whose name begins with no other service's: ssmmessages is not ssm."""
    open_443(ec2)
    ec2.endpoint("ssmmessages")
    assert Vpc(ec2).reaches_service(INSTANCE, "ssmmessages")
    assert not Vpc(ec2).reaches_service(INSTANCE, "ssm")


@pytest.mark.parametrize(
    "changes",
    [
        {"PrivateDnsEnabled": False},
        {"State": "pending"},
        {"VpcEndpointType": "Gateway"},
        {"Groups": [{"GroupId": "sg-d"}]},
    ],
)
def test_an_endpoint_that_is_no_way(ec2: Ec2, changes: dict[str, Any]) -> None:
    open_443(ec2)
    ec2.endpoint("ssm", **changes)
    assert not Vpc(ec2).reaches_service(INSTANCE, "ssm")


def test_private_dns_wants_the_vpcs_dns_hostnames(ec2: Ec2) -> None:
    open_443(ec2)
    ec2.endpoint("ssm")
    ec2.dns_hostnames = False
    assert not Vpc(ec2).reaches_service(INSTANCE, "ssm")


@pytest.mark.parametrize(
    ("route", "reached"),
    [
        ({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}, True),
        ({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}, True),
        ({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "blackhole"}, False),
        ({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}, False),
    ],
)
def test_a_service_is_reached_by_the_internet(ec2: Ec2, route: dict[str, Any], reached: bool) -> None:
    """With a default route, and an egress rule to anywhere."""
    ec2.routes = [route]
    assert not Vpc(ec2).reaches_service(INSTANCE, "ssm")
    ec2.group("sg-i", egress=[rule(443, "0.0.0.0/0")])
    assert Vpc(ec2).reaches_service(INSTANCE, "ssm") is reached
