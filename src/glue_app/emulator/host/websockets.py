"""WebSockets on the gateway's own port, for handlers that are coroutines.

LocalStack's gateway (rolo on Twisted) knows WebSockets, but its own channel is not fit for bulk data: it
writes from any thread, hands on pieces of a message as messages, and buffers without a bound (ADR 0015). So
this module lets rolo do the upgrade and then takes the connection over: all that touches the transport runs
on Twisted's thread, all of the handler's on its event loop, and both wait for one another.
"""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from localstack.http import Response
from localstack.services.edge import ROUTER
from rolo.websocket import WebSocketRequest
from twisted.internet import reactor as _reactor
from twisted.internet.protocol import Protocol
from wsproto import events
from wsproto.utilities import ProtocolError

LOG = logging.getLogger(__name__)

reactor: Any = _reactor  # a module in name only

#: bytes that the handler has not taken: above the first reading pauses, below the second it goes on
PAUSE_READING, RESUME_READING = 256 * 1024, 64 * 1024
MAX_MESSAGE = 2 * 1024 * 1024

NORMAL_CLOSURE, PROTOCOL_ERROR, POLICY_VIOLATION, MESSAGE_TOO_BIG = 1000, 1002, 1008, 1009

#: takes a connection and the path's values by name
Handler = Callable[["WebSocket", Mapping[str, str]], Coroutine[Any, Any, None]]


def serve(path: str, loop: asyncio.AbstractEventLoop, handler: Handler) -> None:
    """Have `handler` run on `loop` for each connection to `path`, such as `/v1/data-channel/<session_id>`."""

    def accept(request: WebSocketRequest, **values: str) -> Response:
        connection = _Connection(request.socket.channel, loop)
        request._upgraded = True  # it is ours now: rolo is not to close it when this function returns
        reactor.callFromThread(connection.take_over)
        asyncio.run_coroutine_threadsafe(_handle(handler, connection.socket, values), loop)
        return Response(status=101)

    ROUTER.add(path=path, endpoint=accept, methods=["WEBSOCKET"])


async def _handle(handler: Handler, socket: WebSocket, values: Mapping[str, str]) -> None:
    try:
        await handler(socket, values)
    except Exception:
        LOG.exception("a WebSocket's handler failed")
    finally:
        socket.close()


