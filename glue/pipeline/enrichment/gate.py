"""The driver's limiter as the executors' tasks reach it: JSON lines over TCP.

The workers of a Glue job reach each other on every TCP port: Glue asks for a security group that refers to
itself. https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html
Spark has no public way to share a changing value among running tasks. A connection begins with a secret that
travels with the task, and is closed where that does not come at once; the messages are numbers and Bedrock's
words, never code, and short. What was let through on a connection that ends without news of it is lost.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import wait
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, Protocol

from pipeline.backoff import Stopped
from pipeline.enrichment.errors import AskingStoppedError, LimiterLostError
from pipeline.enrichment.limiter import Limiter

_CONNECT_SECONDS = 20.0
_SECRET_SECONDS = 20.0  # for the secret to come
_LOOK_SECONDS = 0.5
_LONGEST = 4_000  # bytes of a message
_LONGEST_WORDS = 400  # characters of Bedrock's, six bytes each at most
_KEPT_ALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))  # of Linux, in seconds


_WELCOME = b"true\n"


class Gate(Protocol):
    """What a task asks before each request; both ways raise AskingStoppedError when asking is over."""

    def acquire(self, tokens: int) -> int: ...

    def settle(self, number: int, input_tokens: int, output_tokens: int) -> None: ...

    def refused(self, number: int, throttled: str = "") -> None: ...


@dataclass(frozen=True)
class Address:
    """Where a run's limiter is."""

    host: str
    port: int
    secret: str = field(repr=False)


class GateServer:
    """Serves ``limiter`` as long as the context lasts; ``host`` is what others call the address ``bind``."""

    def __init__(self, limiter: Limiter, host: str, bind: str) -> None:
        secret = secrets.token_hex(32)
        methods: dict[str, Callable[..., Any]] = {
            "acquire": limiter.acquire,
            "settle": limiter.settle,
            "refused": limiter.refused,
        }

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                mine: list[int] = []
                try:
                    with contextlib.suppress(OSError, ValueError):
                        if not hmac.compare_digest(_received(self.connection, len(secret)), secret.encode()):
                            return
                        _keep_alive(self.connection)
                        self.wfile.write(_WELCOME)
                        while line := self.rfile.readline(_LONGEST):
                            name, *given = json.loads(line)
                            answer = methods[name](*given)
                            if name == "acquire" and isinstance(answer, int):
                                if _is_gone(self.connection):  # while it waited: nothing was asked
                                    limiter.refused(answer)
                                    return
                                mine.append(answer)
                            self.wfile.write(json.dumps(answer).encode() + b"\n")
                finally:
                    for number in mine:
                        limiter.lost(number)

        class Server(ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server((bind, 0), Handler)
        self.address = Address(host, self._server.server_address[1], secret)

    def __enter__(self) -> GateServer:
        serve = partial(self._server.serve_forever, poll_interval=0.05)
        threading.Thread(target=serve, name="bedrock-limiter", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class RemoteGate:
    """The limiter at ``address``, for the threads of one task. Connects with the first request, not before:
    a task whose answers are all in the cache needs no limiter.
    """

    def __init__(self, address: Address, stop: threading.Event) -> None:
        # a thread that waits for its turn must not keep others from telling what theirs have cost
        self._turns, self._news = _Line(address, stop), _Line(address, stop)

    def acquire(self, tokens: int) -> int:
        number = self._turns.ask("acquire", tokens)
        if isinstance(number, str):
            raise AskingStoppedError(number)
        return int(number)

    def settle(self, number: int, input_tokens: int, output_tokens: int) -> None:
        self._news.ask("settle", number, input_tokens, output_tokens)

    def refused(self, number: int, throttled: str = "") -> None:
        self._news.ask("refused", number, throttled[:_LONGEST_WORDS])

    def close(self) -> None:
        self._turns.close()
        self._news.close()


@contextlib.contextmanager
def gate_to(address: Address | None, own: Limiter, stop: threading.Event) -> Iterator[Gate]:
    """Yield the way to the limiter at ``address``, to ``own`` when there is none."""
    with contextlib.ExitStack() as stack:
        if address is None:
            address = stack.enter_context(GateServer(own, "127.0.0.1", "127.0.0.1")).address
        yield stack.enter_context(contextlib.closing(RemoteGate(address, stop)))


class _Line:
    """One connection; a question at a time."""

    def __init__(self, address: Address, stop: threading.Event) -> None:
        self._address, self._stop = address, stop
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._answers: Any = None

    def ask(self, *question: Any) -> Any:
        """Return the answer. Raises Stopped when the task ends meanwhile, LimiterLostError."""
        with self._lock:
            if question[0] == "acquire" and self._stop.is_set():
                raise Stopped
            try:
                connection = self._connected()
                connection.sendall(json.dumps(question).encode() + b"\n")
                if question[0] == "acquire":
                    while not wait([connection], _LOOK_SECONDS):
                        if self._stop.is_set():
                            raise Stopped
                line = self._answers.readline()
            except OSError as error:
                raise LimiterLostError(self._address.host, self._address.port, str(error)) from error
        if not line:
            raise LimiterLostError(self._address.host, self._address.port, "closed")
        return json.loads(line)

    def _connected(self) -> socket.socket:
        if self._socket is None:
            address = (self._address.host, self._address.port)
            connection = socket.create_connection(address, _CONNECT_SECONDS)
            answers = connection.makefile("rb")
            try:
                connection.sendall(self._address.secret.encode())
                if answers.readline() != _WELCOME:
                    raise ConnectionError("it does not know this task's secret")
            except OSError:
                answers.close()
                connection.close()
                raise
            connection.settimeout(None)
            _keep_alive(connection)
            self._socket, self._answers = connection, answers
        return self._socket

    def close(self) -> None:
        if self._socket is not None:
            self._answers.close()
            self._socket.close()


def _received(connection: socket.socket, length: int) -> bytes:
    """Return the first ``length`` bytes, or what came of them in time."""
    until, received = time.monotonic() + _SECRET_SECONDS, b""
    while len(received) < length:
        connection.settimeout(max(0.001, until - time.monotonic()))
        part = connection.recv(length - len(received))
        if not part:
            break
        received += part
    connection.settimeout(None)
    return received


def _is_gone(connection: socket.socket) -> bool:
    """Tell whether the other side has closed it; it says nothing while it waits for an answer."""
    return bool(wait([connection], 0)) and connection.recv(1, socket.MSG_PEEK) == b""


def _keep_alive(connection: socket.socket) -> None:
    """Let the connection end, some two minutes later, when the other side's host is gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEPT_ALIVE:
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
