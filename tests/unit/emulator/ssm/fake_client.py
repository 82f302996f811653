"""The plugin's side of a data channel, in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from glue_app.emulator.ssm.channel.encryption import BlockCipher
from glue_app.emulator.ssm.channel.message import ClientMessage, PayloadType, PayloadTypeFlag
from glue_app.emulator.ssm.channel.smux import Command, Frame, FrameReader


class FakeSocket:
    """A WebSocket whose other end is the test."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[bytes] = asyncio.Queue()
        self.to_channel: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self.closed = False
        self._writable = asyncio.Event()
        self._writable.set()

    @property
    def writable(self) -> bool:
        return self._writable.is_set()

    async def receive(self) -> str | bytes | None:
        return await self.to_channel.get()

    async def wait_writable(self) -> None:
        await self._writable.wait()

    def send(self, message: bytes) -> None:
        self.sent.put_nowait(message)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed = True
        self.to_channel.put_nowait(None)


class FakeClient:
    """Acknowledges unless told otherwise, and remembers what it got."""

    def __init__(self, socket: FakeSocket, cipher: BlockCipher | None = None) -> None:
        self.socket = socket
        self.cipher = cipher
        self.acknowledges = True
        self.flags: list[int] = []
        self.closed: dict[str, str] | None = None
        self.streams: dict[int, bytearray] = {}
        self.finished: set[int] = set()
        self._frames = FrameReader()
        self._number = 0
        self._expected = 0
        self.unacknowledged: list[ClientMessage] = []

    async def message(self) -> ClientMessage:
        """The next message that is no acknowledgement."""
        while True:
            message = ClientMessage.unpack(await asyncio.wait_for(self.socket.sent.get(), 60))
            if message.message_type != "acknowledge":
                return message

    async def take(self) -> ClientMessage:
        """The next message, acknowledged and understood."""
        message = await self.message()
        if message.message_type == "channel_closed":
            self.closed = json.loads(message.payload)
            return message
        if message.sequence_number < self._expected:  # the plugin passes it over without a word
            return message
        if self.acknowledges:
            self.acknowledge(message)
        else:
            self.unacknowledged.append(message)
        if message.sequence_number != self._expected:
            return message
        self._expected += 1
        if message.payload_type == PayloadType.FLAG:
            self.flags.append(message.flag)
        if message.payload_type == PayloadType.OUTPUT:
            payload = self.cipher.decrypt(message.payload) if self.cipher else message.payload
            for frame in self._frames.feed(payload):
                self._on(frame)
        return message

    async def take_until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            await self.take()

    async def shake_hands(self) -> None:
        request = await self.take()
        assert request.payload_type == PayloadType.HANDSHAKE_REQUEST
        processed = [{"ActionType": "SessionType", "ActionStatus": 1, "ActionResult": None, "Error": ""}]
        answer = {"ClientVersion": "1.2", "ProcessedClientActions": processed, "Errors": None}
        self.send(PayloadType.HANDSHAKE_RESPONSE, json.dumps(answer).encode())
        complete = await self.take()
        assert complete.payload_type == PayloadType.HANDSHAKE_COMPLETE

    def send(self, payload_type: PayloadType, payload: bytes) -> ClientMessage:
        message = ClientMessage("input_stream_data", payload, self._number, payload_type)
        self._number += 1
        self.socket.to_channel.put_nowait(message.pack())
        return message

    def frame(self, command: Command, stream_id: int, data: bytes = b"") -> None:
        payload = Frame(command, stream_id, data).pack()
        self.send(PayloadType.OUTPUT, self.cipher.encrypt(payload) if self.cipher else payload)

    def terminate(self) -> None:
        self.send(PayloadType.FLAG, PayloadTypeFlag.TERMINATE_SESSION.packed())

    def acknowledge(self, message: ClientMessage) -> None:
        self.socket.to_channel.put_nowait(message.acknowledgement().pack())

    def _on(self, frame: Frame) -> None:
        if frame.command is Command.PSH:
            self.streams.setdefault(frame.stream_id, bytearray()).extend(frame.data)
        elif frame.command is Command.FIN:
            self.finished.add(frame.stream_id)
