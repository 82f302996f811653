"""A WebSocket client of a few lines, for messages that no real client would send."""

from __future__ import annotations

import socket
import ssl
from types import TracebackType
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection, events


class WebSocketClient:
    """Blocking. `receive` returns messages, and the close code as an int when the connection has ended."""

    def __init__(self, url: str, timeout: float = 60.0) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout)
        if parts.scheme == "wss":
            self._socket = _trusting_anybody().wrap_socket(self._socket)
        self._connection = WSConnection(ConnectionType.CLIENT)
        self._found: list[str | bytes | int] = []
        self._part: bytes = b""
        request = events.Request(host=str(parts.netloc), target=f"{parts.path}?{parts.query}")
        self._socket.sendall(self._connection.send(request))
        self._opened = False
        while not self._opened:
            self._read()

    def send(self, message: str | bytes) -> None:
        event = events.TextMessage(message) if isinstance(message, str) else events.BytesMessage(message)
        self._socket.sendall(self._connection.send(event))

    def send_raw(self, data: bytes) -> None:
        """Bytes that may be no WebSocket frame."""
        self._socket.sendall(data)

    def receive(self) -> str | bytes | int:
        while not self._found:
            self._read()
        return self._found.pop(0)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> WebSocketClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        data = self._socket.recv(65536)
        self._connection.receive_data(data or None)
        for event in self._connection.events():
            if isinstance(event, events.AcceptConnection):
                self._opened = True
            elif isinstance(event, events.RejectConnection):
                self._opened = True
                self._found.append(event.status_code)
            elif isinstance(event, events.BytesMessage):
                self._part += bytes(event.data)
                if event.message_finished:
                    self._found.append(self._part)
                    self._part = b""
            elif isinstance(event, events.TextMessage):
                self._found.append(event.data)
            elif isinstance(event, events.CloseConnection):
                self._found.append(event.code)


def _trusting_anybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
