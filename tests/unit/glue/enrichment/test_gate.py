"""The driver's limiter over TCP."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import wait
from unittest import mock

import pytest

from pipeline.backoff import Stopped
from pipeline.enrichment.asking import Outcome
from pipeline.enrichment.errors import AskingStoppedError, LimiterLostError
from pipeline.enrichment.executor import PartitionTask
from pipeline.enrichment.gate import Address, GateServer, RemoteGate
from pipeline.enrichment.limiter import Limiter
from tests.support.enrichment_fakes import TASK, FakeBucket, FakeModel, options, texts
from tests.support.polling import wait_for


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
        thread.join(60)
        assert isinstance(ended[0], Stopped)
        assert limiter.calls == 1


def test_without_the_secret_nothing_is_answered(
    limiter: Limiter, address: Address, stop: threading.Event
) -> None:
    """Other programs of the network can neither use the quota nor stop the run; the secret is in no log."""
    with pytest.raises(LimiterLostError, match="does not know this task's secret"):
        RemoteGate(replace(address, secret="0" * len(address.secret)), stop).acquire(1)
    with socket.create_connection((address.host, address.port), 60) as connection:
        connection.sendall(b"\n" * len(address.secret) + b'["acquire", 1]\n')
        assert _rest(connection) == b""
    assert limiter._open == {}
    assert address.secret not in repr(address)


def test_who_says_nothing_or_one_byte_now_and_then_is_hung_up_on(
    limiter: Limiter, stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And holds nobody up meanwhile."""
    monkeypatch.setattr("pipeline.enrichment.gate._SECRET_SECONDS", 1.0)
    with GateServer(limiter, "127.0.0.1", "127.0.0.1") as server:
        place = (server.address.host, server.address.port)
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(socket.create_connection(place, 60)) for _ in range(20)]
            RemoteGate(server.address, stop).acquire(1)
            with contextlib.suppress(OSError):
                for _ in range(10_000):
                    slow[0].sendall(b"x")
                    time.sleep(0.02)
                    if wait([slow[0]], 0):
                        break
            assert all(_rest(one) == b"" for one in slow)


def test_a_message_without_an_end_is_cut_off(
    limiter: Limiter, address: Address, stop: threading.Event
) -> None:
    """The driver keeps no more of it than a message has; Bedrock's words are shortened before."""
    with socket.create_connection((address.host, address.port), 60) as connection:
        connection.sendall(address.secret.encode() + b"[" * 10_000)
        assert _rest(connection) in (b"", b"true\n")
    gate = RemoteGate(address, stop)
    gate.refused(gate.acquire(1), "\u65e5" * 100_000)
    assert limiter.last_refusal == "\u65e5" * 400


def test_what_a_dead_task_had_under_way_is_lost_and_holds_nobody_up(
    limiter: Limiter, address: Address, stop: threading.Event
) -> None:
    """It counts as asked: the model may have answered. Its second attempt goes on with what is left."""
    first = RemoteGate(address, stop)
    for _ in range(2):
        first.acquire(100)
    first.close()
    second = RemoteGate(address, stop)
    second.settle(second.acquire(100), 10, 5)
    with pytest.raises(AskingStoppedError):
        second.acquire(100)
    assert (limiter.calls, limiter.used_tokens) == (3, 215)


def test_a_turn_that_comes_after_its_task_has_ended_costs_nothing(stop: threading.Event) -> None:
    """Its request was never sent."""
    now = [0.0]
    waits = threading.Event()

    def passing(changed: threading.Condition, seconds: float) -> None:
        waits.set()
        changed.wait(0.01)

    limiter = Limiter(options(requests_per_minute=1), clock=lambda: now[0], wait=passing)
    with (
        mock.patch.object(limiter, "refused", wraps=limiter.refused) as refused,
        GateServer(limiter, "127.0.0.1", "127.0.0.1") as server,
    ):
        gate = RemoteGate(server.address, stop)
        gate.settle(gate.acquire(1), 1, 1)

        def wait_in_vain() -> None:
            with pytest.raises(Stopped):
                gate.acquire(1)

        thread = threading.Thread(target=wait_in_vain)
        thread.start()
        assert waits.wait(60)
        stop.set()
        thread.join(60)
        gate.close()
        now[0] = 60.0
        wait_for("its turn to pass", lambda: refused.called)
    assert (limiter.calls, limiter._open) == (1, {})


def test_a_hundred_tasks_at_once_share_the_limit(stop: threading.Event) -> None:
    """Not one request more than it, not one less."""
    limiter = Limiter(options(max_calls=150))
    ended: list[str] = []

    def task(address: Address) -> None:
        with contextlib.closing(RemoteGate(address, stop)) as gate:
            try:
                while True:
                    gate.settle(gate.acquire(1), 1, 1)
            except AskingStoppedError as error:
                ended.append(error.why)

    with GateServer(limiter, "127.0.0.1", "127.0.0.1") as server:
        threads = [threading.Thread(target=task, args=(server.address,)) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    assert ended == ["calls"] * 100
    assert limiter.calls == 150


def test_two_attempts_of_a_task_at_once_take_a_permit_for_each_request() -> None:
    """As Spark's speculation has it: both are counted, and both bring all answers."""
    limiter, model, bucket = Limiter(options()), FakeModel(), FakeBucket()
    answered: list[int] = []

    def attempt(address: Address) -> None:
        work = PartitionTask(TASK, options(records_per_prompt=2), 2, address)
        results = work.results(texts(20), model, bucket)
        answered.append(sum(isinstance(one, Outcome) and one.entry.answer is not None for one in results))

    with GateServer(limiter, "127.0.0.1", "127.0.0.1") as server:
        threads = [threading.Thread(target=attempt, args=(server.address,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    assert answered == [20, 20]
    assert 10 <= limiter.calls == len(model.requests) <= 20
    assert limiter._open == {}


def test_a_driver_that_takes_no_connections_any_more_ends_the_task(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its kernel does still: without a word of welcome a task would wait for its turn for ever."""
    monkeypatch.setattr("pipeline.enrichment.gate._CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as dead:
        gate = RemoteGate(Address("127.0.0.1", dead.getsockname()[1], "s"), stop)
        with pytest.raises(LimiterLostError, match="timed out"):
            gate.acquire(1)


def test_a_driver_that_fails_ends_the_task(
    limiter: Limiter, address: Address, stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the limiter closes the connection."""
    monkeypatch.setattr(limiter, "_seconds_until", lambda tokens: 1 / 0)
    with pytest.raises(LimiterLostError, match="closed"):
        RemoteGate(address, stop).acquire(1)


def test_a_driver_out_of_reach_is_one_line_that_says_what_to_open(stop: threading.Event) -> None:
    """Nothing is asked without the limiter."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gate = RemoteGate(Address("127.0.0.1", unused.getsockname()[1], "s"), stop)
        with pytest.raises(LimiterLostError, match="security group must let its members reach each other"):
            gate.acquire(1)


def _rest(connection: socket.socket) -> bytes:
    try:
        return connection.makefile("rb").read()
    except ConnectionError:  # closed with something of ours unread
        return b""
