"""DB instances as other rooms reach them."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest

from glue_app.emulator.rds.fleet import listeners
from glue_app.emulator.rds.fleet.network import Network
from glue_app.emulator.rds.models import DBSubnetGroup, Endpoint, RdsStores, Subnet
from glue_app.emulator.service.listeners import Listener
from glue_app.emulator.service.scope import Scope
from tests.support.db_instances import instance as some_instance

TOLD, INSIDE = Endpoint("127.20.0.1", 5432), Endpoint("postgres", 6001)
SCOPE = Scope("000000000000", "us-east-1")


@pytest.fixture
def stores() -> RdsStores:
    made = RdsStores()
    subnets = (Subnet("subnet-a", "us-east-1a", "vpc-1"), Subnet("subnet-b", "us-east-1b", "vpc-1"))
    made.of(SCOPE).instances["gold"] = replace(
        some_instance(),
        endpoint=TOLD,
        availability_zone="us-east-1b",
        subnet_group=DBSubnetGroup("group", "", "arn", subnets),
        status="available",
    )
    return made


def find(stores: RdsStores, account: str = "000000000000", port: int = 5432) -> Listener | None:
    network = Network(ipaddress.IPv4Network("127.20.0.0/16"), {TOLD: INSIDE})
    return listeners.find(stores, network, account, "us-east-1", TOLD.address, port)


def test_an_instance_is_found_by_its_endpoint(stores: RdsStores) -> None:
    """With its place in the VPC, and where this process reaches its server."""
    assert find(stores) == Listener(INSIDE, "vpc-1", "subnet-b", ("sg-1",))


def test_nothing_else_is(stores: RdsStores) -> None:
    """Another port, another account's, one that is being created."""
    assert find(stores, port=5433) is None
    assert find(stores, account="111111111111") is None
    stores.of(SCOPE).instances["gold"].status = "creating"
    assert find(stores) is None
