"""The driver's limiter over TCP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.backoff import Stopped
from pipeline.enrichment.errors import AskingStoppedError, LimiterLostError
from pipeline.enrichment.gate import Address, GateServer, RemoteGate
from pipeline.enrichment.limiter import Limiter
from tests.unit.glue.enrichment.fakes import options


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def limiter() -> Limiter:
    return Limiter(options(max_calls=3))


@pytest.fixture
def address(limiter: Limiter) -> Iterator[Address]:
    with GateServer(limiter, "127.0.0.1", "127.0.0.1") as server:
        yield server.address


def test_two_tasks_share_one_limiter(limiter: Limiter, address: Address, stop: threading.Event) -> None:
    """What one of them takes is gone for the other, and both are told when there is no more."""
    one, two = RemoteGate(address, stop), RemoteGate(address, stop)
    for gate in (one, two, one):
        gate.settle(gate.acquire(100), 10, 5)
    for gate in (one, two):
        with pytest.raises(AskingStoppedError) as caught:
            gate.acquire(100)
        assert caught.value.why == "calls"
    assert (limiter.calls, limiter.used_tokens) == (3, 45)


def test_a_throttled_request_is_told_to_the_driver(
    limiter: Limiter, address: Address, stop: threading.Event
) -> None:
    """With Bedrock's words."""
    gate = RemoteGate(address, stop)
    gate.refused(gate.acquire(1), "Too many requests")
    assert (limiter.throttled, limiter.last_refusal, limiter.calls) == (1, "Too many requests", 0)


def test_a_thread_that_waits_for_its_turn_ends_with_its_task(stop: threading.Event) -> None:
    """And does not keep the others from telling what theirs have cost."""
    limiter = Limiter(options(requests_per_minute=1))
    with GateServer(limiter, "127.0.0.1", "127.0.0.1") as server:
        gate = RemoteGate(server.address, stop)
        number = gate.acquire(1)
        ended: list[BaseException] = []

        def wait() -> None:
            try:
                gate.acquire(1)
            except BaseException as error:
                ended.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        gate.settle(number, 1, 1)
        stop.set()
        thread.join(20)
        assert isinstance(ended[0], Stopped)
        assert limiter.calls == 1


def test_without_the_secret_nothing_is_answered(
    limiter: Limiter, address: Address, stop: threading.Event
) -> None:
    """Other programs of the network can neither use the quota nor stop the run; the secret is in no log."""
    with pytest.raises(LimiterLostError):
        RemoteGate(replace(address, secret="guessed"), stop).acquire(1)
    with socket.create_connection((address.host, address.port), 10) as connection:
        connection.sendall(b"\n" + b'["acquire", 1]\n')
        assert connection.makefile("rb").read() == b""
    assert limiter._open == {}
    assert address.secret not in repr(address)


def test_a_driver_out_of_reach_is_one_line_that_says_what_to_open(stop: threading.Event) -> None:
    """Nothing is asked without the limiter."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gate = RemoteGate(Address("127.0.0.1", unused.getsockname()[1], "s"), stop)
        with pytest.raises(LimiterLostError, match="security group must let its members reach each other"):
            gate.acquire(1)
