"""Whatever a body is, Bedrock's own error answers it, never a 500."""

import copy
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stub_bedrock.app import create_app
from stub_bedrock.settings import Settings
from tests.unit.stub_bedrock.conftest import CLAUDE, ENRICHMENT_SCHEMA, NOVA, forced, user

HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
OPERATIONS = ("converse", "converse-stream", "invoke", "invoke-with-response-stream", "count-tokens")
CONVERSE: dict[str, Any] = {
    "messages": [
        *user("label"),
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "report", "input": {}}}]},
        {
            "role": "user",
            "content": [{"toolResult": {"toolUseId": "t", "content": [{"json": {}}], "status": "success"}}],
        },
    ],
    "system": [{"text": "be kind"}, {"guardContent": {"text": {"text": "x"}}}],
    "toolConfig": forced(ENRICHMENT_SCHEMA),
    "inferenceConfig": {"maxTokens": 50, "temperature": 0.5, "topP": 0.5, "stopSequences": ["x"]},
    "guardrailConfig": {"guardrailIdentifier": "a", "guardrailVersion": "1", "trace": "enabled"},
    "outputConfig": {
        "textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": "{}", "name": "x"}}}
    },
    "additionalModelRequestFields": {"top_k": 1},
    "additionalModelResponseFieldPaths": ["/stop_sequence"],
    "performanceConfig": {"latency": "standard"},
    "serviceTier": {"type": "default"},
    "requestMetadata": {"a": "b"},
    "promptVariables": None,
}
ANTHROPIC: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 50,
    "messages": [
        {"role": "user", "content": "label"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "report", "input": {}}]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t", "content": [{"text": "x"}]}],
        },
    ],
    "system": [{"type": "text", "text": "be kind"}],
    "tools": [{"name": "report", "description": "d", "input_schema": ENRICHMENT_SCHEMA}],
    "tool_choice": {"type": "tool", "name": "report"},
    "temperature": 0.5,
    "top_k": 5,
    "stop_sequences": ["x"],
    "metadata": {},
    "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
}
NATIVE = {
    "messages": user("hello"),
    "schemaVersion": "messages-v1",
    "inferenceConfig": {"topK": 3, "max_new_tokens": 5},
    "toolConfig": forced(ENRICHMENT_SCHEMA),
}
SEEDS = (
    CONVERSE,
    ANTHROPIC,
    NATIVE,
    {"input": {"converse": CONVERSE}},
    {"input": {"invokeModel": {"body": "e30="}}},
)
NUMBERS = st.sampled_from([-1, 0, 1.5, 2**31, 10**30, 1e300, -1e300])
ODD = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    st.sampled_from(["", "\0", "\ud800", "x" * 3000, "user", "auto", "(", "^(a+)+$", "#", "#/a/b", "e30="]),
    st.sampled_from([[], {}, [[]], [{}], {"": None}, [None], {"text": 1}, {"$ref": "#"}, {"type": "array"}]),
)
BAD_BYTES = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b"\xff\xfe",
    b'{"messages": "\xff"}',
    b"\0",
    b'{"messages": [',
    b'{"messages": NaN}',
    b'{"messages": Infinity}',
    b'{"messages": 1e999}',
    b'{"messages": [{"role": "user", "content": [{"text": "x"}]}], "inferenceConfig": {"maxTokens": 1e999}}',
    b'{"inferenceConfig": {"maxTokens": ' + b"9" * 5000 + b"}}",
    b'{"inferenceConfig": {"temperature": ' + b"9" * 400 + b"}}",
    b"[" * 10_000,
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"messages": 1, "messages": [], "messages": {}}',
    b'\xef\xbb\xbf{"messages": []}',
    '{"messages": []}'.encode("utf-16"),
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [at, *(path for key, child in children for path in paths(child, (*at, key)))]


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A right body with a few of its places changed, and sometimes cut short."""
    value: Any = json.loads(json.dumps(draw(st.sampled_from(SEEDS))))
    for _ in range(draw(st.integers(1, 3))):
        *parents, key = draw(st.sampled_from(paths(value)[1:] or [("x",)]))
        target = value
        for parent in parents:
            target = target[parent]
        if draw(st.booleans()):
            target[key] = copy.deepcopy(draw(ODD))
        elif isinstance(target, dict):
            target.pop(key)
        if not isinstance(value, dict) or not value:
            break
    written = json.dumps(value).encode()
    return written[: draw(st.integers(0, len(written)))] if draw(st.integers(0, 9)) == 0 else written


@pytest.fixture(scope="module")
def client() -> Any:
    with TestClient(create_app(Settings()), "http://127.0.0.1:4568", raise_server_exceptions=False) as client:
        yield client


def send(client: TestClient, model: str, operation: str, body: bytes) -> None:
    response = client.post(f"/model/{model}/{operation}", content=body)
    assert response.status_code in (200, 400), (response.status_code, response.text[:300])
    if response.status_code == 400:
        assert response.headers["x-amzn-errortype"].partition(":")[0] in (
            "ValidationException",
            "SerializationException",
        )
        assert isinstance(response.json()["message"], str)


@settings(
    max_examples=600, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(body=bodies(), operation=st.sampled_from(OPERATIONS), model=st.sampled_from([NOVA, CLAUDE, HAIKU]))
def test_no_body_is_a_500(client: TestClient, body: bytes, operation: str, model: str) -> None:
    """Right bodies with places of wrong types, missing keys, odd numbers and texts."""
    send(client, model, operation, body)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("number", range(len(BAD_BYTES)))
def test_what_is_no_json_is_a_400(client: TestClient, operation: str, number: int) -> None:
    """Not JSON, not UTF-8, nested 10,000 deep, numbers beyond all range, keys twice."""
    for model in (NOVA, CLAUDE):
        response = client.post(f"/model/{model}/{operation}", content=BAD_BYTES[number])
        assert response.status_code == 400, response.text[:300]
        send(client, model, operation, BAD_BYTES[number])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("number", range(len(BAD_BYTES)))
def test_the_control_routes_refuse_the_same(client: TestClient, method: str, number: int) -> None:
    assert client.request(method, "/_stub/faults", content=BAD_BYTES[number]).status_code in (400, 422)


@pytest.mark.parametrize(
    "path",
    ids=lambda path: path[:40],
    argvalues=[
        "/foundation-models?byInferenceType=%00",
        "/foundation-models/%00",
        "/inference-profiles?maxResults=9" + "9" * 5000,
        "/inference-profiles?maxResults=%C2%B2",
        "/inference-profiles?nextToken=9" + "9" * 5000,
        "/inference-profiles?nextToken=%C2%B2",
        "/inference-profiles/%00",
        "/foundation-model-availability/" + "a" * 5000,
    ],
)
def test_the_control_plane_answers_odd_queries(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (200, 400, 404)


@pytest.mark.parametrize("model", ["%00", "%0d%0aSet-Cookie:x", "a" * 5000, "%ff", "%25", "…"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_odd_model_ids_are_refused(client: TestClient, model: str, operation: str) -> None:
    response = client.post(f"/model/{model}/{operation}", json=CONVERSE)
    assert response.status_code in (400, 501)  # 501 where it is no path of an operation at all
    assert "set-cookie" not in response.headers
