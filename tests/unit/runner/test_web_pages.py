"""No web page reaches the runner: the shared cases, sent to a server on a socket."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

import glue_app.runner.web_pages
import stub_bedrock.web_pages
from glue_app.runner.web_pages import refusal
from tests.support.web_page_cases import CASES, Case


def _raw(port: int, request: str) -> tuple[int, bytes]:
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(request.encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_runner_decides_as_all_do(runner: Any, case: Case) -> None:
    """A refusal is a 403 that says why; health is refused too, for a page learns from it what runs here."""
    port = runner.server.server_address[1]
    lines = [f"{name}: {value}\r\n" for name, value in case.sent(f"127.0.0.1:{port}")]

    status, body = _raw(port, f"GET /healthz HTTP/1.1\r\nConnection: close\r\n{''.join(lines)}\r\n")

    if case.refused_by:
        assert (status, f"its {case.refused_by} is" in json.loads(body)["error"]) == (403, True)
    else:
        assert status in (200, 503)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
def test_every_method_is_guarded(runner: Any, method: str) -> None:
    """Also a request whose body never comes: it is not waited for."""
    port = runner.server.server_address[1]
    head = f"{method} /runs HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 99\r\n\r\n"

    assert _raw(port, head)[0] == 403


@pytest.mark.parametrize(
    ("target", "hosts", "header"),
    [
        ("/", [], ""),
        ("/", ["localhost", "evil.example"], "Host"),
        ("/", ["localhost", "localhost"], "Host"),
        ("http://evil.example/", ["localhost"], "Host"),
        ("http://localhost/", ["localhost"], ""),
        ("/http://evil.example/", ["localhost"], ""),
        ("/", ["stack.internal.example"], ""),
    ],
)
def test_the_host_is_named_once(target: str, hosts: list[str], header: str) -> None:
    """In the header or in the target; HTTP/1.0 may name none, and settings may add a name."""
    found = refusal("GET", target, [("HOST", host) for host in hosts], {"stack.internal.example"})

    assert (found.header if found else "") == header


def test_only_a_page_that_tells_its_origin_can_be_allowed_by_a_bucket() -> None:
    def origin(**headers: str) -> str:
        found = refusal("GET", "/", [(name.replace("_", "-"), value) for name, value in headers.items()])
        assert found
        return found.origin

    assert origin(host="localhost", origin="https://a.example") == "https://a.example"
    assert origin(host="localhost", origin="null") == ""
    assert origin(host="localhost", sec_fetch_site="cross-site") == ""
    assert origin(host="evil.example", origin="https://a.example") == ""


@pytest.mark.parametrize(
    ("method", "target", "refused"),
    [
        ("GET", "/bucket/key?versionId=1", False),
        ("HEAD", "/", False),
        ("GET", "/?Action=DeleteQueue&Version=2012-11-05", True),
        ("GET", "/000000000000/queue?%41ction=SendMessage", True),
        ("GET", "http://localhost/?x&action", True),
        ("GET", "/Action=1", False),
        ("POST", "/_localstack/health", True),
        ("PUT", "/bucket/key", True),
    ],
)
def test_who_is_led_here_can_only_read(method: str, target: str, refused: bool) -> None:
    """A redirect from a page that the user has opened comes with `Sec-Fetch-Site: none`, as typing does."""
    headers = [("Host", "localhost"), ("User-Agent", "Mozilla/5.0")]

    found = refusal(method, target, [*headers, ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate")])

    assert (found is not None) == refused
    assert refusal(method, target, [*headers, ("Sec-Fetch-Site", "same-origin")]) is None
    assert refusal(method, target, [("Host", "localhost")]) is None, "no browser"


def test_a_message_is_one_printable_line() -> None:
    found = refusal("GET", "/", [("Host", "a\x1b[2J\n" + "x" * 5000)])

    assert found
    assert found.message.isprintable()
    assert len(found.message) < 300


def test_the_stub_has_the_same_rule() -> None:
    """It imports nothing of the others, so it has a copy: `cp glue_app/runner/web_pages.py stub_bedrock/`."""
    ours, theirs = (Path(module.__file__) for module in (glue_app.runner.web_pages, stub_bedrock.web_pages))

    assert ours.read_bytes() == theirs.read_bytes()
