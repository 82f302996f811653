"""The connections of one session: each smux stream is a TCP connection to the session's destination."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from glue_app.emulator.ssm.channel.message import PayloadType, PayloadTypeFlag
from glue_app.emulator.ssm.channel.smux import HEADER_SIZE, MAX_RECEIVE_BUFFER, Command, Frame, FrameReader

LOG = logging.getLogger(__name__)

#: bytes of a message's payload at most, a frame in each. The agent has 1,024; the plugin takes any size.
PAYLOAD_SIZE = 16 * 1024

#: opens a connection to the destination. Raises OSError.
Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
#: sends a payload of this type; returns when it is on its way, which a slow client delays
Send = Callable[[PayloadType, bytes], Awaitable[None]]


class Buffered:
    """How much the streams hold for their destinations; whoever feeds them waits while it is too much."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._room = asyncio.Event()
        self._room.set()

    def add(self, size: int) -> None:
        self._size += size
        if self._size > self._limit:
            self._room.clear()

    def remove(self, size: int) -> None:
        self._size -= size
        if self._size <= self._limit:
            self._room.set()

    async def wait_for_room(self) -> None:
        await self._room.wait()


class Forwarder:
    """All streams of a session."""

    def __init__(self, connect: Connect, send: Send, limit: int = MAX_RECEIVE_BUFFER) -> None:
        self._connect = connect
        self._send = send
        self._frames = FrameReader()
        self._streams: dict[int, _Stream] = {}
        self._buffered = Buffered(limit)
        self._used = False

    def __len__(self) -> int:
        return len(self._streams)

    @property
    def used(self) -> bool:
        """Whether the client has ever opened a stream: from then on it takes frames."""
        return self._used

    async def feed(self, data: bytes) -> None:
        """Take the client's bytes; returns when there is room for more. Raises MalformedFrameError."""
        for frame in self._frames.feed(data):
            stream = self._streams.get(frame.stream_id)
            if frame.command is Command.SYN and stream is None:
                self._streams[frame.stream_id] = self._open(frame.stream_id)
            elif frame.command is Command.PSH and stream:
                stream.deliver(frame.data)
            elif frame.command is Command.FIN and stream:
                stream.finish()
        await self._buffered.wait_for_room()

    async def close(self) -> None:
        """End every connection; returns when none is left."""
        tasks = [stream.task for stream in self._streams.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._streams.clear()

    def _open(self, stream_id: int) -> _Stream:
        self._used = True
        stream = _Stream(stream_id, self._connect, self._send, self._buffered)
        stream.task.add_done_callback(lambda _task: self._streams.pop(stream_id, None))
        return stream


class _Stream:
    """One connection. As with smux, an end of either side ends both."""

    def __init__(self, stream_id: int, connect: Connect, send: Send, buffered: Buffered) -> None:
        self._id = stream_id
        self._connect = connect
        self._send = send
        self._buffered = buffered
        self._pending: deque[bytes] = deque()
        self._finished = False
        self._wake = asyncio.Event()
        self.task = asyncio.create_task(self._run(), name=f"ssm-stream-{stream_id}")

    def deliver(self, data: bytes) -> None:
        """More for the destination."""
        if data and not self._finished and not self.task.done():
            self._pending.append(data)
            self._buffered.add(len(data))
            self._wake.set()

    def finish(self) -> None:
        """Note that the client sends nothing more; what it sent is still delivered."""
        self._finished = True
        self._wake.set()

    async def _run(self) -> None:
        try:
            reader, writer = await self._connect()
        except OSError as error:
            LOG.warning("Session Manager: connection to destination port failed: %s", error)
            self._forget_pending()
            await self._send(PayloadType.FLAG, PayloadTypeFlag.CONNECT_TO_PORT_ERROR.packed())
            await self._send_frame(Command.FIN)
            return
        try:
            await self._transfer(reader, writer)
            writer.close()
        finally:
            self._forget_pending()
            if not writer.is_closing():
                writer.transport.abort()
        await self._send_frame(Command.FIN)

    async def _transfer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both directions, until one of them ends."""
        directions = [
            asyncio.create_task(self._to_destination(writer)),
            asyncio.create_task(self._to_client(reader)),
        ]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)

    async def _to_destination(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while self._pending or not self._finished:
                if not self._pending:
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                data = self._pending.popleft()
                try:
                    writer.write(data)
                    await writer.drain()
                finally:
                    self._buffered.remove(len(data))

    async def _to_client(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(PAYLOAD_SIZE - HEADER_SIZE):
                await self._send_frame(Command.PSH, data)

    async def _send_frame(self, command: Command, data: bytes = b"") -> None:
        await self._send(PayloadType.OUTPUT, Frame(command, self._id, data).pack())

    def _forget_pending(self) -> None:
        self._buffered.remove(sum(map(len, self._pending)))
        self._pending.clear()
