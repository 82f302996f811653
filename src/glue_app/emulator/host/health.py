"""`GET /_glue-app/health`: which life of the stack this is, and whether all it depends on answers.

200 when everything does, 503 naming what does not:
`{"generation": "…", "services": {"runner": "up", "stub": "down: …", "rds": "up"}}`.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
from localstack.http import Request, Resource, Response
from localstack.services.internal import get_internal_apis

from glue_app.emulator.service.registration import Check, register, registered
from glue_app.emulator.settings import settings

TIMEOUT_S = 2.0


def install() -> None:
    """Serve the health endpoint, with what every stack has."""
    register("runner", health=lambda: _answers(f"{settings().runner_url}/healthz"))
    register("stub", health=lambda: _answers(f"{settings().bedrock_url}/_stub/health"))
    get_internal_apis().add(Resource("/_glue-app/health", HealthResource()))


class HealthResource:
    """The endpoint."""

    def on_get(self, _request: Request) -> Response:
        services = check_all()
        status = 200 if all(state == "up" for state in services.values()) else 503
        body = {"generation": settings().generation, "services": services}
        return Response(json.dumps(body), status=status, mimetype="application/json")


def check_all() -> dict[str, str]:
    """Return the state of each registered service: `up`, or `down: ` and the reason."""
    checks = {"rds": _nothing_to_check}  # until its first request: no instance, so nothing is down
    checks |= {each.name: each.health for each in registered() if each.health}
    with ThreadPoolExecutor(max_workers=len(checks), thread_name_prefix="health") as pool:
        return dict(zip(checks, pool.map(_state, checks.values()), strict=True))


def _nothing_to_check() -> None:
    """Find nothing wrong."""


def _state(check: Check) -> str:
    try:
        check()
    except Exception as error:
        return f"down: {error}"
    return "up"


def _answers(url: str) -> None:
    try:
        response = httpx.get(url, timeout=TIMEOUT_S, trust_env=False)
    except httpx.HTTPError as error:
        raise ConnectionError(f"{url} does not answer ({type(error).__name__})") from error
    if response.status_code != 200:
        raise ConnectionError(f"{url} answers {response.status_code}: {response.text[:300]}")
