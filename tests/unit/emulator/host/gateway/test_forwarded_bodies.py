"""The patch forwarded_bodies: what a caller of Bedrock sends reaches the stub, however wrong it is."""

from __future__ import annotations

from typing import Any

import pytest
from localstack.aws.protocol.parser import BaseRestRequestParser, create_parser
from localstack.aws.spec import load_service
from localstack.http import Request

from glue_app.emulator.host.gateway import forwarded_bodies
from glue_app.emulator.host.patches.patch import original

BODIES = (b'{"messages": [', b'{"messages": 1}', b'{"messages": {}}', b"\xff", b"[" * 10_000, b"[]", b"\0")
OPERATIONS = {
    "converse": "Converse",
    "converse-stream": "ConverseStream",
    "count-tokens": "CountTokens",
    "invoke": "InvokeModel",
    "invoke-with-response-stream": "InvokeModelWithResponseStream",
}


def parsed(path: str, body: bytes) -> tuple[Any, Any]:
    request = Request("POST", path=path, raw_path=path, body=body)
    return create_parser(load_service("bedrock-runtime")).parse(request)  # type: ignore[no-any-return]


def test_localstack_still_fails_on_a_body_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        BaseRestRequestParser, "_parse_payload", original(BaseRestRequestParser, "_parse_payload")
    )

    with pytest.raises(Exception, match=r"(?i)json|delimiter|pars|expecting"):
        parsed("/model/m/converse", BODIES[0])


@pytest.mark.parametrize("path", OPERATIONS)
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_the_path_alone_names_the_operation(path: str, body: bytes) -> None:
    forwarded_bodies.apply()

    operation, instance = parsed(f"/model/arn%3Aaws%3Abedrock/{path}", body)

    assert operation.name == OPERATIONS[path]
    assert "messages" not in instance
