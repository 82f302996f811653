"""`/_stub/…`: not AWS's. Health, the counters, and the faults on demand.

| request | what |
|---|---|
| GET /_stub/health | {"status": "running", …} |
| GET /_stub/calls | the counters; DELETE sets them to zero |
| GET /_stub/faults | the faults in force, the counts running down |
| PUT /_stub/faults | these faults and no others (fields: stub_bedrock.settings.Faults) |
| PATCH /_stub/faults | these faults beside the others |
| DELETE /_stub/faults | back to the faults of the environment, the quotas full again |
"""

import json
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stub_bedrock.body import whole_body
from stub_bedrock.catalog import MODELS
from stub_bedrock.errors import NotAStubSetting
from stub_bedrock.settings import Faults
from stub_bedrock.stub import Stub

_LONGEST = 64 * 1024  # bytes of a body

router = APIRouter(prefix="/_stub", tags=["stub"])


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    stub: Stub = request.app.state.stub
    return {
        "status": "running",
        "service": "stub_bedrock",
        "region": stub.settings.region,
        "models": len(MODELS),
        "in_flight": stub.calls.in_flight,
    }


@router.get("/calls")
async def calls(request: Request) -> dict[str, Any]:
    stub: Stub = request.app.state.stub
    return stub.calls.as_json()


@router.delete("/calls", status_code=204, response_class=Response)
async def reset_calls(request: Request) -> None:
    stub: Stub = request.app.state.stub
    stub.calls.reset()


@router.get("/faults")
async def faults(request: Request) -> Faults:
    stub: Stub = request.app.state.stub
    return stub.faults.current


@router.put("/faults")
async def set_faults(request: Request) -> Response:
    return await _change(request, keep=False)


@router.patch("/faults")
async def add_faults(request: Request) -> Response:
    return await _change(request, keep=True)


@router.delete("/faults", status_code=204, response_class=Response)
async def reset_faults(request: Request) -> None:
    stub: Stub = request.app.state.stub
    stub.faults.reset()
    stub.quota.reset()


async def _change(request: Request, *, keep: bool) -> Response:
    stub: Stub = request.app.state.stub
    try:
        changes = json.loads(await whole_body(request, _LONGEST))
    except (ValueError, RecursionError) as error:
        raise NotAStubSetting(f"the body is no JSON: {error}") from None
    if not isinstance(changes, dict):
        raise NotAStubSetting("the body is no JSON object")
    try:
        stub.faults.replace(changes, keep=keep)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        )
        raise NotAStubSetting(f"{problems}. Fields: {', '.join(Faults.model_fields)}") from None
    stub.quota.reset()
    return JSONResponse(stub.faults.current.model_dump())
