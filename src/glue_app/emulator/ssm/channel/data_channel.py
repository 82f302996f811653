"""One session's data channel: it outlives a WebSocket, for the plugin comes back with another one.

What runs here is what SSM Agent and ssmmessages do together on AWS. Everything is used on one event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from glue_app.emulator.ssm.channel import handshake
from glue_app.emulator.ssm.channel.encryption import CHALLENGE_SIZE, BlockCipher
from glue_app.emulator.ssm.channel.errors import ChannelError, HandshakeError, MalformedMessageError
from glue_app.emulator.ssm.channel.forwarding import Connect, Forwarder
from glue_app.emulator.ssm.channel.message import (
    ClientMessage,
    MessageType,
    PayloadType,
    PayloadTypeFlag,
    channel_closed,
    json_object,
)
from glue_app.emulator.ssm.channel.ordering import Incoming, Outgoing
from glue_app.emulator.ssm.channel.smux import Command, Frame

LOG = logging.getLogger(__name__)

#: messages of up to 16 KiB that may be unacknowledged: what a slow client makes this process hold
WINDOW = 64
#: messages of 1 KiB that may have come before their turn
EARLY = 4096
TICK_S = 0.1


class Socket(Protocol):
    """What a channel wants of a WebSocket (glue_app.emulator.host.websockets)."""

    @property
    def writable(self) -> bool: ...
    async def receive(self) -> str | bytes | None: ...
    async def wait_writable(self) -> None: ...
    def send(self, message: bytes) -> None: ...
    def close(self, code: int = 1000, reason: str = "") -> None: ...


@dataclass(frozen=True)
class ChannelSettings:
    """What a channel knows of its session.

    resume_s: how long a client that has gone may take to come back. idle_timeout_s: without data in either
    direction. max_duration_s: None for no end. decrypt_data_key: KMS's Decrypt, None without encryption.
    """

    session_id: str
    target: str
    session_type: str
    properties: Mapping[str, str]
    resume_s: float
    idle_timeout_s: float
    max_duration_s: float | None = None
    kms_key_id: str | None = None
    decrypt_data_key: Callable[[bytes], Awaitable[bytes]] | None = None


class DataChannel:
    """Attended by one WebSocket after another, until it ends."""

    def __init__(
        self,
        settings: ChannelSettings,
        connect: Connect,
        on_end: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """on_end is called once, with the reason."""
        self._settings = settings
        self._on_end = on_end
        self._clock = clock
        self._outgoing = Outgoing(WINDOW)
        self._incoming = Incoming(EARLY)
        self._forwarder = Forwarder(connect, self._send)
        self._socket: Socket | None = None
        self._paused = False
        self._progress = asyncio.Event()
        self._cipher: BlockCipher | None = None
        self._challenge = b""
        self._requested = self._established = False
        self._opened_at = self._active_at = self._left_at = clock()
        self.ended = False
        self._ticking = asyncio.create_task(self._tick(), name=f"ssm-channel-{settings.session_id}")

    @property
    def attended(self) -> bool:
        """Whether a client is connected."""
        return self._socket is not None

    # ------------------------------------------------------------------ a client's connection
    async def attend(self, socket: Socket) -> None:
        """Talk to a client until its connection ends; one that is still there gives way to it."""
        before, self._socket = self._socket, socket
        if before:
            before.close()
        self._paused = False
        if not self._requested:
            self._requested = True
            self._transmit(PayloadType.HANDSHAKE_REQUEST, self._handshake_request())
        else:
            self._continue(socket)
        self._progress.set()
        try:
            while not self.ended and (raw_message := await socket.receive()) is not None:
                await self._receive(socket, raw_message)
        except ChannelError as error:
            LOG.warning("session %s: %s", self._settings.session_id, error)
            await self.end(str(error), output=str(error))
        finally:
            if self._socket is socket:
                self._socket = None
                self._left_at = self._clock()

    def _continue(self, socket: Socket) -> None:
        """Send again what the client may not have got.

        What it has got it does not acknowledge again: a frame of no effect brings the acknowledgement that
        tells of all before it, where the window is full of such messages.
        """
        for raw in self._outgoing.all_again(self._clock()):
            socket.send(raw)
        if self._forwarder.used:
            self._transmit(PayloadType.OUTPUT, self._encrypted(Frame(Command.NOP, 0).pack()))

    async def end(self, reason: str, output: str | None = "") -> None:
        """End the session; once is enough, more does no harm.

        output: what the plugin says when it ends, empty for its own words; None where it knows already.
        """
        if self.ended:
            return
        self.ended = True
        if self._socket:
            if output is not None:
                settings = self._settings
                self._socket.send(channel_closed(settings.session_id, settings.target, output).pack())
            self._socket.close()
        self._progress.set()
        await self._forwarder.close()
        self._ticking.cancel()
        LOG.info("session %s ends: %s", self._settings.session_id, reason)
        self._on_end(reason)

    # ------------------------------------------------------------------ from the client
    async def _receive(self, socket: Socket, raw: str | bytes) -> None:
        if isinstance(raw, str):
            raise MalformedMessageError("a text message in the middle of the session")
        message = ClientMessage.unpack(raw)
        if message.message_type == MessageType.ACKNOWLEDGE.value:
            self._outgoing.acknowledge(message.acknowledged, self._clock())
            self._progress.set()
        elif message.message_type == MessageType.INPUT_STREAM_DATA.value:
            acknowledge, ready = self._incoming.accept(message)
            if acknowledge:
                socket.send(message.acknowledgement().pack())
            for one in ready:
                await self._process(one)
        elif message.message_type == MessageType.PAUSE_PUBLICATION.value:
            self._paused = True
        elif message.message_type == MessageType.START_PUBLICATION.value:
            self._paused = False
            self._progress.set()
        else:
            LOG.debug("session %s: a message of type %r", self._settings.session_id, message.message_type)

    async def _process(self, message: ClientMessage) -> None:
        """Process a message whose turn has come. Before the handshake is done, the agent passes data over."""
        if message.payload_type == PayloadType.HANDSHAKE_RESPONSE and not self._established:
            await self._on_handshake_response(message.payload)
        elif message.payload_type == PayloadType.ENC_CHALLENGE_RESPONSE and not self._established:
            self._on_challenge_response(message)
        elif message.payload_type == PayloadType.FLAG:
            if message.flag == PayloadTypeFlag.TERMINATE_SESSION:
                await self.end("terminated by the client", output=None)
        elif message.payload_type == PayloadType.OUTPUT and self._established:
            self._active_at = self._clock()
            await self._forwarder.feed(self._decrypted(message.payload))

    # ------------------------------------------------------------------ handshake
    def _handshake_request(self) -> bytes:
        settings = self._settings
        return handshake.request(settings.session_type, settings.properties, settings.kms_key_id)

    async def _on_handshake_response(self, response: bytes) -> None:
        results = handshake.results(response)
        decrypt = self._settings.decrypt_data_key
        if decrypt is None:
            self._establish("")
            return
        key = handshake.encrypted_data_key(results)
        self._cipher = BlockCipher(await decrypt(_decoded(key)))
        self._challenge = secrets.token_bytes(CHALLENGE_SIZE)
        challenge = b64encode(self._cipher.encrypt(self._challenge)).decode()
        self._transmit(PayloadType.ENC_CHALLENGE_REQUEST, json.dumps({"Challenge": challenge}).encode())

    def _on_challenge_response(self, message: ClientMessage) -> None:
        answer = json_object(message.payload).get("Challenge")
        if self._cipher is None or self._cipher.decrypt(_decoded(str(answer))) != self._challenge:
            raise HandshakeError("Encryption challenge does not match")
        self._establish(handshake.ENCRYPTED)

    def _establish(self, customer_message: str) -> None:
        took_s = self._clock() - self._opened_at
        self._transmit(PayloadType.HANDSHAKE_COMPLETE, handshake.complete(took_s, customer_message))
        self._established = True
        self._active_at = self._clock()

    # ------------------------------------------------------------------ to the client
    async def _send(self, payload_type: PayloadType, payload: bytes) -> None:
        """Send when the client has taken enough of what was sent before."""
        while self._outgoing.full or self._paused or self._socket is None:
            self._progress.clear()
            await self._progress.wait()
        self._active_at = self._clock()
        socket = self._socket
        if payload_type == PayloadType.OUTPUT:
            payload = self._encrypted(payload)
        self._transmit(payload_type, payload)
        if not socket.writable:
            await socket.wait_writable()

    def _encrypted(self, data: bytes) -> bytes:
        return self._cipher.encrypt(data) if self._cipher else data

    def _decrypted(self, data: bytes) -> bytes:
        return self._cipher.decrypt(data) if self._cipher else data

    def _transmit(self, payload_type: PayloadType, payload: bytes) -> None:
        raw = self._outgoing.number(payload_type, payload, self._clock())
        if self._socket:
            self._socket.send(raw)

    # ------------------------------------------------------------------ what time brings
    async def _tick(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while not self.ended:
                await asyncio.sleep(TICK_S)
                await self._look(self._clock())

    async def _look(self, now: float) -> None:
        """Send again what waits for its acknowledgement; end what takes too long."""
        settings = self._settings
        socket = self._socket
        if socket and socket.writable and not self._paused and (raw := self._outgoing.due(now)):
            socket.send(raw)
        if socket and not self._established and now - self._opened_at > handshake.TIMEOUT_S:
            await self.end("no handshake", output=handshake.TIMEOUT_OUTPUT)
        elif socket is None and now - self._left_at > settings.resume_s:
            await self.end("the client has gone", output=None)
        elif now - self._active_at > settings.idle_timeout_s:
            await self.end("idle for too long")
        elif settings.max_duration_s is not None and now - self._opened_at > settings.max_duration_s:
            await self.end("at the end of its maximum duration")


def _decoded(text: str) -> bytes:
    """Decode base64. Raises MalformedMessageError."""
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise MalformedMessageError("no base64") from error
