"""The addresses that databases have on the developer's machine lead to their servers, bytes unchanged."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glue_app.runner import forward
from tests.support.polling import wait_for

ROOT = Path(__file__).parents[3] / "src"
# a process of its own, for nothing of a forwarder can be ended; without the collector that would hide leaks
FORWARDER = """
import gc, sys
from glue_app import setting_readers
from glue_app.runner import forward
gc.disable()
forward.start(setting_readers.forwarded({"TABLE": sys.argv[1]}, "TABLE"))
print("ready", flush=True)
sys.stdin.read()
"""
LOCALHOST = "127.0.0.1"
TIMEOUT_S = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        return int(probe.getsockname()[1])


class EchoServer:
    """Sends back what comes, in capitals, and a goodbye when the client has said all."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server((LOCALHOST, port))
        self._clients: list[socket.socket] = []
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._clients.append(client)
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            while data := client.recv(1 << 16):
                client.sendall(data.upper())
            client.sendall(b"goodbye")

    def close(self) -> None:
        """As a killed server: at once, with its connections."""
        for one in (self._listener, *self._clients):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


class Forwarder:
    """Addresses of this process's own that lead to `there`, in order."""

    def __init__(self, *there: int) -> None:
        self.ports = [free_port() for _ in there]
        pairs = zip(self.ports, there, strict=True)
        table = ",".join(f"{LOCALHOST}:{here}={LOCALHOST}:{port}" for here, port in pairs)
        self.process = subprocess.Popen(
            [sys.executable, "-c", FORWARDER, table],
            env={
                "PYTHONPATH": str(ROOT),
                "PATH": os.environ["PATH"],
                "PYTHONWARNINGS": "always::ResourceWarning",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"

    def connect(self, number: int = 0) -> socket.socket:
        return socket.create_connection((LOCALHOST, self.ports[number]), TIMEOUT_S)

    @property
    def sockets(self) -> int:
        """How many the process has open."""
        folder, found = Path(f"/proc/{self.process.pid}/fd"), 0
        for descriptor in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                found += str(descriptor.readlink()).startswith("socket:")
        return found

    def end(self) -> str:
        """What it said on stderr."""
        if self.process.poll() is None:
            self.process.kill()
            self._said = self.process.communicate()[1]
        return self._said


@pytest.fixture
def make_server() -> Iterator[Callable[..., EchoServer]]:
    made: list[EchoServer] = []

    def make(port: int = 0) -> EchoServer:
        made.append(EchoServer(port))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def make_forwarder() -> Iterator[Callable[..., Forwarder]]:
    made: list[Forwarder] = []

    def make(*there: int) -> Forwarder:
        made.append(Forwarder(*there))
        return made[-1]

    yield make
    for forwarder in made:
        forwarder.end()


MakeServer = Callable[..., EchoServer]
MakeForwarder = Callable[..., Forwarder]


def received(client: socket.socket, size: int = sys.maxsize) -> bytes:
    """So many bytes, or all until the end."""
    data = b""
    while len(data) < size and (part := client.recv(1 << 16)):
        data += part
    return data


def ends(client: socket.socket) -> bool:
    """Whether the other side ends the connection without another byte."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def test_bytes_go_both_ways(make_server: MakeServer, make_forwarder: MakeForwarder) -> None:
    with make_forwarder(make_server().port).connect() as client:
        client.sendall(b"select 1;\0")
        assert received(client, 10) == b"SELECT 1;\0"
        client.sendall(b"again")
        assert received(client, 5) == b"AGAIN"


def test_much_at_once_arrives_whole_and_in_order(
    make_server: MakeServer, make_forwarder: MakeForwarder
) -> None:
    """More than all buffers on the way hold."""
    sent = b"".join(b"%08d\n" % number for number in range(1_000_000))
    with make_forwarder(make_server().port).connect() as client:
        sender = threading.Thread(target=client.sendall, args=[sent], daemon=True)
        sender.start()
        found = received(client, len(sent))
        sender.join(TIMEOUT_S)

    assert found == sent


def test_who_has_said_all_still_hears_the_answer(
    make_server: MakeServer, make_forwarder: MakeForwarder
) -> None:
    """Each direction ends by itself."""
    with make_forwarder(make_server().port).connect() as client:
        client.sendall(b"last words, ")
        client.shutdown(socket.SHUT_WR)

        assert received(client) == b"LAST WORDS, goodbye"


def test_connections_do_not_mix(make_server: MakeServer, make_forwarder: MakeForwarder) -> None:
    """All open at the same time, none waits for another."""
    forwarder = make_forwarder(make_server().port)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(forwarder.connect()) for _ in range(20)]
        for number, client in enumerate(clients):
            client.sendall(b"client %02d" % number)

        assert [received(client, 9) for client in reversed(clients)] == [
            b"CLIENT %02d" % number for number in reversed(range(20))
        ]


def test_each_address_leads_to_its_own_server(make_server: MakeServer, make_forwarder: MakeForwarder) -> None:
    absent = free_port()
    forwarder = make_forwarder(absent, make_server().port)

    with forwarder.connect(1) as client:
        client.sendall(b"second")
        assert received(client, 6) == b"SECOND"
    with forwarder.connect(0) as client:
        assert ends(client)


def test_a_server_that_is_not_there_ends_the_connection(make_forwarder: MakeForwarder) -> None:
    """And the next: the forwarder itself stays, and says whom it did not reach."""
    absent = free_port()
    forwarder = make_forwarder(absent)

    for _ in range(2):
        with forwarder.connect() as client:
            assert ends(client)

    said = forwarder.end()
    assert f"{LOCALHOST}:{absent}: " in said
    assert "unclosed" not in said
    assert "Traceback" not in said


def test_a_server_that_dies_ends_its_connections_and_is_found_when_it_is_back(
    make_server: MakeServer, make_forwarder: MakeForwarder
) -> None:
    server = make_server()
    forwarder = make_forwarder(server.port)
    with forwarder.connect() as client:
        client.sendall(b"one")
        assert received(client, 3) == b"ONE"

        server.close()

        assert ends(client)
    with forwarder.connect() as client:
        assert ends(client)

    make_server(server.port)

    with forwarder.connect() as client:
        client.sendall(b"two")
        assert received(client, 3) == b"TWO"


@pytest.mark.skipif(not Path("/proc").exists(), reason="counts a process's sockets in /proc")
@pytest.mark.parametrize("orderly", [True, False], ids=["closed", "reset"])
def test_a_connection_that_ended_leaves_no_socket(
    make_server: MakeServer, make_forwarder: MakeForwarder, orderly: bool
) -> None:
    """nothing closes the two writers. Newer Pythons do it where they throw them
    away, with a warning; that of the Glue 4.0 image (3.10) keeps the sockets until its collector comes by.
    """
    forwarder = make_forwarder(make_server().port)
    before = forwarder.sockets
    for _ in range(5):
        with forwarder.connect() as client:
            client.sendall(b"hello")
            assert received(client, 5) == b"HELLO"
            if not orderly:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    wait_for("the sockets to be closed", lambda: forwarder.sockets == before, 60)
    assert "unclosed" not in forwarder.end()


def test_an_address_that_cannot_be_had_is_an_error_at_start(make_server: MakeServer) -> None:
    taken = (LOCALHOST, make_server().port)

    with pytest.raises(OSError, match="address already in use"):
        forward.start({taken: (LOCALHOST, 1)})
