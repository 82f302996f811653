"""A data channel between a client in memory and a real TCP server."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from glue_app.emulator.ssm.channel import handshake
from glue_app.emulator.ssm.channel.data_channel import WINDOW, ChannelSettings, DataChannel
from glue_app.emulator.ssm.channel.errors import NotConnectedError
from glue_app.emulator.ssm.channel.forwarding import PAYLOAD_SIZE
from glue_app.emulator.ssm.channel.message import ClientMessage, PayloadType
from glue_app.emulator.ssm.channel.smux import MAX_RECEIVE_BUFFER, Command
from tests.unit.emulator.ssm.fake_client import FakeClient, FakeSocket

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
SETTINGS = ChannelSettings("root-1", "i-1", "Port", {"portNumber": "5432"}, resume_s=5, idle_timeout_s=60)


class World:
    """A channel, its clients, the server behind it, and a clock of the test's."""

    def __init__(self, settings: ChannelSettings, address: tuple[str, int] | None) -> None:
        self.now = 1000.0
        self.reasons: list[str] = []
        self._address = address
        self.channel = DataChannel(settings, self._connect, self.reasons.append, lambda: self.now)
        self.attending: list[asyncio.Task[None]] = []

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address is None:
            raise NotConnectedError("no security group allows it")
        return await asyncio.open_connection(*self._address)

    def client(self) -> FakeClient:
        socket = FakeSocket()
        self.attending.append(asyncio.create_task(self.channel.attend(socket)))
        return FakeClient(socket)


@asynccontextmanager
async def world(serve: Serve | None, settings: ChannelSettings = SETTINGS) -> AsyncIterator[World]:
    """Every task that the channel has made is gone at the end."""
    before = asyncio.all_tasks()
    server = await asyncio.start_server(serve, "127.0.0.1", 0) if serve else None
    made = World(settings, server.sockets[0].getsockname() if server else None)
    try:
        yield made
    finally:
        await made.channel.end("the test is over")
        await asyncio.gather(*made.attending)
        if server:
            server.close()
        await asyncio.sleep(0)
        left = {task for task in asyncio.all_tasks() - before if "ssm-" in task.get_name()}
        assert not left
        assert len(made.reasons) == 1


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await work()

    asyncio.run(bounded())


def test_bytes_go_there_and_back_by_many_streams() -> None:
    """Interleaved at random; a stream that the client ends is ended by the agent, too."""

    async def work() -> None:
        chance = random.Random(5)
        async with world(echo) as here:
            client = here.client()
            await client.shake_hands()
            wanted: dict[int, bytes] = dict.fromkeys(range(3, 23, 2), b"")
            for number in wanted:
                client.frame(Command.SYN, number)
            for _ in range(200):
                number = chance.choice([*wanted])
                data = chance.randbytes(chance.randrange(1, 1000))
                wanted[number] += data
                client.frame(Command.PSH, number, data)
            await client.take_until(lambda: {n: bytes(d) for n, d in client.streams.items()} == wanted)
            for number in wanted:
                client.frame(Command.FIN, number)
            await client.take_until(lambda: client.finished == set(wanted))

    run(work)


def test_what_a_server_sends_before_it_closes_arrives() -> None:
    """Then the stream ends; frames for it are passed over from then on."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye" * 100_000)
        await writer.drain()
        writer.close()

    async def work() -> None:
        async with world(serve) as here:
            client = here.client()
            await client.shake_hands()
            client.frame(Command.SYN, 3)
            await client.take_until(lambda: 3 in client.finished)
            assert bytes(client.streams[3]) == b"bye" * 100_000
            client.frame(Command.PSH, 3, b"too late")
            client.frame(Command.NOP, 0)

    run(work)


def test_a_client_that_takes_nothing_stops_the_server() -> None:
    """No more than the window is read of it, however much it has."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()

    async def work() -> None:
        async with world(serve) as here:
            client = here.client()
            await client.shake_hands()
            client.acknowledges = False
            client.frame(Command.SYN, 3)
            for _ in range(WINDOW):
                message = await client.take()
                assert len(message.payload) <= PAYLOAD_SIZE
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.take(), 0.3)
            for message in client.unacknowledged[-1:]:
                client.acknowledge(message)
            await client.take()

    run(work)


def test_a_server_that_takes_nothing_stops_the_client() -> None:
    """Beyond smux's buffer no more is taken from the WebSocket."""
    gate = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # as a busy server does
        await gate.wait()
        writer.close()

    async def work() -> None:
        async with world(serve) as here:
            client = here.client()
            await client.shake_hands()
            client.frame(Command.SYN, 3)
            size = 60_000
            count = 3 * MAX_RECEIVE_BUFFER // size
            for _ in range(count):
                client.frame(Command.PSH, 3, b"y" * size)
            left = -1
            while left != client.socket.to_channel.qsize():
                left = client.socket.to_channel.qsize()
                await asyncio.sleep(0.2)
            assert left > count // 4
            gate.set()

    run(work)


def test_a_destination_that_is_not_reached_is_flagged() -> None:
    """The plugin prints its own error for that flag; its stream ends."""

    async def work() -> None:
        async with world(None) as here:
            client = here.client()
            await client.shake_hands()
            client.frame(Command.SYN, 3)
            client.frame(Command.PSH, 3, b"hello")
            await client.take_until(lambda: 3 in client.finished)
            assert client.flags == [3]

    run(work)


