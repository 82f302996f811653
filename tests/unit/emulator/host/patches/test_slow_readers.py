"""The patch slow_readers: an answer is read no faster than its client takes it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rolo.serving.twisted import (
    HeaderPreservingHTTPChannel,
    HeaderPreservingWSGIResource,
    HeaderPreservingWSGIResponse,
    TwistedRequestAdapter,
)
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from twisted.web.server import Site
from zope.interface import implementer

from glue_app.emulator.host.patches import slow_readers
from glue_app.emulator.host.patches.patch import original
from tests.support.polling import wait_for

CHUNK, CHUNKS = 64 * 1024, 200
BUFFER = 64 * 1024


@implementer(IPushProducer)
class Connection:
    """A client that takes nothing until it is told to, and Twisted's buffer in front of it."""

    channel: Any
    disconnecting = False

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.producer: Any = None
        self.taken = 0
        self.lost = threading.Event()

    def write(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) > BUFFER and self.producer:
            self.producer.pauseProducing()

    def writeSequence(self, pieces: list[bytes]) -> None:  # noqa: N802  (Twisted's names)
        self.write(b"".join(pieces))

    def registerProducer(self, producer: Any, _streaming: bool) -> None:  # noqa: N802
        self.producer = producer

    def unregisterProducer(self) -> None:  # noqa: N802
        self.producer = None

    def pauseProducing(self) -> None: ...  # noqa: N802

    def resumeProducing(self) -> None: ...  # noqa: N802

    def getPeer(self) -> IPv4Address:  # noqa: N802
        return IPv4Address("TCP", "127.0.0.1", 4790)

    getHost = getPeer  # noqa: N815

    def take(self) -> None:
        """All that is in the buffer."""
        self.taken += len(self.buffer)
        self.buffer.clear()
        if self.producer:
            self.producer.resumeProducing()

    def abortConnection(self) -> None:  # noqa: N802
        self.lose()

    def lose(self) -> None:
        self.lost.set()
        self.channel.connectionLost(Failure(ConnectionAborted()))


class Reactor:
    """Does at once what Twisted's would do on its thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def callFromThread(self, function: Callable[..., Any], *arguments: Any) -> None:  # noqa: N802
        with self._lock:
            function(*arguments)


class Pool:
    def callInThread(self, function: Callable[[], None]) -> None:  # noqa: N802
        threading.Thread(target=function, daemon=True).start()


class Download:
    """A GET whose answer counts how much of it was read."""

    def __init__(self) -> None:
        self.read = 0
        self.closed = threading.Event()
        resource = HeaderPreservingWSGIResource(Reactor(), Pool(), self._app)
        site = Site(resource, requestFactory=TwistedRequestAdapter)
        self.connection = Connection()
        channel = HeaderPreservingHTTPChannel()
        channel.site = channel.factory = site
        channel.requestFactory = site.requestFactory
        channel.timeOut = None
        self.connection.channel = channel
        channel.makeConnection(self.connection)
        channel.dataReceived(b"GET /b/k HTTP/1.1\r\nHost: localhost\r\n\r\n")

    def _app(self, _environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", str(CHUNK * CHUNKS))])
        return self._body()

    def _body(self) -> Iterator[bytes]:
        try:
            for _ in range(CHUNKS):
                self.read += 1
                yield b"x" * CHUNK
        finally:
            self.closed.set()

    def stands_still(self) -> bool:
        """Whether its thread waits for the client; it goes on within microseconds where it does not."""
        return threading.Event().wait(0.05) or self.read < CHUNKS


@pytest.fixture
def unpatched(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_readers.apply()
    for name in ("_sendResponseHeaders", "write", "_finished"):
        monkeypatch.setattr(HeaderPreservingWSGIResponse, name, original(HeaderPreservingWSGIResponse, name))


@pytest.mark.usefixtures("unpatched")
def test_localstack_still_reads_all_of_an_answer_that_nobody_takes() -> None:
    download = Download()
    wait_for("the end", lambda: download.closed.is_set())
    assert download.read == CHUNKS
    assert len(download.connection.buffer) > CHUNK * CHUNKS


@pytest.fixture
def download() -> Iterator[Download]:
    slow_readers.apply()
    made = Download()
    yield made
    if not made.connection.lost.is_set():
        made.connection.lose()


def test_a_client_that_takes_nothing_makes_the_server_read_two_chunks_ahead(download: Download) -> None:
    """One that filled the buffer, one in the hand of the thread that waits."""
    wait_for("the first chunks", lambda: download.read >= 2)
    assert download.stands_still()
    assert download.read <= 3
    assert len(download.connection.buffer) < BUFFER + 2 * CHUNK


def test_a_client_that_takes_all_gets_all(download: Download) -> None:
    def all_taken() -> bool:
        download.connection.take()
        return download.connection.taken >= CHUNK * CHUNKS

    wait_for("the whole answer", all_taken)
    wait_for("the end", lambda: download.closed.is_set())
    assert download.read == CHUNKS
    wait_for("no producer is left", lambda: download.connection.channel._requestProducer is None)


def test_a_client_that_goes_away_frees_the_thread(download: Download) -> None:
    wait_for("the first chunks", lambda: download.read >= 2)

    download.connection.lose()

    wait_for("the answer to be closed", lambda: download.closed.is_set())
    assert download.read <= 4


def test_a_client_that_takes_nothing_for_long_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_readers, "STALLED_S", 0.05)
    slow_readers.apply()
    download = Download()

    assert download.connection.lost.wait(60)
    wait_for("the answer to be closed", lambda: download.closed.is_set())


def test_the_next_request_of_the_connection_is_answered(download: Download) -> None:
    """The producer is gone with the answer it belonged to."""
    channel = download.connection.channel

    def all_taken() -> bool:
        download.connection.take()
        return download.connection.taken >= CHUNK * CHUNKS and channel._requestProducer is None

    wait_for("the first answer", all_taken)
    channel.dataReceived(b"GET /b/k HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_for("the second", lambda: download.read > CHUNKS)
