"""What every answer has in common: a request id, and errors in the form of REST-JSON."""

from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stub_bedrock.errors import (
    AccessDeniedException,
    BedrockError,
    InternalServerException,
    NotEmulatedException,
)
from stub_bedrock.web_pages import refusal
from stub_bedrock.wire import JsonAnswer

_NAMESPACE = "http://internal.amazon.com/coral/com.amazon.bedrock/"  # AWS's errors carry it after a colon


class RequestId:
    """Puts `x-amzn-RequestId` on every answer, as AWS does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-amzn-RequestId"] = str(uuid4())
            await send(message)

        await self._app(scope, receive, with_id)


class NoWebPages:
    """Refuses, before anything else, what a web page has sent: 403, as AccessDeniedException."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        target = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        refused = refusal(scope.get("method", "GET"), target, headers)
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})  # before accept: HTTP 403
        else:
            error = AccessDeniedException(refused.message)
            await (await bedrock_error(Request(scope), error))(scope, receive, send)


async def bedrock_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, BedrockError)  # noqa: S101 - registered for it alone
    return JsonAnswer(
        error.body(), status_code=error.status, headers={"x-amzn-ErrorType": f"{error.code}:{_NAMESPACE}"}
    )


async def not_emulated(request: Request, _: Exception) -> Response:
    """Answer an operation that Bedrock has, or may have, and the stub has not."""
    what = f"stub_bedrock does not emulate {request.method} {request.url.path}"
    return await bedrock_error(request, NotEmulatedException(what))


async def unexpected_error(request: Request, _: Exception) -> Response:
    """Answer a bug of the stub: logged with its traceback by the server, answered as AWS's own."""
    return await bedrock_error(request, InternalServerException())
