"""The gate: a save finds a moment in which no request is inside."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from glue_app.emulator.host.state.gate import Gate, GateClosedError, GateTimeoutError, mutates
from tests.support.polling import wait_for


@pytest.fixture
def gate() -> Gate:
    return Gate()


class Caller:
    """A request on a thread of its own: it enters, stays until `end()`, and leaves."""

    def __init__(self, gate: Gate, internal: bool = False) -> None:
        self.inside = threading.Event()
        self.refused: list[GateClosedError] = []
        self._end = threading.Event()
        self._gate, self._internal = gate, internal
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._gate.enter(self._internal)
        except GateClosedError as error:
            self.refused.append(error)
            return
        self.inside.set()
        self._end.wait(60)
        self._gate.leave()

    def end(self) -> None:
        self._end.set()
        self.thread.join(60)


class Holder:
    """A save on a thread of its own, which holds the gate until `end()`."""

    def __init__(self, gate: Gate) -> None:
        self.held = threading.Event()
        self._end = threading.Event()
        self._gate = gate
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        with self._gate.hold(10):
            self.held.set()
            self._end.wait(60)

    def end(self) -> None:
        self._end.set()
        self.thread.join(60)


@pytest.fixture
def waiting(gate: Gate) -> Iterator[tuple[Caller, Holder]]:
    """A request that is inside, and a save that waits for it."""
    caller = Caller(gate)
    assert caller.inside.wait(60)
    holder = Holder(gate)
    wait_for("the save to wait", lambda: gate._waiting)
    yield caller, holder
    caller.end()
    holder.end()


def test_a_save_waits_for_the_requests_inside(waiting: tuple[Caller, Holder]) -> None:
    caller, holder = waiting
    assert not holder.held.wait(0.1)

    caller.end()

    assert holder.held.wait(60)


def test_a_request_waits_for_a_waiting_save_and_for_one_that_holds(
    gate: Gate, waiting: tuple[Caller, Holder]
) -> None:
    """Or a save under load would never find its moment."""
    caller, holder = waiting
    late = Caller(gate)
    assert not late.inside.wait(0.1), "while the save waits"

    caller.end()
    assert holder.held.wait(60)
    assert not late.inside.wait(0.1), "while it holds"

    holder.end()
    assert late.inside.wait(60)
    late.end()


def test_an_internal_request_passes_a_waiting_save_but_not_one_that_holds(
    gate: Gate, waiting: tuple[Caller, Holder]
) -> None:
    """The request inside may be waiting for it."""
    caller, holder = waiting
    internal = Caller(gate, internal=True)
    assert internal.inside.wait(60)
    internal.end()

    caller.end()
    assert holder.held.wait(60)
    late = Caller(gate, internal=True)
    assert not late.inside.wait(0.1)
    holder.end()
    assert late.inside.wait(60)
    late.end()


def test_requests_that_do_not_end_make_the_save_give_up(gate: Gate) -> None:
    """It says how many there are, and those that were kept out come in."""
    stays = Caller(gate)
    assert stays.inside.wait(60)

    with pytest.raises(GateTimeoutError, match="1 requests") as raised, gate.hold(0.05):
        pytest.fail("held")

    assert raised.value.active == 1
    late = Caller(gate)
    assert late.inside.wait(60)
    late.end()
    stays.end()


def test_the_request_that_asks_for_the_save_does_not_wait_for_itself(gate: Gate) -> None:
    gate.enter(internal=False)
    with gate.hold(1):
        assert gate.active == 1
    gate.leave()
    assert gate.active == 0


def test_a_request_within_a_request_counts_once(gate: Gate) -> None:
    """In-memory clients work on the caller's thread: with a save waiting they must not wait for that."""
    gate.enter(internal=False)
    holder = Holder(gate)
    wait_for("the save to wait", lambda: gate._waiting)

    gate.enter(internal=False)
    assert gate.active == 1
    gate.leave()
    assert not holder.held.is_set()

    gate.leave()
    assert holder.held.wait(60)
    holder.end()


def test_a_save_does_not_wait_for_a_request_that_stepped_outside(gate: Gate) -> None:
    """And the request comes in again only when the save is over."""
    outside, back, go_on = threading.Event(), threading.Event(), threading.Event()

    def poll() -> None:
        gate.enter(internal=False)
        with gate.outside():
            outside.set()
            go_on.wait(60)
        back.set()
        gate.leave()

    threading.Thread(target=poll, daemon=True).start()
    assert outside.wait(60)

    with gate.hold(1):
        go_on.set()
        assert not back.wait(0.1)

    assert back.wait(60)


def test_a_request_made_while_outside_passes_the_gate(gate: Gate) -> None:
    """On the same thread: it may change something, so it is no part of the request that stepped outside."""
    gate.enter(internal=False)
    with gate.outside():
        gate.enter(internal=True)
        inside = gate.active
        gate.leave(mutated=True)
        assert (inside, gate.active) == (1, 0)
    assert (gate.active, gate.mutations) == (1, 1)
    gate.leave()
    assert gate.active == 0


def test_a_closed_gate_refuses_requests_from_outside(gate: Gate) -> None:
    """One that waited for the save is refused as well; internal ones pass, so that those inside can end."""
    holder = Holder(gate)
    assert holder.held.wait(60)
    waited = Caller(gate)
    gate.close("the stack is being stopped")
    holder.end()
    wait_for("the refusal", lambda: waited.refused)

    with pytest.raises(GateClosedError, match="being stopped"):
        gate.enter(internal=False)
    gate.enter(internal=True)
    gate.leave()


def test_a_request_inside_comes_back_through_a_closed_gate(gate: Gate) -> None:
    """It was admitted before: a long poll may end."""
    gate.enter(internal=False)
    with gate.outside():
        gate.close("stopping")
    assert gate.active == 1


def test_many_requests_and_saves_never_meet(gate: Gate) -> None:
    """Under load, whoever holds the gate is alone."""
    inside, met, stop = [0], [], threading.Event()

    def work() -> None:
        while not stop.is_set():
            gate.enter(internal=False)
            inside[0] += 1
            time.sleep(0.0002)
            inside[0] -= 1
            gate.leave(mutated=True)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        with gate.hold(5):
            before = inside[0]
            time.sleep(0.001)
            met.append((before, inside[0]))
    stop.set()
    for thread in threads:
        thread.join(60)

    assert set(met) == {(0, 0)}
    assert gate.active == 0
    assert gate.mutations > 0


@pytest.mark.parametrize(
    ("operation", "method", "expected"),
    [
        ("PutObject", "PUT", True),
        ("GetObject", "GET", False),
        ("ReceiveMessage", "POST", True),  # it hides the message
        ("DescribeAlarms", "POST", False),
        ("BatchGetJobs", "POST", False),
        ("BatchStopJobRun", "POST", True),
        ("ValidateStateMachineDefinition", "POST", False),
        (None, "PUT", True),
        (None, "HEAD", False),
    ],
)
def test_what_may_change_something_counts(operation: str | None, method: str, expected: bool) -> None:
    assert mutates(operation, method) is expected


def test_an_unnoticed_request_is_no_reason_for_a_save(gate: Gate) -> None:
    """Those after it are, and those of other threads."""
    with gate.unnoticed():
        gate.enter(internal=True)
        gate.leave(mutated=True)
        other = threading.Thread(target=lambda: (gate.enter(False), gate.leave(mutated=True)))
        other.start()
        other.join()
    assert gate.mutations == 1

    gate.enter(internal=True)
    gate.leave(mutated=True)
    assert gate.mutations == 2
