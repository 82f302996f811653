"""rolo refuses a WebSocket on a thread of its own, where Twisted's connections must not be touched.

Twisted's reactor then loses track of a file descriptor, and a later connection that gets the same number is
never answered. Any web page can cause a refusal (web_pages), so it is done on Twisted's own thread.
https://docs.twisted.org/en/stable/core/howto/threading.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rolo.serving.twisted import WebSocketChannel
from twisted.internet import reactor as _reactor
from twisted.internet.threads import blockingCallFromThread

from .patch import Patch, replace

reactor: Any = _reactor  # a module in name only


def _on_twisteds_thread(original: Callable[..., None]) -> Callable[..., None]:
    def ws_reject(self: Any, status: int, headers: Any, body: Iterable[bytes] | None = None) -> None:
        whole = None if body is None else list(body)

        def refuse() -> None:
            if not self.request.finished:  # else the client has gone meanwhile
                original(self, status, headers, whole)

        blockingCallFromThread(reactor, refuse)  # type: ignore[no-untyped-call]

    return ws_reject


def apply() -> None:
    replace(WebSocketChannel, "wsReject", _on_twisteds_thread)


PATCH = Patch(
    "websocket-refusal",
    "nothing that shows: a WebSocket is refused on Twisted's thread, so that no other connection is lost",
    apply,
)
