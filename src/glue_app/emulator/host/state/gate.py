"""The gate of the gateway: how a save finds a moment in which no request is changing anything.

Requests enter and leave. A save holds the gate: it waits until those inside have left and keeps out new
ones. While it waits, internal requests (one service calling another, on a thread of its own) still pass:
an open request may be waiting for one.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

# Operations that only read begin with one of these. ReceiveMessage is not among them: it hides a message.
_READS = (
    "Get", "List", "Describe", "Head", "BatchGet", "Validate", "Lookup", "Filter", "Search",
)  # fmt: skip
_READING_METHODS = ("GET", "HEAD", "OPTIONS")


class GateTimeoutError(TimeoutError):
    """Raised when the requests inside did not leave in time; `active` is how many there still are."""

    def __init__(self, active: int, timeout_s: float) -> None:
        self.active = active
        super().__init__(f"{active} requests are still going on after {timeout_s:g} s: try again later")


class GateClosedError(RuntimeError):
    """Raised for a request from outside once the gate was closed; its message is the one to answer with."""


@dataclass
class _Visit:
    """What a thread is doing at the gate. A request that a thread makes within a request counts once."""

    depth: int = 0
    internal: bool = False
    unnoticed: bool = False


class Gate:
    """Counts the requests that are going on, and holds new ones back."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._visits = threading.local()
        self._active = 0
        self._waiting = 0
        self._holder: int | None = None
        self._closed: str | None = None
        self._mutations = 0

    @property
    def mutations(self) -> int:
        """How many requests that may have changed something have ended since the process started."""
        return self._mutations

    @property
    def active(self) -> int:
        """How many requests are inside."""
        return self._active

    def enter(self, internal: bool) -> None:
        """Wait until a request may go on.

        internal: made by the emulator itself. Raises GateClosedError where it is not and the gate is closed.
        """
        visit = self._visit()
        if visit.depth == 0:
            with self._changed:
                self._admit(internal)
            visit.internal = internal
        visit.depth += 1

    def leave(self, mutated: bool = False) -> None:
        """Note that the request of this thread has ended."""
        visit = self._visit()
        visit.depth -= 1
        with self._changed:
            self._mutations += mutated and not visit.unnoticed
            if visit.depth == 0:
                self._active -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def unnoticed(self) -> Iterator[None]:
        """Let what this thread's own requests change be no reason for a save of its own."""
        visit = self._visit()
        before, visit.unnoticed = visit.unnoticed, True
        try:
            yield
        finally:
            visit.unnoticed = before

    @contextlib.contextmanager
    def outside(self) -> Iterator[None]:
        """Step outside for a long wait in the middle of a request.

        What the request itself holds must not be changed meanwhile; requests that this thread makes outside
        pass the gate one by one, as those of an execution do. A closed gate lets it in again: the request
        was admitted before.
        """
        visit = self._visit()
        depth, internal = visit.depth, visit.internal
        if depth == 0:  # not a request's thread
            yield
            return
        visit.depth = 0
        with self._changed:
            self._active -= 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._await_turn(internal)
                self._active += 1
            visit.depth, visit.internal = depth, internal

    @contextlib.contextmanager
    def hold(self, timeout_s: float) -> Iterator[None]:
        """Nobody is inside, but the request that asks for it, until the block ends.

        Raises GateTimeoutError where the others have not left after `timeout_s`; they go on undisturbed.
        """
        mine = 1 if self._visit().depth else 0
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._waiting += 1
            try:
                quiet = self._changed.wait_for(
                    lambda: self._active <= mine and self._holder is None, deadline - time.monotonic()
                )
                if not quiet:
                    raise GateTimeoutError(self._active - mine, timeout_s)
                self._holder = threading.get_ident()
            finally:
                self._waiting -= 1
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._holder = None
                self._changed.notify_all()

    def close(self, message: str) -> None:
        """From now on requests from outside are refused with `message`; those inside may end."""
        with self._changed:
            self._closed = message
            self._changed.notify_all()

    def reopen(self) -> None:
        """Take back `close`: what it was closed for did not happen."""
        with self._changed:
            self._closed = None

    def _admit(self, internal: bool) -> None:
        if self._holder == threading.get_ident():  # a save that asks a service
            self._active += 1
            return
        self._await_turn(internal, refuse=not internal)
        self._active += 1

    def _await_turn(self, internal: bool, refuse: bool = False) -> None:
        while True:
            if refuse and self._closed is not None:
                raise GateClosedError(self._closed)
            if self._holder is None and (internal or not self._waiting):
                return
            self._changed.wait()

    def _visit(self) -> _Visit:
        if not hasattr(self._visits, "own"):
            self._visits.own = _Visit()
        visit: _Visit = self._visits.own
        return visit


def mutates(operation: str | None, method: str) -> bool:
    """Whether a request may change something: judged by its HTTP method where the operation is unknown."""
    if operation is None:
        return method not in _READING_METHODS
    return not operation.startswith(_READS)


GATE = Gate()
"""The gate of this process."""
