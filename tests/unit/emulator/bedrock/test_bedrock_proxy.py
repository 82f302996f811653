"""The way to the stub: byte for byte, chunk by chunk, and a clear error when nobody is there."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.http import Request

from glue_app.emulator.bedrock import proxy
from glue_app.emulator.bedrock.exceptions import ServiceUnavailableException
from glue_app.emulator.bedrock.proxy import StubProxy
from glue_app.emulator.host.state.gate import Gate
from tests.support.polling import wait_for

PATH = "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fmodel-v1%3A0/converse"


class FakeStub(http.server.ThreadingHTTPServer):
    """Answers two chunks; sends the second only when it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.go_on = threading.Event()
        self.seen: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeStub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen = {"path": self.path, "body": body, "headers": dict(self.headers)}
        self.send_response(418 if b"teapot" in body else 200)
        self.send_header("x-amzn-ErrorType", "SomeException")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in (b"first", b"second"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.flush()
            self.server.go_on.wait(60)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def stub() -> Iterator[FakeStub]:
    server = FakeStub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()


def context(body: bytes = b"{}", *, streams: bool = False) -> Any:
    """A request as the gateway has parsed it."""
    request = Request("POST", path=PATH, raw_path=PATH, query_string="a=b%2F", body=body)
    request.headers["X-Custom"] = "kept"
    return SimpleNamespace(request=request, operation=SimpleNamespace(has_event_stream_output=streams))


def test_a_request_arrives_as_it_was_sent(stub: FakeStub) -> None:
    """Escapes in the path included: a model's ARN is one segment of it."""
    stub.go_on.set()

    answer = StubProxy(stub.url).forward(context(b'{"a": 1}'), None)

    assert answer.get_data() == b"firstsecond"
    assert stub.seen["path"] == f"{PATH}?a=b%2F"
    assert stub.seen["body"] == b'{"a": 1}'
    assert stub.seen["headers"]["X-Custom"] == "kept"


def test_a_header_beyond_ascii_arrives(stub: FakeStub) -> None:
    stub.go_on.set()
    sent = context()
    sent.request.headers["X-Custom"] = "é"

    assert StubProxy(stub.url).forward(sent, None).status_code == 200
    assert stub.seen["headers"]["X-Custom"] == "é"


def test_a_stream_comes_through_as_it_is_made(stub: FakeStub) -> None:
    """The first chunk is there while the stub has not sent the second."""
    answer = StubProxy(stub.url).forward(context(streams=True), None)

    chunks = iter(answer.response)

    assert next(chunks) == b"first"
    stub.go_on.set()
    assert b"".join(chunks) == b"second"


def test_an_error_keeps_its_status_and_headers(stub: FakeStub) -> None:
    """Also of a streaming operation: an error is no event stream."""
    stub.go_on.set()

    answer = StubProxy(stub.url).forward(context(b"teapot", streams=True), None)

    assert answer.status_code == 418
    assert answer.headers["x-amzn-ErrorType"] == "SomeException"
    assert answer.get_data() == b"firstsecond"


def test_a_stub_that_is_down_is_named() -> None:
    with pytest.raises(ServiceUnavailableException) as caught:
        StubProxy("http://127.0.0.1:9").forward(context(), None)

    assert caught.value.status_code == 503
    assert "http://127.0.0.1:9" in caught.value.message


def test_a_save_does_not_wait_for_a_model(stub: FakeStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request waits for the stub outside of the gate; nobody is kept waiting for a slow model."""
    gate = Gate()
    monkeypatch.setattr(proxy, "GATE", gate)
    answered = threading.Event()

    def converse() -> None:
        gate.enter(internal=False)
        StubProxy(stub.url).forward(context(), None)
        gate.leave()
        answered.set()

    threading.Thread(target=converse, daemon=True).start()
    wait_for("the stub to be asked", lambda: stub.seen)

    with gate.hold(5):
        assert not answered.is_set()
    stub.go_on.set()

    assert answered.wait(60)
    assert gate.active == 0
