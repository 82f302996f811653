"""LDAP's simple bind: the bytes, and a server that no client can harm."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterator

import pytest

from glue_app.emulator.rds.iam import ldap_server
from glue_app.emulator.rds.iam.ldap_messages import (
    INVALID_CREDENTIALS,
    MAX_BYTES,
    SUCCESS,
    Bind,
    MessageError,
    bind_response,
    length_of,
    read_bind,
)
from glue_app.emulator.rds.iam.ldap_server import BindServer
from glue_app.emulator.rds.models import Endpoint

#: as libldap sends it (RFC 4511, 5.1): message 1, version 3
BIND = bytes.fromhex("3015 020101 6010 020103 0405") + b"uid=a" + bytes.fromhex("8004") + b"word"
UNBIND = bytes.fromhex("30050201024200")


def long_bind(password: bytes) -> bytes:
    def field(tag: int, value: bytes) -> bytes:
        return bytes([tag, 0x82]) + len(value).to_bytes(2, "big") + value

    operation = b"\x02\x01\x03" + b"\x04\x01u" + field(0x80, password)
    return field(0x30, b"\x02\x01\x07" + field(0x60, operation))


def test_a_bind_request_is_read() -> None:
    assert read_bind(BIND) == Bind(1, "uid=a", "word")
    assert length_of(BIND) == len(BIND)


def test_a_token_has_room() -> None:
    message = long_bind(b"t" * 3000)

    assert length_of(message[:5]) == len(message)
    assert read_bind(message) == Bind(7, "u", "t" * 3000)


def test_the_answer_is_that_of_the_standard() -> None:
    assert bind_response(1, SUCCESS) == bytes.fromhex("300c0201016107 0a0100 0400 0400")
    assert bind_response(200, INVALID_CREDENTIALS) == bytes.fromhex("300d020200c86107 0a0131 0400 0400")


@pytest.mark.parametrize(
    "message", [UNBIND, BIND.replace(b"\x02\x01\x03", b"\x02\x01\x02"), BIND[:-1], BIND + b"x", b"", b"\x30"]
)
def test_anything_else_is_no_bind(message: bytes) -> None:
    with pytest.raises(MessageError):
        read_bind(message)


def test_a_length_is_bounded() -> None:
    assert length_of(b"") is length_of(b"\x30") is length_of(b"\x30\x82\x01") is None
    for head in (b"\x30\x84\x7f\xff\xff\xff", b"\x30\x80", b"\x30\xff", b"GET /"):
        with pytest.raises(MessageError):
            length_of(head)
    with pytest.raises(MessageError, match="more than"):
        length_of(b"\x30\x82" + MAX_BYTES.to_bytes(2, "big"))


def test_no_bytes_can_do_more_than_be_refused() -> None:
    """Bytes changed, cut off and put in at random, ten thousand times: the same each run."""
    chance = random.Random(4711)
    seeds = [BIND, UNBIND, long_bind(b"t" * 40)]
    for _ in range(10_000):
        message = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(message) or 1)
            message[place : place + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 3))
        with contextlib.suppress(MessageError):
            length_of(bytes(message))
        with contextlib.suppress(MessageError):
            read_bind(bytes(message))


# ---------------------------------------------------------------- the server
@pytest.fixture
def server() -> Iterator[BindServer]:
    """Lets in whoever says `word`."""

    def judge(bind: Bind) -> bool:
        if bind.name == "uid=broken":
            raise RuntimeError("the judge is ill")
        return bind.password == "word"

    running = BindServer(Endpoint("127.0.0.1", 0), judge)
    yield running
    running.close()


@contextlib.contextmanager
def connected(server: BindServer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        yield connection


def test_a_bind_is_judged(server: BindServer) -> None:
    """One after the other on a connection, in whatever pieces they come."""
    with connected(server) as connection:
        for piece in (BIND[:3], BIND[3:] + BIND[:1], BIND[1:]):
            connection.sendall(piece)
        answers = connection.makefile("rb")
        assert answers.read(2 * len(bind_response(1, SUCCESS))) == 2 * bind_response(1, SUCCESS)
    with connected(server) as connection:
        connection.sendall(BIND.replace(b"word", b"nope"))
        assert connection.recv(100) == bind_response(1, INVALID_CREDENTIALS)
        connection.sendall(UNBIND)
        assert connection.recv(100) == b""


def test_a_judge_that_breaks_lets_nobody_in(server: BindServer) -> None:
    name = b"uid=broken"
    operation = b"\x02\x01\x03\x04" + bytes([len(name)]) + name + b"\x80\x04word"
    message = b"\x02\x01\x01\x60" + bytes([len(operation)]) + operation

    with connected(server) as connection:
        connection.sendall(b"\x30" + bytes([len(message)]) + message)
        assert connection.recv(100) == bind_response(1, INVALID_CREDENTIALS)


def test_clients_that_say_nothing_harm_nobody(server: BindServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have their time, then their places are others'."""
    monkeypatch.setattr(ldap_server, "TIMEOUT_S", 0.2)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(connected(server)) for _ in range(ldap_server.MAX_CONNECTIONS)]
        for connection in silent:
            connection.sendall(b"\x30")
        for connection in silent:
            assert connection.recv(1) == b""

    with connected(server) as connection:
        connection.sendall(BIND)
        assert connection.recv(100) == bind_response(1, SUCCESS)


def test_garbage_ends_its_own_connection_only(server: BindServer) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(100) == b""

    with connected(server) as connection:
        connection.sendall(BIND)
        assert connection.recv(100) == bind_response(1, SUCCESS)