def test_a_client_that_comes_back_gets_what_it_missed() -> None:
    """In order and once; a window full of lost acknowledgements does not stop the session."""

    async def work() -> None:
        async with world(echo) as here:
            client = here.client()
            await client.shake_hands()
            client.frame(Command.SYN, 3)
            client.acknowledges = False
            size = PAYLOAD_SIZE * WINDOW
            for start in range(0, size, 1000):
                client.frame(Command.PSH, 3, bytes([start // 1000 % 251]) * 1000)
            for _ in range(WINDOW):
                await client.take()
            client.socket.close()
            await here.attending[-1]

            again = here.client()
            client.socket, client.acknowledges = again.socket, True
            await client.take_until(lambda: len(client.streams[3]) >= size)
            wanted = b"".join(bytes([start // 1000 % 251]) * 1000 for start in range(0, size, 1000))
            assert bytes(client.streams[3])[:size] == wanted[:size]

    run(work)


def test_paused_publication_waits_for_its_start() -> None:
    async def work() -> None:
        async with world(echo) as here:
            client = here.client()
            await client.shake_hands()
            client.frame(Command.SYN, 3)
            client.socket.to_channel.put_nowait(ClientMessage("pause_publication", b"").pack())
            client.frame(Command.PSH, 3, b"hello")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.take(), 0.3)
            client.socket.to_channel.put_nowait(ClientMessage("start_publication", b"").pack())
            await client.take_until(lambda: bytes(client.streams.get(3, b"")) == b"hello")

    run(work)


def test_the_client_ends_the_session() -> None:
    """With the plugin's flag: it knows already, so it is told nothing."""

    async def work() -> None:
        async with world(echo) as here:
            client = here.client()
            await client.shake_hands()
            client.frame(Command.SYN, 3)
            client.terminate()
            await here.attending[-1]
            assert here.channel.ended
            assert client.socket.closed

    run(work)


@pytest.mark.parametrize(
    ("later_s", "reason"),
    [(61, "idle for too long"), (3601, "at the end of its maximum duration")],
)
def test_time_ends_a_session(later_s: float, reason: str) -> None:
    """The client gets channel_closed, whose empty output lets the plugin say its own words."""
    limits = {"idle_timeout_s": 60.0, "max_duration_s": None}
    if later_s > 3600:
        limits = {"idle_timeout_s": 7200.0, "max_duration_s": 3600.0}

    async def work() -> None:
        settings = ChannelSettings("root-1", "i-1", "Port", {}, resume_s=5, **limits)  # type: ignore[arg-type]
        async with world(echo, settings) as here:
            client = here.client()
            await client.shake_hands()
            here.now += later_s
            await client.take_until(lambda: client.closed is not None)
            assert client.closed is not None
            assert client.closed["Output"] == ""
            assert here.reasons == [reason]

    run(work)


def test_a_client_that_does_not_come_back_ends_the_session() -> None:
    async def work() -> None:
        async with world(echo) as here:
            client = here.client()
            await client.shake_hands()
            client.socket.close()
            await here.attending[-1]
            assert here.reasons == []
            here.now += 6
            while not here.reasons:
                await asyncio.sleep(0.01)
            assert here.reasons == ["the client has gone"]

    run(work)


def test_a_handshake_that_is_not_answered_ends_the_session() -> None:
    async def work() -> None:
        async with world(echo) as here:
            client = here.client()
            await client.take()
            here.now += handshake.TIMEOUT_S + 1
            await client.take_until(lambda: client.closed is not None)
            assert client.closed is not None
            assert client.closed["Output"] == handshake.TIMEOUT_OUTPUT

    run(work)


def test_a_client_that_refuses_the_session_type_is_told_why() -> None:
    async def work() -> None:
        async with world(echo) as here:
            client = here.client()
            await client.take()
            refused = {"ActionType": "SessionType", "ActionStatus": 2, "Error": "no"}
            answer = json.dumps({"ProcessedClientActions": [refused]})
            client.send(PayloadType.HANDSHAKE_RESPONSE, answer.encode())
            await client.take_until(lambda: client.closed is not None)
            assert client.closed is not None
            assert client.closed["Output"] == "SessionType failed on client: no"

    run(work)


def test_noise_ends_the_session_and_nothing_else() -> None:
    """Whatever a client sends: the channel goes on, or it ends in order."""

    async def work() -> None:
        chance = random.Random(6)
        for _ in range(150):
            async with world(echo) as here:
                client = here.client()
                if chance.random() < 0.8:
                    await client.shake_hands()
                for _ in range(chance.randrange(1, 10)):
                    _noise(chance, client)
                client.socket.to_channel.put_nowait(None)
                await here.attending[-1]

    run(work)


def _noise(chance: random.Random, client: FakeClient) -> None:
    kind = chance.randrange(5)
    if kind == 0:
        client.socket.to_channel.put_nowait(chance.randbytes(chance.randrange(300)))
    elif kind == 1:
        client.socket.to_channel.put_nowait("text")
    elif kind == 2:
        client.send(chance.choice([*PayloadType]), chance.randbytes(chance.randrange(40)))
    elif kind == 3:
        client.frame(chance.choice([*Command]), chance.randrange(4), chance.randbytes(chance.randrange(40)))
    else:
        number = chance.choice([-1, 0, 2**62, 5])
        raw = ClientMessage(chance.choice(["acknowledge", "input_stream_data", "x"]), b"{}", number)
        client.socket.to_channel.put_nowait(raw.pack())
