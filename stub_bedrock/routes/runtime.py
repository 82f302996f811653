"""bedrock-runtime: Converse, InvokeModel, both with streams, and CountTokens.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html
"""

import asyncio
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from stub_bedrock.bodies import converse_response, options
from stub_bedrock.bodies.converse import read as read_converse
from stub_bedrock.bodies.fields import check_fields
from stub_bedrock.bodies.malformed import malformed
from stub_bedrock.bodies.providers import provider_of
from stub_bedrock.bodies.shapes import Constraints, parse, string, structure
from stub_bedrock.body import whole_body
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import Conversation
from stub_bedrock.errors import BedrockError, ValidationException
from stub_bedrock.eventstream import CONTENT_TYPE
from stub_bedrock.routes.streaming import broken_after_first_delta, chunk_frames, event_frames
from stub_bedrock.signing import region_of
from stub_bedrock.stub import Inference, Read, Stub
from stub_bedrock.wire import JsonAnswer, to_bytes

router = APIRouter(tags=["bedrock-runtime"])

_ANY_TYPE = ("", "*/*", "application/*")


@router.post("/model/{model_id:path}/converse")
async def converse(request: Request, model_id: str) -> Response:
    called = await _infer(request, "Converse", model_id)
    return JsonAnswer(converse_response.write(called.answer, called.conversation))


@router.post("/model/{model_id:path}/converse-stream")
async def converse_stream(request: Request, model_id: str) -> Response:
    called = await _infer(request, "ConverseStream", model_id)
    events = converse_response.stream(called.answer, called.conversation)
    return _stream(request, event_frames(events), {})


@router.post("/model/{model_id:path}/invoke")
async def invoke_model(request: Request, model_id: str) -> Response:
    _check_content_type(request)
    called = await _infer(request, "InvokeModel", model_id)
    body = provider_of(called.model).write(called.answer, called.conversation, called.model)
    usage = called.answer.usage
    headers = {
        "X-Amzn-Bedrock-Input-Token-Count": str(usage.input_tokens),
        "X-Amzn-Bedrock-Output-Token-Count": str(usage.output_tokens),
        "X-Amzn-Bedrock-Invocation-Latency": str(called.answer.latency_ms),
    }
    return JsonAnswer(body, headers=headers)


@router.post("/model/{model_id:path}/invoke-with-response-stream")
async def invoke_model_with_response_stream(request: Request, model_id: str) -> Response:
    _check_content_type(request)
    called = await _infer(request, "InvokeModelWithResponseStream", model_id)
    chunks = provider_of(called.model).stream(called.answer, called.conversation, called.model)
    frames = chunk_frames(chunks, called.answer)
    return _stream(request, frames, {"X-Amzn-Bedrock-Content-Type": "application/json"})


@router.post("/model/{model_id:path}/count-tokens")
async def count_tokens(request: Request, model_id: str) -> Response:
    body = parse(await whole_body(request))
    stub: Stub = request.app.state.stub
    region = region_of(request, stub.settings)
    tokens = await stub.count_tokens(unquote(model_id), region, lambda model: _counted(body, model))
    return JsonAnswer({"inputTokens": tokens})


async def _infer(request: Request, operation: str, model_id: str) -> Inference:
    stub: Stub = request.app.state.stub
    read = read_converse if operation.startswith("Converse") else _native_reader(request.headers)
    region = region_of(request, stub.settings)
    # a proxy in between may have encoded the id once more
    return await stub.infer(operation, unquote(model_id), region, await whole_body(request), read)


def _native_reader(headers: Headers) -> Read:
    """Read the model's own body, and what InvokeModel says in headers (fields.py has them by their names).

    :raises ValidationException: a header is wrong, or asks for what is not there.
    """
    constraints = Constraints()
    guardrail = options.guardrail(
        {
            "guardrailIdentifier": headers.get("x-amzn-bedrock-guardrailidentifier"),
            "guardrailVersion": headers.get("x-amzn-bedrock-guardrailversion"),
            "trace": headers.get("x-amzn-bedrock-trace"),
        },
        constraints,
    )
    options.performance({"latency": headers.get("x-amzn-bedrock-performanceconfig-latency")}, constraints)
    tier = headers.get("x-amzn-bedrock-service-tier")
    options.service_tier(None if tier is None else {"type": tier}, constraints)
    constraints.check()
    return lambda body, model: replace(_read_native(body, model), guardrail=guardrail)


def _read_native(body: bytes, model: FoundationModel) -> Conversation:
    """Read the model's own body."""
    return provider_of(model).read(body, model)


def _counted(body: dict[str, Any], model: FoundationModel) -> Conversation:
    """Return the conversation whose tokens are asked for."""
    asked = structure(body.get("input") or {})
    if "converse" in asked:
        check_fields(structure(asked["converse"]), "ConverseTokensRequest", "input.converse")
        return read_converse(to_bytes(asked["converse"]), model)
    if "invokeModel" in asked:
        try:
            native = b64decode(string(structure(asked["invokeModel"]).get("body", "")), validate=True)
        except ValueError:
            raise malformed() from None
        return _read_native(native, model)
    raise ValidationException("The input must set one of the following keys: invokeModel, converse.")


def _check_content_type(request: Request) -> None:
    """Check the content types.

    :raises ValidationException: body or answer are wanted in something that is not JSON.
    """
    for header in ("content-type", "accept"):
        asked = request.headers.get(header, "").partition(";")[0].strip().lower()
        wanted = [one.strip() for one in asked.split(",")]
        if not any(one in (*_ANY_TYPE, "application/json", CONTENT_TYPE) for one in wanted):
            raise ValidationException(
                f"The {header} {asked} is not supported by this model. Set it to application/json and try "
                "again."
            )


def _stream(request: Request, frames: Iterator[bytes], headers: dict[str, str]) -> Response:
    stub: Stub = request.app.state.stub
    error: BedrockError | None = stub.faults.stream_error()
    if error is not None:
        stub.calls.failed(error)
        frames = broken_after_first_delta(frames, error)
    return StreamingResponse(_joined(frames), media_type=CONTENT_TYPE, headers=headers)


async def _joined(frames: Iterator[bytes]) -> Any:
    """Join a few frames to a write: a write of its own would cost more than all a frame carries."""
    waiting: list[bytes] = []
    for frame in frames:
        waiting.append(frame)
        if len(waiting) == 16:
            yield b"".join(waiting)
            waiting.clear()
            await asyncio.sleep(0)  # a client that takes all at once never lets the others in
    yield b"".join(waiting)
