"""LocalStack's gateway reads an answer as fast as it can, however slowly the client takes it.

Twisted's WSGI server says so itself ("does not provide any way to know if the written data has been
transmitted"): what a client has not taken lies in memory, so 150 slow readers of a 50 MB object cost 4 GB.
Here the thread that reads an answer waits while Twisted's buffer of the connection is full (64 KiB), outside
of the gate: the request has been handled by then. A client that takes nothing for five minutes is
disconnected, so that its thread is free again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from rolo.serving.twisted import HeaderPreservingWSGIResponse
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer  # type: ignore[import-untyped]

from .patch import Patch, replace

LOG = logging.getLogger(__name__)

STALLED_S = 300.0


@implementer(IPushProducer)
class Pace:
    """Whether the connection takes more; Twisted's thread says so, an answer's thread waits for it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()

    def wait(self) -> bool:
        """Wait until the connection takes more or is lost; return False when it did not for STALLED_S."""
        return self._open.wait(STALLED_S)

    def pauseProducing(self) -> None:  # noqa: N802  (Twisted's names)
        self._open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._open.set()

    def stopProducing(self) -> None:  # noqa: N802
        self._open.set()


def _registering(original: Callable[..., None]) -> Callable[..., None]:
    """On Twisted's thread, right before the first byte."""

    def send_headers(self: Any) -> None:
        original(self)
        if not self._requestFinished:
            self._pace = Pace()
            self.request.registerProducer(self._pace, True)
            if self.request.channel._waitingForTransport:  # full with the answer before this one
                self._pace.pauseProducing()
            finish = self.request.finish
            self.request.finish = lambda: (self.request.unregisterProducer(), finish())

    return send_headers


def _waiting(original: Callable[..., None]) -> Callable[..., None]:
    def write(self: Any, data: bytes) -> None:
        pace = getattr(self, "_pace", None)
        if pace is not None and not pace.wait():
            LOG.info("a client took nothing of its answer for %g s: disconnected", STALLED_S)
            self.reactor.callFromThread(self.request.transport.abortConnection)
            pace.wait()
        original(self, data)  # nothing, where the connection is lost

    return write


def _released(original: Callable[..., None]) -> Callable[..., None]:
    def finished(self: Any, outcome: Any) -> None:
        original(self, outcome)
        if (pace := getattr(self, "_pace", None)) is not None:
            pace.stopProducing()

    return finished


def apply() -> None:
    replace(HeaderPreservingWSGIResponse, "_sendResponseHeaders", _registering)
    replace(HeaderPreservingWSGIResponse, "write", _waiting)
    replace(HeaderPreservingWSGIResponse, "_finished", _released)


PATCH = Patch(
    "slow-readers", "an answer is read no faster than its client takes it, so it is never in memory", apply
)
