"""A server of LDAP's simple bind, for PostgreSQL's `ldap` method; somebody else judges the passwords."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from typing import Any

from ..models import Endpoint
from . import ldap_messages
from .ldap_messages import Bind, MessageError

LOG = logging.getLogger(__name__)

TIMEOUT_S = 5.0
MAX_CONNECTIONS = 64

#: whether this name has this password
Judge = Callable[[Bind], bool]


class BindServer:
    """Threads that answer until `close`. A client has TIMEOUT_S; beyond MAX_CONNECTIONS none is let in."""

    def __init__(self, address: Endpoint, judge: Judge) -> None:
        """Listen from now on; port 0: a free one. Raises OSError."""
        self._server = _Server(address, judge)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="rds-iam", kwargs={"poll_interval": 0.2}, daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        port: int = self._server.server_address[1]
        return port

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, address: Endpoint, judge: Judge) -> None:
        self.judge = judge
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((address.address, address.port), _Connection)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return self._places.acquire(blocking=False)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        LOG.debug("a bind was not answered", exc_info=True)


class _Connection(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        """Answer each bind; anything else ends the connection."""
        deadline = time.monotonic() + TIMEOUT_S
        unread = b""
        try:
            while True:
                message, unread = self._message(unread, deadline)
                bind = ldap_messages.read_bind(message)
                result = self._result(bind)
                self.request.sendall(ldap_messages.bind_response(bind.message_id, result))
        except (MessageError, OSError) as error:
            LOG.debug("a bind connection ends: %s", error)

    def _result(self, bind: Bind) -> int:
        try:
            known = self.server.judge(bind)
        except Exception:
            LOG.exception("judging a bind")
            known = False
        return ldap_messages.SUCCESS if known else ldap_messages.INVALID_CREDENTIALS

    def _message(self, unread: bytes, deadline: float) -> tuple[bytes, bytes]:
        """Read the next message; return it, and what was read beyond it. Raises MessageError, OSError."""
        while (length := ldap_messages.length_of(unread)) is None or len(unread) < length:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("too slow")
            self.request.settimeout(left)
            received = self.request.recv(4096)
            if not received:
                raise ConnectionError("closed")
            unread += received
        return unread[:length], unread[length:]
