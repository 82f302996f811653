"""A WebSocket on the gateway's port: whole messages, and two sides that wait for one another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from wsproto import ConnectionType, WSConnection, events

from glue_app.emulator.host import websockets
from glue_app.emulator.host.websockets import MAX_MESSAGE, PAUSE_READING, WebSocket


class Transport:
    """Twisted's, as far as it is used."""

    def __init__(self) -> None:
        self.protocol: Any = None
        self.written = b""
        self.reading = True
        self.lost = False

    def write(self, data: bytes) -> None:
        self.written += data

    def pauseProducing(self) -> None:  # noqa: N802
        self.reading = False

    def resumeProducing(self) -> None:  # noqa: N802
        self.reading = True

    def loseConnection(self) -> None:  # noqa: N802
        self.lost = True


class Upgraded:
    """A connection after its upgrade, and the client that made it."""

    def __init__(self) -> None:
        self.transport = Transport()
        self.client = WSConnection(ConnectionType.CLIENT)
        server = WSConnection(ConnectionType.SERVER)
        server.receive_data(self.client.send(events.Request(host="h", target="/")))
        list(server.events())
        self.producers: list[Any] = []
        self.forgotten: list[Any] = []
        request = SimpleNamespace(
            transport=self.transport,
            registerProducer=lambda producer, _streaming: self.producers.append(producer),
            channel=SimpleNamespace(connectionLost=self.forgotten.append),
        )
        channel = SimpleNamespace(request=request, wsproto=server, closed=False)
        self.connection = websockets._Connection(channel, asyncio.get_running_loop())
        self.connection.take_over()
        self.received()

    @property
    def socket(self) -> WebSocket:
        return self.connection.socket

    def received(self) -> list[events.Event]:
        """What the client got since the last time."""
        data, self.transport.written = self.transport.written, b""
        if data:
            self.client.receive_data(data)
        return list(self.client.events())

    def sends(self, event: events.Event) -> None:
        self.transport.protocol.dataReceived(self.client.send(event))


def run(work: Callable[[Upgraded], Coroutine[Any, Any, None]], monkeypatch: pytest.MonkeyPatch) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(5):
            await work(Upgraded())

    direct = SimpleNamespace(callFromThread=lambda function, *arguments: function(*arguments))
    monkeypatch.setattr(websockets, "reactor", direct)
    asyncio.run(bounded())


def test_a_message_that_was_cut_anywhere_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the client into frames, by the network into bytes."""

    async def work(here: Upgraded) -> None:
        parts = [events.BytesMessage(b"ab", message_finished=False), events.BytesMessage(b"cd")]
        for byte in b"".join(here.client.send(part) for part in parts):
            here.transport.protocol.dataReceived(bytes([byte]))
        here.sends(events.TextMessage("text"))
        assert await here.socket.receive() == b"abcd"
        assert await here.socket.receive() == "text"

    run(work, monkeypatch)


def test_a_message_of_many_fragments_takes_linear_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte is looked at once, and what carries none is not kept: counted, not timed."""
    summed: list[int] = []

    def counting(numbers: Iterable[int]) -> int:
        found = list(numbers)
        summed.append(len(found))
        return sum(found)

    async def work(here: Upgraded) -> None:
        for _ in range(1000):
            here.sends(events.BytesMessage(b"", message_finished=False))
            here.sends(events.BytesMessage(b"x", message_finished=False))
        here.sends(events.BytesMessage(b"end"))
        assert await here.socket.receive() == b"x" * 1000 + b"end"
        assert sum(summed) <= 4000

    monkeypatch.setattr(websockets, "sum", counting, raising=False)
    run(work, monkeypatch)


def test_pings_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(here: Upgraded) -> None:
        here.sends(events.Ping(b"keepalive"))
        assert here.received() == [events.Pong(b"keepalive")]

    run(work, monkeypatch)


def test_reading_waits_for_a_slow_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(here: Upgraded) -> None:
        for _ in range(4):
            here.sends(events.BytesMessage(b"x" * (PAUSE_READING // 3)))
        assert not here.transport.reading
        for _ in range(4):
            await here.socket.receive()
        assert here.transport.reading

    run(work, monkeypatch)


def test_sending_waits_for_a_slow_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which the transport tells to its producer."""

    async def work(here: Upgraded) -> None:
        (producer,) = here.producers
        producer.pauseProducing()
        await asyncio.sleep(0)
        assert not here.socket.writable
        waiting = asyncio.create_task(here.socket.wait_writable())
        await asyncio.sleep(0)
        assert not waiting.done()
        producer.resumeProducing()
        await waiting
        assert here.socket.writable

    run(work, monkeypatch)


def test_messages_go_out_in_order_and_before_the_close(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(here: Upgraded) -> None:
        here.socket.send(b"one")
        here.socket.send(b"two")
        here.socket.close(1000, "bye")
        here.socket.send(b"too late")
        await asyncio.sleep(0)
        got = here.received()
        assert [event.data for event in got if isinstance(event, events.BytesMessage)] == [b"one", b"two"]
        assert [event.code for event in got if isinstance(event, events.CloseConnection)] == [1000]
        assert here.transport.lost

    run(work, monkeypatch)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"\xff" * 20, 1002), (None, 1009)],
    ids=["no frame", "too big"],
)
def test_what_is_no_message_closes_the_connection(
    monkeypatch: pytest.MonkeyPatch, data: bytes | None, code: int
) -> None:
    async def work(here: Upgraded) -> None:
        if data is None:
            here.sends(events.BytesMessage(b"x" * (MAX_MESSAGE + 1)))
        else:
            here.transport.protocol.dataReceived(data)
        closed = [event for event in here.received() if isinstance(event, events.CloseConnection)]
        assert [event.code for event in closed] == [code]
        assert await here.socket.receive() is None

    run(work, monkeypatch)


def test_a_lost_connection_ends_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler learns it, whoever waits to send goes on, and Twisted forgets the request."""

    async def work(here: Upgraded) -> None:
        here.producers[0].pauseProducing()
        await asyncio.sleep(0)
        here.transport.protocol.connectionLost("reset")
        assert await here.socket.receive() is None
        await here.socket.wait_writable()
        assert here.forgotten == ["reset"]
        here.socket.send(b"to nobody")
        here.socket.close()
        await asyncio.sleep(0)
        assert here.received() == []

    run(work, monkeypatch)
