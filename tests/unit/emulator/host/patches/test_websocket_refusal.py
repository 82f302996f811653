"""The patch websocket_refusal: who touches a connection when a WebSocket is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from rolo.serving.twisted import WebSocketChannel
from werkzeug.datastructures import Headers

from glue_app.emulator.host.patches import websocket_refusal
from glue_app.emulator.host.patches.patch import original

REFUSAL = (403, Headers({"Content-Type": "text/plain"}), [b"Refused"])


class Request:
    """Stands for Twisted's; notes on which thread it is written to."""

    def __init__(self, finished: bool = False) -> None:
        self.finished = finished
        self.path = b"/"
        self.written: list[tuple[str, bytes]] = []
        self.responseHeaders = self

    def setResponseCode(self, code: int) -> None:  # noqa: N802  (Twisted's names)
        self.code = code

    def addRawHeader(self, *_: Any) -> None:  # noqa: N802
        """Not looked at."""

    def write(self, data: bytes) -> None:
        self.written.append((threading.current_thread().name, data))

    def finish(self) -> None:
        self.finished = True


@pytest.fixture
def twisted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A reactor whose thread is called `twisted`."""
    websocket_refusal.apply()
    pool = ThreadPoolExecutor(1, thread_name_prefix="twisted")

    class Reactor:
        def callFromThread(self, call: Callable[..., Any], *arguments: Any) -> None:  # noqa: N802
            pool.submit(call, *arguments)

    monkeypatch.setattr(websocket_refusal, "reactor", Reactor())
    yield
    pool.shutdown()


def test_rolo_still_refuses_on_the_callers_thread() -> None:
    request = Request()

    original(WebSocketChannel, "wsReject")(WebSocketChannel(request), *REFUSAL)

    assert request.written == [(threading.current_thread().name, b"Refused")]


@pytest.mark.usefixtures("twisted")
def test_a_refusal_is_made_on_twisteds_thread_and_whole_when_it_returns() -> None:
    request = Request()

    WebSocketChannel(request).wsReject(*REFUSAL)

    assert (request.code, request.finished) == (403, True)
    assert [(name.startswith("twisted"), data) for name, data in request.written] == [(True, b"Refused")]


@pytest.mark.usefixtures("twisted")
def test_a_client_that_has_gone_is_not_written_to() -> None:
    request = Request(finished=True)

    WebSocketChannel(request).wsReject(*REFUSAL)

    assert request.written == []
