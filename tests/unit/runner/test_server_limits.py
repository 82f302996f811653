"""What is no request of ours ends at once with an answer, and bodies are read within bounds."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest

from glue_app.runner import http_body, server
from tests.support.polling import wait_for
from tests.unit.runner.conftest import TOKEN

AUTHORIZED = f"Authorization: Bearer {TOKEN}\r\n"


def say(runner: Any, text: str, patience: float = 10.0) -> str:
    """The whole answer to raw bytes, until the server closes or `patience` is over (then TimeoutError)."""
    with socket.create_connection(("127.0.0.1", runner.server.server_port), patience) as connection:
        connection.sendall(text.encode("latin-1"))
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer.decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("", 411),
        ("Transfer-Encoding: chunked\r\n", 411),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 411),
        ("Content-Length: -1\r\n", 400),
        ("Content-Length: five\r\n", 400),
        ("Content-Length: \r\n", 400),
        ("Content-Length: \xb2\r\n", 400),
        ("Content-Length: +5\r\n", 400),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
        ("Content-Length: 4194305\r\n", 413),
        ("Content-Length: " + "9" * 5000 + "\r\n", 413),
    ],
)
@pytest.mark.parametrize("request_line", ["POST /runs", "PUT /warm-jvm"])
def test_a_wrong_length_is_answered_at_once(
    runner: Any, request_line: str, headers: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    answer = say(runner, f"{request_line} HTTP/1.1\r\n{AUTHORIZED}{headers}\r\n")
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert not caplog.records


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("GET http://[ HTTP/1.1\r\n", 403),
        ("GET /runs/x/log?offset=\xb2 HTTP/1.1\r\n", 400),
        ("GET /runs/x/log?offset=" + "9" * 5000 + " HTTP/1.1\r\n", 400),
        ("GET /runs/x/log?offset=9223372036854775808 HTTP/1.1\r\n", 400),
        ("POST /runs HTTP/1.1\r\nContent-Length: 200000\r\n", 400),
    ],
)
def test_what_no_parser_takes_is_no_500(runner: Any, request_text: str, status: int) -> None:
    body = "[" * 200_000 if request_text.startswith("POST") else ""
    answer = say(runner, f"{request_text}{AUTHORIZED}Connection: close\r\n\r\n{body}")
    assert answer.startswith(f"HTTP/1.1 {status} ")


def test_a_body_of_a_get_is_never_taken_for_a_second_request(runner: Any) -> None:
    second = "GET /healthz HTTP/1.1\r\n\r\n"
    answer = say(runner, f"GET /runs HTTP/1.1\r\n{AUTHORIZED}Content-Length: {len(second)}\r\n\r\n{second}")
    assert answer.count("HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "sent", ["POST /ru", f"POST /runs HTTP/1.1\r\n{AUTHORIZED}Content-Length: 5\r\n\r\nab"]
)
def test_a_request_that_never_ends_is_given_up(
    runner: Any, monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    """Also one that drips steadily: the time is for the whole request."""
    monkeypatch.setattr(http_body, "REQUEST_SECONDS", 0.3)
    monkeypatch.setattr(http_body, "HEAD_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", runner.server.server_port), 60) as connection:
        connection.sendall(sent.encode())

        def given_up() -> bool:
            connection.settimeout(0.05)
            try:
                connection.sendall(b"a")  # never an end
                return connection.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True

        wait_for("the server to give up", given_up, 60)


def test_a_body_that_ends_early_is_refused(runner: Any) -> None:
    with socket.create_connection(("127.0.0.1", runner.server.server_port), 60) as connection:
        connection.sendall(f"POST /runs HTTP/1.1\r\n{AUTHORIZED}Content-Length: 50\r\n\r\nab".encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_connections_beyond_the_limit_are_closed(
    make_runner: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 2)
    runner = make_runner()
    address = ("127.0.0.1", runner.server.server_port)
    with socket.create_connection(address, 60) as one, socket.create_connection(address, 60):
        with socket.create_connection(address, 60) as third:
            assert third.recv(1) == b""
        one.sendall(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert one.recv(20).startswith(b"HTTP/1.1 200")

        def served() -> bool:
            return say(runner, "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n") != ""

        wait_for("the place of the first to be free", served, 60)


def test_a_variable_with_a_nul_is_a_bad_request(runner: Any) -> None:
    body = {"id": "x", "script": "s3://s/x", "environment": {"AWS_REGION": "a\0b"}}
    status, answer = runner.request("POST", "/runs", body)
    assert (status, answer["field"]) == (400, "environment")


@pytest.mark.parametrize("sent", ["", "GET /healthz HTTP/1.1\r\nHost: 127"])
def test_idle_connections_do_not_keep_every_place(
    make_runner: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    """First line and headers have seconds, while the whole request, a slow body with it, has a minute."""
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 2)
    monkeypatch.setattr(http_body, "HEAD_SECONDS", 0.3)
    runner = make_runner()
    address = ("127.0.0.1", runner.server.server_port)
    with socket.create_connection(address, 60) as one, socket.create_connection(address, 60) as two:
        for idle in (one, two):
            idle.sendall(sent.encode())

        def served() -> bool:
            try:
                return say(runner, "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n") != ""
            except ConnectionError:
                return False

        wait_for("a place to be free", served, 60)


def test_a_body_may_take_longer_than_the_headers(runner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_body, "HEAD_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", runner.server.server_port), 60) as connection:
        connection.sendall(f"POST /runs HTTP/1.1\r\n{AUTHORIZED}Content-Length: 2\r\n\r\n{{".encode())
        connection.settimeout(0.6)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(60)
        connection.sendall(b"}")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
