"""LocalStack has no moment of rest: a save taken while requests go on is of no one moment.

Every request passes a gate that a save can hold (emulator/host/state/gate.py). rolo's handler chain is the
place: HTTP requests and in-memory ones both end there, while `localstack.aws.gateway.Gateway.handle` sees
only the latter. An SQS long poll steps outside while it waits, or a save would wait for its 20 s; the message
is taken only when it is back inside. A WebSocket does not count: it stays open for hours.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty
from typing import Any

from localstack.services.sqs.queue import InterruptibleQueue
from rolo.gateway.chain import HandlerChain
from rolo.websocket.request import WebSocketRequest

from glue_app.emulator.host.patches.patch import Patch, replace
from glue_app.emulator.host.refusing import refuse
from glue_app.emulator.host.state.gate import GATE, GateClosedError, mutates

#: on every request that LocalStack's own clients make
INTERNAL_HEADER = "x-localstack-data"
#: health, and the save itself: they answer whatever the gate does
PASSING_PATHS = ("/_glue-app/", "/_localstack/")


def _gated(original: Callable[..., None]) -> Callable[..., None]:
    def handle(self: Any, context: Any, response: Any) -> None:
        request = context.request
        if request.path.startswith(PASSING_PATHS) or isinstance(request, WebSocketRequest):
            original(self, context, response)
            return
        try:
            GATE.enter(internal=INTERNAL_HEADER in request.headers)
        except GateClosedError as closed:
            refuse(request, response, 503, "ServiceUnavailable", str(closed))
            return
        try:
            original(self, context, response)
        finally:
            operation = getattr(context, "operation", None)
            GATE.leave(mutates(operation.name if operation else None, request.method))

    return handle


def _waiting_outside(original: Callable[..., Any]) -> Callable[..., Any]:
    def get(self: Any, block: bool = True, timeout: float | None = None) -> Any:
        if not block or (timeout is not None and timeout <= 0):
            return original(self, block, timeout)
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            with GATE.outside():
                _await_item(self, deadline)
            try:
                return original(self, False)
            except Empty:  # another request was faster, or there was none in time
                if self.is_shutdown or (deadline is not None and time.monotonic() >= deadline):
                    raise

    return get


def _await_item(queue: Any, deadline: float | None) -> None:
    """Return when there is an item, when the queue is shut down, or at the deadline; takes nothing."""
    with queue.not_empty:
        queue.not_empty.wait_for(
            lambda: queue._qsize() or queue.is_shutdown,
            None if deadline is None else max(0.0, deadline - time.monotonic()),
        )


def apply() -> None:
    replace(HandlerChain, "handle", _gated)
    replace(InterruptibleQueue, "get", _waiting_outside)


PATCH = Patch(
    "request-gate", "nothing that shows: requests pass a gate, which a save of the stack holds", apply
)
