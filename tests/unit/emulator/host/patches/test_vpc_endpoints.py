"""The patch vpc_endpoints: moto and LocalStack refuse the endpoints that AWS refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.ec2.provider import Ec2Provider
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.vpcs import VPCBackend

from glue_app.emulator.host.patches import vpc_endpoints
from glue_app.emulator.host.patches.patch import original

ACCOUNT, REGION = "123456789012", "eu-west-1"
PREFIX = f"com.amazonaws.{REGION}."
INFRA = Path(__file__).parents[5] / "infra" / "endpoints.tf"


class Network:
    """A VPC with two subnets in two zones and a third in the first, and a route table."""

    def __init__(self) -> None:
        self.backend = ec2_backends[ACCOUNT][REGION]
        self.vpc: str = self.backend.create_vpc("10.80.0.0/16").id
        self.set_dns(True)
        zones = ((0, "a"), (1, "b"), (2, "a"))
        self.subnets: list[str] = [
            self.backend.create_subnet(
                self.vpc, f"10.80.{number}.0/24", availability_zone=f"{REGION}{zone}"
            ).id
            for number, zone in zones
        ]
        self.table: str = self.backend.create_route_table(self.vpc).id

    def set_dns(self, hostnames: bool) -> None:
        self.backend.modify_vpc_attribute(self.vpc, "enable_dns_hostnames", hostnames)

    def make(self, service: str, kind: str | None = "Interface", **more: Any) -> Any:
        given = {"policy_document": None, "route_table_ids": [], "private_dns_enabled": True, **more}
        return self.backend.create_vpc_endpoint(self.vpc, PREFIX + service, kind, **given)

    def modify(self, endpoint: Any, **asked: Any) -> None:
        context = SimpleNamespace(account_id=ACCOUNT, region=REGION)
        Ec2Provider.modify_vpc_endpoint(object.__new__(Ec2Provider), context, endpoint.id, **asked)


@pytest.fixture
def network() -> Iterator[Network]:
    vpc_endpoints.apply()
    yield Network()
    ec2_backends[ACCOUNT][REGION].reset()


def refusal(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(EC2ClientError) as caught:
        call(*args, **kwargs)
    assert caught.value.code == 400
    return str(caught.value.error_type)


def test_moto_still_makes_an_endpoint_of_no_service(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VPCBackend, "create_vpc_endpoint", original(VPCBackend, "create_vpc_endpoint"))

    assert network.make("bedrock_runtime").id


def test_an_endpoint_that_aws_would_not_make_is_refused(network: Network) -> None:
    assert refusal(network.make, "bedrock_runtime") == "InvalidServiceName"
    assert refusal(network.make, "glue", None, route_table_ids=[network.table]) == "InvalidParameter"
    assert refusal(network.make, "glue", subnet_ids=network.subnets) == "DuplicateSubnetsInSameZone"
    network.set_dns(False)
    assert refusal(network.make, "glue") == "InvalidParameter"
    assert network.make("glue", private_dns_enabled=False).id
    assert len(network.backend.vpc_end_points) == 1


def test_the_same_endpoint_twice_is_refused_until_it_is_deleted(network: Network) -> None:
    """But for a retry with the same client token, which gets the endpoint that is there."""
    first = network.make("glue", subnet_ids=network.subnets[:2], client_token="t")
    gateway = network.make("s3", "Gateway", route_table_ids=[network.table])

    assert network.make("glue", subnet_ids=network.subnets[:2], client_token="t") is first
    assert refusal(network.make, "glue", client_token="u") == "InvalidParameter"
    assert refusal(network.make, "s3", "Gateway", route_table_ids=[network.table]) == "RouteAlreadyExists"
    network.backend.delete_vpc_endpoints([first.id, gateway.id])
    assert network.make("glue", client_token="u").id
    assert network.make("s3", "Gateway", route_table_ids=[network.table]).id


def test_a_modification_is_held_to_the_same_rules(network: Network) -> None:
    first = network.make("glue", subnet_ids=network.subnets[:2])
    second = network.make("glue", private_dns_enabled=False)

    assert refusal(network.modify, second, private_dns_enabled=True) == "InvalidParameter"
    assert refusal(network.modify, first, add_subnet_ids=network.subnets[2:]) == "DuplicateSubnetsInSameZone"
    network.modify(first, remove_subnet_ids=network.subnets[:1], add_subnet_ids=network.subnets[2:])
    network.modify(first, private_dns_enabled=False)
    network.modify(second, private_dns_enabled=True)
    assert second.private_dns_enabled
    assert not first.private_dns_enabled


def test_a_route_table_has_one_gateway_for_a_service(network: Network) -> None:
    network.make("s3", "Gateway", route_table_ids=[network.table])
    second = network.make("s3", "Gateway")

    assert refusal(network.modify, second, add_route_table_ids=[network.table]) == "RouteAlreadyExists"


def test_every_endpoint_of_infra_is_made(network: Network) -> None:
    """In one VPC, as Terraform applies it."""
    locals_ = INFRA.read_text(encoding="utf-8").partition("locals {")[2].partition("\n}\n")[0]
    services = re.findall(r'^\s+"([a-z0-9-]+)"\s+= "', locals_, re.MULTILINE)

    assert len(services) >= 10
    assert network.make("s3", "Gateway", route_table_ids=[network.table]).id
    for service in services:
        assert network.make(service, subnet_ids=network.subnets[:2]).id
