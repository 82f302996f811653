"""The data channels of all sessions, on an event loop of their own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, NamedTuple

from localstack.aws.connect import connect_to

from glue_app.emulator.host import websockets
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.ssm import destinations
from glue_app.emulator.ssm.channel.data_channel import ChannelSettings, DataChannel
from glue_app.emulator.ssm.channel.errors import ChannelError, MalformedMessageError
from glue_app.emulator.ssm.channel.message import json_object
from glue_app.emulator.ssm.models import Session
from glue_app.emulator.ssm.sessions import Sessions

LOG = logging.getLogger(__name__)

PATH = "/v1/data-channel/<session_id>"
#: how long a client may take to open its data channel, and to come back to it: the plugin tries for 6 s
OPEN_WITHIN_S, RESUME_WITHIN_S = 60.0, 10.0
_TOKEN_WITHIN_S = 10.0
#: how often the instances of open sessions are looked at
WATCH_S = 5.0
_STOP_WITHIN_S = 5.0
STOPPED = "The emulator stops. Start the session again when it runs."


class _Open(NamedTuple):
    """A session with its data channel."""

    session: Session
    channel: DataChannel


class DataChannels:
    """Made when the room opens; `serve` begins."""

    def __init__(self, sessions: Sessions, connected: Callable[[Scope, str], bool]) -> None:
        """Begin with no channel. connected: whether an instance's agent answers; it asks other services."""
        self._sessions = sessions
        self._connected = connected
        self._channels: dict[str, _Open] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ssm-channels", daemon=True)

    def serve(self) -> None:
        self._thread.start()
        self._watching = asyncio.run_coroutine_threadsafe(self._watch(), self._loop)
        websockets.serve(PATH, self._loop, self._attend)

    def expect(self, session: Session) -> None:
        """End a session whose data channel is not opened in time."""
        self._loop.call_soon_threadsafe(self._loop.call_later, OPEN_WITHIN_S, self._end_unopened, session)

    def terminate(self, session: Session) -> None:
        """End a session's data channel where it has one; the plugin says that its session has ended."""
        self._run(self._end(session.session_id, "terminated", ""))

    def stop(self) -> None:
        """End them all, and the loop."""
        self._watching.cancel()
        for session_id in list(self._channels):
            self._run(self._end(session_id, "the emulator stops", STOPPED))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_WITHIN_S)

    def __len__(self) -> int:
        return len(self._channels)

    # ------------------------------------------------------------------ on the loop
    async def _attend(self, socket: websockets.WebSocket, path: Mapping[str, str]) -> None:
        session_id = path["session_id"]
        try:
            async with asyncio.timeout(_TOKEN_WITHIN_S):
                session = self._opened(session_id, await socket.receive())
        except (ChannelError, TimeoutError) as error:
            LOG.warning("data channel of session %s refused: %s", session_id, error or "no token came")
            socket.close(websockets.POLICY_VIOLATION, "Invalid token")
            return
        if session_id not in self._channels:
            self._channels[session_id] = _Open(session, self._new_channel(session))
        channel = self._channels[session_id].channel
        await channel.attend(socket)
        if not channel.ended and not channel.attended:
            self._sessions.disconnected(session)

    def _opened(self, session_id: str, message: str | bytes | None) -> Session:
        """Return the session that an OpenDataChannelInput opens. Raises ChannelError."""
        if message is None:
            raise MalformedMessageError("the client has gone")
        token = json_object(message).get("TokenValue")
        session = self._sessions.claim(session_id, token) if isinstance(token, str) else None
        if session is None:
            raise MalformedMessageError("its token is wrong, was used, or is another session's")
        return session

    def _new_channel(self, session: Session) -> DataChannel:
        return DataChannel(
            ChannelSettings(
                session_id=session.session_id,
                target=session.target,
                session_type=session.session_type,
                properties=session.properties,
                resume_s=RESUME_WITHIN_S,
                idle_timeout_s=session.idle_timeout * 60,
                max_duration_s=session.max_duration * 60 if session.max_duration else None,
                kms_key_id=session.kms_key_id,
                decrypt_data_key=partial(_decrypt, session) if session.kms_key_id else None,
            ),
            partial(destinations.connect, session),
            lambda _reason: self._ended(session),
        )

    def _ended(self, session: Session) -> None:
        self._channels.pop(session.session_id, None)
        self._sessions.end(session)

    def _end_unopened(self, session: Session) -> None:
        if session.session_id not in self._channels and session.status.active:
            LOG.info("session %s ends: nobody has opened its data channel", session.session_id)
            self._sessions.end(session)

    async def _watch(self) -> None:
        """End the sessions of instances that are stopped, terminated or cut off: their agent is."""
        while True:
            await asyncio.sleep(WATCH_S)
            for session in [one.session for one in self._channels.values()]:
                try:
                    connected = await asyncio.to_thread(self._connected, session.scope, session.target)
                except Exception:  # of another service: it says nothing of the instance
                    LOG.exception("looking at %s", session.target)
                    continue
                if not connected:
                    await self._end(session.session_id, f"{session.target} is not connected", "")

    async def _end(self, session_id: str, reason: str, output: str) -> None:
        if found := self._channels.get(session_id):
            await found.channel.end(reason, output)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        """Of any other thread: do it on the loop, and wait for it."""
        try:
            asyncio.run_coroutine_threadsafe(work, self._loop).result(_STOP_WITHIN_S)
        except TimeoutError:
            LOG.error("a data channel did not end within %g s", _STOP_WITHIN_S)


async def _decrypt(session: Session, ciphertext: bytes) -> bytes:
    """KMS's Decrypt, with the session's encryption context, as the agent asks for it."""
    kms = connect_to(aws_access_key_id=session.scope.account_id, region_name=session.scope.region).kms
    context = {"aws:ssm:SessionId": session.session_id, "aws:ssm:TargetId": session.target}
    try:
        answer = await asyncio.to_thread(
            kms.decrypt, CiphertextBlob=ciphertext, EncryptionContext=context, KeyId=session.kms_key_id
        )
    except Exception as error:
        raise ChannelError(f"Unable to retrieve data key, Error when decrypting data key {error}") from error
    plaintext: bytes = answer["Plaintext"]
    return plaintext
