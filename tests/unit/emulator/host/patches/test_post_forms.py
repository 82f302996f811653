"""The patch post_forms: a POST form is left to LocalStack, which reads it from a file."""

from __future__ import annotations

from typing import Any

import pytest
from rolo.serving.twisted import HeaderPreservingHTTPChannel, TwistedRequestAdapter
from twisted.internet.address import IPv4Address
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from glue_app.emulator.host.patches import post_forms
from glue_app.emulator.host.patches.patch import original

FORM = (
    b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    + b"x" * 200_000
    + b"\r\n--b--\r\n"
)


class Requests(Resource):
    """Keeps what it is asked."""

    isLeaf = True  # noqa: N815  (Twisted's names)

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def render(self, request: Any) -> int:
        self.seen.append(request)
        return NOT_DONE_YET


class Connection:
    """As much of a transport as one request needs; keeps what is written to it."""

    disconnecting = False

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def writeSequence(self, pieces: list[bytes]) -> None:  # noqa: N802
        self.write(b"".join(pieces))

    def getPeer(self) -> IPv4Address:  # noqa: N802
        return IPv4Address("TCP", "127.0.0.1", 4790)

    getHost = getPeer  # noqa: N815

    def registerProducer(self, *_: Any) -> None: ...  # noqa: N802

    def unregisterProducer(self) -> None: ...  # noqa: N802

    def pauseProducing(self) -> None: ...  # noqa: N802

    def resumeProducing(self) -> None: ...  # noqa: N802

    def loseConnection(self) -> None: ...  # noqa: N802


def post(content_type: bytes, body: bytes) -> tuple[list[Any], bytes]:
    """The requests that a resource gets of one POST, and what was answered without it."""
    resource = Requests()
    site = Site(resource, requestFactory=TwistedRequestAdapter)
    channel = HeaderPreservingHTTPChannel()
    channel.site = channel.factory = site
    channel.requestFactory = site.requestFactory
    channel.timeOut = None
    connection = Connection()
    channel.makeConnection(connection)
    head = b"POST /bucket HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    channel.dataReceived(head % (content_type, len(body)) + body)
    return resource.seen, connection.written


@pytest.fixture
def unpatched(monkeypatch: pytest.MonkeyPatch) -> None:
    post_forms.apply()
    monkeypatch.setattr(TwistedRequestAdapter, "__init__", original(TwistedRequestAdapter, "__init__"))


@pytest.mark.usefixtures("unpatched")
def test_twisted_still_parses_forms_by_itself() -> None:
    (request,), _ = post(b"multipart/form-data; boundary=b", FORM)
    assert request.args[b"file"] == [b"x" * 200_000]


def test_a_form_is_kept_in_a_file_and_not_parsed() -> None:
    """LocalStack finds the whole body, from its beginning."""
    post_forms.apply()
    (request,), _ = post(b"multipart/form-data; boundary=b", FORM)
    assert request.args == {}
    assert isinstance(request.content.fileno(), int)
    assert request.content.read() == FORM


@pytest.mark.parametrize("content_type", [b"multipart/form-data", b"multipart/form-data; boundary=other"])
def test_a_form_that_twisted_cannot_parse_is_s3s_to_refuse(content_type: bytes) -> None:
    post_forms.apply()
    seen, answered = post(content_type, FORM)
    assert (len(seen), answered) == (1, b"")


def test_the_arguments_of_the_address_stay() -> None:
    post_forms.apply()
    (request,), _ = post(b"application/x-www-form-urlencoded", b"Action=A")
    assert request.args == {}
    assert request.content.read() == b"Action=A"
