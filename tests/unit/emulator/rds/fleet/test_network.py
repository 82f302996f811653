"""Where instances are told to be, and where their servers listen."""

from __future__ import annotations

import errno
import ipaddress
import socket
from pathlib import Path

import pytest

from glue_app.emulator.rds.exceptions import InsufficientDBInstanceCapacity
from glue_app.emulator.rds.fleet import network
from glue_app.emulator.rds.models import Endpoint

NETWORK = ipaddress.IPv4Network("127.22.200.0/29")


@pytest.mark.skipif(not Path("/proc").exists(), reason="Linux has all of 127.0.0.0/8, others do not")
def test_the_lowest_free_address_is_taken_and_given_back() -> None:
    first = network.Network(NETWORK).allocate(54990, [])
    second = network.Network(NETWORK).allocate(54990, [first])
    again = network.Network(NETWORK).allocate(54990, [second])

    assert (first.address, second.address) == ("127.22.200.1", "127.22.200.2")
    assert again == first


@pytest.mark.skipif(not Path("/proc").exists(), reason="Linux has all of 127.0.0.0/8, others do not")
def test_an_address_another_program_uses_is_passed_over() -> None:
    with socket.create_server(("127.22.200.1", 54991)):
        assert network.Network(NETWORK).allocate(54991, []).address == "127.22.200.2"


def test_a_machine_without_such_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 and a free port."""
    monkeypatch.setattr(network, "_bind_error", lambda *_: errno.EADDRNOTAVAIL)

    endpoint = network.Network(NETWORK).allocate(5432, [])

    assert endpoint.address == "127.0.0.1"
    assert endpoint.port != 5432


def test_servers_of_this_machine_listen_where_they_are_told_to_be() -> None:
    here = network.Network(NETWORK)
    endpoint = Endpoint("127.0.0.1", 41234)

    assert here.has(endpoint)
    assert here.listening(endpoint) == here.reached(endpoint) == endpoint


FIRST, SECOND, THIRD = (
    Endpoint("127.20.0.1", 5432), Endpoint("127.20.0.2", 5432), Endpoint("127.20.0.3", 6432),
)  # fmt: skip
PUBLISHED = network.Network(
    NETWORK,
    {
        FIRST: Endpoint("postgres", 5432),
        SECOND: Endpoint("postgres", 5433),
        THIRD: Endpoint("postgres", 5434),
    },
)


def test_a_container_has_the_endpoints_it_publishes() -> None:
    """The lowest with the port that is asked for; those of deleted instances are used again."""
    assert PUBLISHED.allocate(5432, []) == FIRST
    assert PUBLISHED.allocate(5432, [FIRST]) == SECOND
    assert PUBLISHED.allocate(5432, [SECOND]) == FIRST
    assert PUBLISHED.allocate(6432, []) == THIRD


def test_a_port_that_is_not_published_falls_to_one_that_is(caplog: pytest.LogCaptureFixture) -> None:
    """And the log says so."""
    assert PUBLISHED.allocate(7777, [FIRST]) == SECOND
    assert "port 7777 is not published" in caplog.text
    assert PUBLISHED.allocate(5432, [FIRST, SECOND]) == THIRD


def test_no_more_instances_than_a_container_publishes() -> None:
    with pytest.raises(InsufficientDBInstanceCapacity) as raised:
        PUBLISHED.allocate(5432, [FIRST, SECOND, THIRD])

    assert raised.value.code == "InsufficientDBInstanceCapacity"


def test_servers_of_a_container_listen_on_its_side_of_the_port() -> None:
    assert PUBLISHED.listening(SECOND) == Endpoint("*", 5433)
    assert PUBLISHED.reached(SECOND) == Endpoint("postgres", 5433)
    assert PUBLISHED.has(SECOND)
    assert not PUBLISHED.has(Endpoint("127.20.0.2", 5433))