class WebSocket:
    """A connection as its handler sees it; to be used on the handler's loop only."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._messages: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._writable = asyncio.Event()
        self._writable.set()
        self._unsent: list[bytes] = []
        self.closed = False

    async def receive(self) -> str | bytes | None:
        """Return the next message, text or binary; None when the connection has ended."""
        message = await self._messages.get()
        if message is not None:
            self._connection.taken(len(message))
        return message

    @property
    def writable(self) -> bool:
        """Whether the client takes what it is sent."""
        return self._writable.is_set()

    async def wait_writable(self) -> None:
        """Wait until the client takes what it is sent, or has gone."""
        await self._writable.wait()

    def send(self, message: bytes) -> None:
        """Send a binary message. Whoever sends much waits for `wait_writable` in between."""
        if self.closed:
            return
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(message)

    def close(self, code: int = NORMAL_CLOSURE, reason: str = "") -> None:
        """Close it, after all that was sent. Once is enough, more does no harm."""
        if not self.closed:
            self._flush()
            self.closed = True
            reactor.callFromThread(self._connection.close, code, reason)

    def _flush(self) -> None:
        messages, self._unsent = self._unsent, []
        if messages and not self.closed:
            reactor.callFromThread(self._connection.write, messages)

    def _received(self, messages: list[str | bytes | None]) -> None:
        for message in messages:
            self._messages.put_nowait(message)
            if message is None:
                self.closed = True
                self._writable.set()

    def _set_writable(self, writable: bool) -> None:
        if writable or self.closed:
            self._writable.set()
        else:
            self._writable.clear()


class _Connection(Protocol):
    """The same connection on Twisted's thread, where all but `taken` is called."""

    def __init__(self, channel: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.socket = WebSocket(self)
        self._channel = channel
        self._request = channel.request
        self._network = channel.request.transport
        self._wsproto = channel.wsproto
        self._loop = loop
        self._message: Any = None  # a buffer, as it may come in a million fragments of one byte
        self._size = 0
        self._lock = threading.Lock()
        self._untaken = 0
        self._reading_paused = False
        self._ended = False

    def take_over(self) -> None:
        """Answer the upgrade, and be the one that the transport talks to."""
        if self._channel.closed:  # the client has gone meanwhile
            self._end()
            return
        holder = "wrappedProtocol" if getattr(self._network, "wrappedProtocol", None) else "protocol"
        setattr(self._network, holder, self)
        self._request.registerProducer(self, True)
        self._network.write(self._wsproto.send(events.AcceptConnection()))

    # ------------------------------------------------------------------ from the client
    def dataReceived(self, data: bytes) -> None:  # noqa: N802  (Twisted's name)
        if self._ended:
            return
        messages: list[str | bytes | None] = []
        try:
            self._wsproto.receive_data(data)
            for event in self._wsproto.events():
                self._on(event, messages)
        except ProtocolError as error:
            LOG.info("a WebSocket client breaks the protocol: %s", error)
            self.close(PROTOCOL_ERROR, "")
        self._hand_over(messages)

    def _on(self, event: events.Event, messages: list[str | bytes | None]) -> None:
        if isinstance(event, events.Ping):
            self._network.write(self._wsproto.send(event.response()))
        elif isinstance(event, events.TextMessage | events.BytesMessage):
            self._size += len(event.data)
            if self._size > MAX_MESSAGE:
                self.close(MESSAGE_TOO_BIG, "")
                return
            self._message = self._message or (io.StringIO() if isinstance(event.data, str) else io.BytesIO())
            self._message.write(event.data)
            if event.message_finished:
                messages.append(self._message.getvalue())
                self._message, self._size = None, 0
        elif isinstance(event, events.CloseConnection) and not self._ended:
            self._network.write(self._wsproto.send(event.response()))
            self._network.loseConnection()
            self._end()

    def _hand_over(self, messages: list[str | bytes | None]) -> None:
        if not messages:
            return
        with self._lock:
            self._untaken += sum(len(message) for message in messages if message is not None)
            pause = self._untaken > PAUSE_READING and not self._reading_paused
            self._reading_paused = self._reading_paused or pause
        if pause:
            self._network.pauseProducing()
        self._call(self.socket._received, messages)

    def taken(self, size: int) -> None:
        """Of the handler's thread: it has taken so many bytes."""
        with self._lock:
            self._untaken -= size
            resume = self._reading_paused and self._untaken < RESUME_READING
            self._reading_paused = self._reading_paused and not resume
        if resume:
            reactor.callFromThread(self._network.resumeProducing)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        self._request.channel.connectionLost(reason)  # so that Twisted forgets the request
        self._end()

    # ------------------------------------------------------------------ to the client
    def write(self, messages: list[bytes]) -> None:
        if not self._ended:
            frames = (self._wsproto.send(events.BytesMessage(message)) for message in messages)
            self._network.write(b"".join(frames))

    def close(self, code: int, reason: str) -> None:
        if not self._ended:
            self._network.write(self._wsproto.send(events.CloseConnection(code, reason)))
            self._network.loseConnection()
            self._end()

    def pauseProducing(self) -> None:  # noqa: N802
        self._call(self.socket._set_writable, False)

    def resumeProducing(self) -> None:  # noqa: N802
        self._call(self.socket._set_writable, True)

    def stopProducing(self) -> None:  # noqa: N802
        """Do nothing: the connection is lost, and connectionLost follows."""

    # ------------------------------------------------------------------
    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._call(self.socket._received, [None])

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        """On the handler's loop, which may be gone when the emulator stops."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)
