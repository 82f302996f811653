"""No web page reaches the stub: the shared cases, sent through its whole application."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from tests.support.web_page_cases import CASES, Case

_OWN = "127.0.0.1:4568"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_stub_decides_as_all_do(stub: TestClient, case: Case) -> None:
    """A refusal is Bedrock's AccessDeniedException, with the reason as its message."""
    del stub.headers["user-agent"]

    answer = stub.get("/foundation-models", headers=case.sent(_OWN))

    if case.refused_by:
        assert answer.status_code == 403
        assert answer.headers["x-amzn-errortype"].startswith("AccessDeniedException:")
        assert f"its {case.refused_by} is" in answer.json()["message"]
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/_stub/faults", "/model/amazon.nova-lite-v1:0/converse", "/no/such/route"])
def test_every_route_is_guarded(stub: TestClient, path: str) -> None:
    assert stub.post(path, headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_websocket_is_refused_before_it_opens(stub: TestClient) -> None:
    with (
        pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)),
        stub.websocket_connect("/", headers={"Origin": "https://evil.example"}),
    ):
        pytest.fail("open")
