"""The driver's limiter as the executors' tasks reach it: JSON lines over TCP.

The workers of a Glue job reach each other on every TCP port: Glue asks for a security group that refers to
itself. https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html
Spark has no public way to share a changing value among running tasks. A connection begins with a secret that
travels with the task; the messages are numbers and Bedrock's words, never code.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import socket
import threading
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
_LOOK_SECONDS = 0.5


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
                with contextlib.suppress(ConnectionError, ValueError):
                    if not hmac.compare_digest(self.rfile.readline(100).strip(), secret.encode()):
                        return
                    for line in self.rfile:
                        name, *given = json.loads(line)
                        self.wfile.write(json.dumps(methods[name](*given)).encode() + b"\n")

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
        self._news.ask("refused", number, throttled)

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
            self._socket = socket.create_connection(address, _CONNECT_SECONDS)
            self._socket.settimeout(None)
            self._answers = self._socket.makefile("rb")
            self._socket.sendall(self._address.secret.encode() + b"\n")
        return self._socket

    def close(self) -> None:
        if self._socket is not None:
            self._answers.close()
            self._socket.close()
