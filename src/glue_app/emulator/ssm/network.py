"""Who reaches whom in a VPC, as far as Session Manager asks: security groups, endpoints, routes.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html. Network ACLs are not looked at.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HTTPS = 443
_ANYWHERE = "0.0.0.0/0"

Rule = Mapping[str, Any]
Groups = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Place:
    """Where a network interface is. cidr: its address, or the range of its subnet where that is not known."""

    vpc_id: str
    subnet_id: str
    security_group_ids: tuple[str, ...]
    cidr: str

    @classmethod
    def of_instance(cls, instance: Mapping[str, Any]) -> Place:
        """Of an instance as EC2 describes it."""
        groups = tuple(group["GroupId"] for group in instance.get("SecurityGroups", ()))
        address = instance.get("PrivateIpAddress") or "0.0.0.0"  # noqa: S104  (one of EC2's, not ours to bind)
        return cls(instance["VpcId"], instance["SubnetId"], groups, f"{address}/32")


class Vpc:
    """EC2's answers to questions about ways. ec2: a client of boto3 in the account and region."""

    def __init__(self, ec2: Any) -> None:
        self._ec2 = ec2

    def place_of(self, vpc_id: str, subnet_id: str, security_group_ids: Sequence[str]) -> Place:
        """Of something in a subnet whose address EC2 does not know."""
        subnet = self._ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]
        return Place(vpc_id, subnet_id, tuple(security_group_ids), subnet["CidrBlock"])

    def refusal(self, source: Place, destination: Place, port: int) -> str | None:
        """Why no TCP connection comes about, None where the security groups of both allow it."""
        if source.vpc_id != destination.vpc_id:
            return f"{source.vpc_id} and {destination.vpc_id} are not connected"
        groups = self._groups({*source.security_group_ids, *destination.security_group_ids})
        if not _allows(groups, source.security_group_ids, "IpPermissionsEgress", destination, port):
            return (
                f"no egress rule of {', '.join(source.security_group_ids)} allows port {port} "
                f"to {', '.join(destination.security_group_ids)}"
            )
        if not _allows(groups, destination.security_group_ids, "IpPermissions", source, port):
            return (
                f"no ingress rule of {', '.join(destination.security_group_ids)} allows port {port} "
                f"from {', '.join(source.security_group_ids)}"
            )
        return None

    def reaches_service(self, source: Place, service: str) -> bool:
        """Whether HTTPS to an AWS service has a way: an interface endpoint, or the internet.

        service: the end of its endpoint service's name, such as `ssmmessages`.
        """
        return self._by_endpoint(source, service) or self._by_internet(source)

    def _by_endpoint(self, source: Place, service: str) -> bool:
        """Private DNS must name the endpoint: the agent uses the service's ordinary host name."""
        filters = [{"Name": "vpc-id", "Values": [source.vpc_id]}]
        for endpoint in self._ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]:
            if not (
                endpoint["ServiceName"].endswith(f".{service}")
                and endpoint.get("VpcEndpointType") == "Interface"
                and endpoint.get("State") == "available"
                and endpoint.get("PrivateDnsEnabled")
            ):
                continue
            groups = [group["GroupId"] for group in endpoint.get("Groups", ())]
            places = (
                self.place_of(source.vpc_id, subnet, groups) for subnet in endpoint.get("SubnetIds", ())
            )
            if self._resolves(source.vpc_id) and any(
                self.refusal(source, place, HTTPS) is None for place in places
            ):
                return True
        return False

    def _resolves(self, vpc_id: str) -> bool:
        """Private DNS names want both attributes of the VPC."""
        return all(
            self._ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)[answer]["Value"]
            for name, answer in (
                ("enableDnsSupport", "EnableDnsSupport"),
                ("enableDnsHostnames", "EnableDnsHostnames"),
            )
        )

    def _by_internet(self, source: Place) -> bool:
        """Tell whether there is a default route, and an egress rule for HTTPS to anywhere."""
        groups = self._groups(set(source.security_group_ids))
        internet = Place("", "", (), _ANYWHERE)
        if not _allows(groups, source.security_group_ids, "IpPermissionsEgress", internet, HTTPS):
            return False
        return any(
            route.get("DestinationCidrBlock") == _ANYWHERE
            and route.get("State", "active") == "active"
            and (route.get("NatGatewayId") or str(route.get("GatewayId", "")).startswith("igw-"))
            for route in self._routes(source)
        )

    def _routes(self, source: Place) -> Iterable[Mapping[str, Any]]:
        """Those of the subnet's route table, else of the VPC's main one."""
        for name, value in (("association.subnet-id", source.subnet_id), ("association.main", "true")):
            filters = [
                {"Name": name, "Values": [value]},
                {"Name": "vpc-id", "Values": [source.vpc_id]},
            ]
            if tables := self._ec2.describe_route_tables(Filters=filters)["RouteTables"]:
                return list(tables[0]["Routes"])
        return []

    def _groups(self, group_ids: set[str]) -> Groups:
        if not group_ids:
            return {}
        found = self._ec2.describe_security_groups(GroupIds=sorted(group_ids))["SecurityGroups"]
        return {group["GroupId"]: group for group in found}


def _allows(groups: Groups, group_ids: Iterable[str], direction: str, other: Place, port: int) -> bool:
    """Whether a rule of the groups lets TCP through to or from the other side. direction: EC2's field."""
    rules = (rule for group_id in group_ids if group_id in groups for rule in groups[group_id][direction])
    return any(_covers_port(rule, port) and _names(rule, other) for rule in rules)


def _covers_port(rule: Rule, port: int) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    return rule["IpProtocol"] in ("tcp", "6") and rule.get("FromPort", 0) <= port <= rule.get("ToPort", 65535)


def _names(rule: Rule, other: Place) -> bool:
    pairs = {pair.get("GroupId") for pair in rule.get("UserIdGroupPairs", ())}
    if pairs & set(other.security_group_ids):
        return True
    there = ipaddress.IPv4Network(other.cidr)
    ranges = (ipaddress.IPv4Network(one["CidrIp"]) for one in rule.get("IpRanges", ()))
    return any(there.subnet_of(one) for one in ranges)
