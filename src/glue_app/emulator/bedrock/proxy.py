"""Hands a request to the stub and its answer back, byte for byte; streams go through as they come."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import httpx
from localstack.aws.api import RequestContext
from localstack.http import Response
from rolo.request import get_raw_path

from glue_app.emulator.host.state.gate import GATE

from .exceptions import ServiceUnavailableException

LOG = logging.getLogger(__name__)
logging.getLogger("httpx").setLevel(logging.WARNING)  # LocalStack logs each request already

#: a slow model is the client's to give up on; a stub that is not there shows at once
_TIMEOUT = httpx.Timeout(connect=5.0, read=3600.0, write=60.0, pool=60.0)
_LIMITS = httpx.Limits(max_connections=512, max_keepalive_connections=64)
#: belong to one connection, or are set anew
_HOP_BY_HOP = frozenset(
    ("connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "upgrade")
)
#: the gateway has judged them; the stub, which judges anew, is asked by its own name
_JUDGED = frozenset(("host", "origin", "referer"))


class StubProxy:
    """A client of the stub, shared by all requests."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        self._client = httpx.Client(timeout=_TIMEOUT, limits=_LIMITS, trust_env=False)

    def forward(self, context: RequestContext, _request: Any) -> Response:
        """Return the stub's answer. Raises ServiceUnavailableException when there is none."""
        request = context.request
        query = request.query_string
        raw_path = get_raw_path(request).encode() + (b"?" + query if query else b"")
        upstream = self._client.build_request(
            request.method,
            self._url.copy_with(raw_path=raw_path),
            headers=[  # as they came; httpx takes ASCII texts only
                (name.encode("latin-1"), value.encode("latin-1"))
                for name, value in request.headers
                if name.lower() not in _HOP_BY_HOP | _JUDGED
            ],
            content=request.get_data(),
        )
        try:
            with GATE.outside():  # a model takes its time, and what it knows is the stub's
                answer = self._client.send(upstream, stream=True)
                streams = context.operation.has_event_stream_output and answer.status_code == 200
                body = b"" if streams else _whole(answer)
        except httpx.HTTPError as error:
            raise ServiceUnavailableException(str(self._url), type(error).__name__) from error
        headers = [(name, value) for name, value in answer.headers.multi_items() if name not in _HOP_BY_HOP]
        if not streams:
            return Response(body, answer.status_code, headers=dict(headers))
        response = Response(_chunks(answer), answer.status_code, headers=dict(headers))
        response.call_on_close(answer.close)
        return response

    def close(self) -> None:
        self._client.close()


def _whole(answer: httpx.Response) -> bytes:
    """Return the body as it was sent, a Content-Encoding included."""
    try:
        return b"".join(answer.iter_raw())
    finally:
        answer.close()


def _chunks(answer: httpx.Response) -> Iterator[bytes]:
    """Yield the body as it arrives. A stub that breaks off breaks the client's stream too."""
    try:
        yield from answer.iter_raw()
    except httpx.HTTPError:
        LOG.warning("the stub broke off in the middle of a stream")
        raise
    finally:
        answer.close()
