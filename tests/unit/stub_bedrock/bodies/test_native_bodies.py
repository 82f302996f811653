"""InvokeModel: the Anthropic Messages body and the Nova body."""

import base64
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

Json = dict[str, Any]
CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
NOVA = "amazon.nova-lite-v1:0"
SCHEMA = {"type": "object", "properties": {"sentiment": {"enum": ["good", "bad"]}}, "required": ["sentiment"]}


def claude(**fields: Any) -> Json:
    messages = [{"role": "user", "content": "I hate it"}]
    return {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 500, "messages": messages, **fields}


def nova(**fields: Any) -> Json:
    return {
        "schemaVersion": "messages-v1",
        "messages": [{"role": "user", "content": [{"text": "I hate it"}]}],
        **fields,
    }


def invoke(stub: TestClient, model: str, body: Json | bytes, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body)
    return stub.post(
        f"/model/{model}/invoke", content=content, headers={"content-type": "application/json"} | headers
    )


def test_claude_answers_in_its_own_body(stub: TestClient) -> None:
    response = invoke(stub, CLAUDE, claude(system="Be brief."))
    body = response.json()
    assert (body["type"], body["role"], body["model"]) == ("message", "assistant", "claude-3-haiku-20240307")
    assert body["id"].startswith("msg_bdrk_")
    assert body["content"][0]["type"] == "text"
    assert (body["stop_reason"], body["stop_sequence"]) == ("end_turn", None)
    assert response.headers["x-amzn-bedrock-input-token-count"] == str(body["usage"]["input_tokens"])


def test_claude_calls_a_forced_tool(stub: TestClient) -> None:
    tools = [{"name": "rate", "description": "Rates.", "input_schema": SCHEMA}]
    body = invoke(stub, CLAUDE, claude(tools=tools, tool_choice={"type": "tool", "name": "rate"})).json()
    assert body["stop_reason"] == "tool_use"
    assert {key: body["content"][0][key] for key in ("type", "name", "input")} == {
        "type": "tool_use",
        "name": "rate",
        "input": {"sentiment": "bad"},
    }
    none = invoke(stub, CLAUDE, claude(tools=tools, tool_choice={"type": "none"})).json()
    assert none["stop_reason"] == "end_turn"


def test_claude_takes_a_tool_result_and_stops_at_a_sequence(stub: TestClient) -> None:
    use = {"type": "tool_use", "id": "a", "name": "rate", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "it is bad"}]}
    messages = [
        *claude()["messages"],
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    tools = [{"name": "rate", "input_schema": SCHEMA}]
    body = invoke(stub, CLAUDE, claude(messages=messages, tools=tools, stop_sequences=["short"])).json()
    assert (body["stop_reason"], body["stop_sequence"]) == ("stop_sequence", "short")
    assert body["content"][0]["text"].endswith("In ")


def test_nova_answers_in_its_own_body(stub: TestClient) -> None:
    body = invoke(stub, NOVA, nova(inferenceConfig={"max_new_tokens": 3, "topK": 20})).json()
    assert body["stopReason"] == "max_tokens"
    assert body["output"]["message"]["content"] == [{"text": "I have read "}]
    assert body["usage"]["outputTokens"] == 3


def test_nova_calls_a_forced_tool(stub: TestClient) -> None:
    spec = {"toolSpec": {"name": "rate", "inputSchema": {"json": SCHEMA}}}
    body = invoke(stub, NOVA, nova(toolConfig={"tools": [spec], "toolChoice": {"any": {}}})).json()
    assert body["output"]["message"]["content"][0]["toolUse"]["input"] == {"sentiment": "bad"}


def without(body: Json, key: str) -> Json:
    return {name: value for name, value in body.items() if name != key}


REFUSED: list[tuple[str, Json | bytes, str]] = [
    (CLAUDE, without(claude(), "max_tokens"), "#: required key [max_tokens] not found"),
    (CLAUDE, without(claude(), "anthropic_version"), "#: required key [anthropic_version] not found"),
    (CLAUDE, {}, "3 schema violations found"),
    (CLAUDE, claude(prompt="x"), "#: extraneous key [prompt] is not permitted"),
    (CLAUDE, claude(max_tokens="9"), "#/max_tokens: expected type: Integer, found: String"),
    (CLAUDE, claude(max_tokens=0), "#/max_tokens: 0 is not greater or equal to 1"),
    (CLAUDE, claude(temperature=2), "#/temperature: 2 is not less or equal to 1"),
    (
        CLAUDE,
        claude(anthropic_version="2023-06-01"),
        "Invalid API version: 2023-06-01",
    ),
    (CLAUDE, claude(messages=[{"role": "user"}]), "messages.0.content: Field required"),
    (CLAUDE, claude(messages=[{"role": "bot", "content": "a"}]), "Input should be 'user' or 'assistant'"),
    (CLAUDE, claude(messages=[{"role": "user", "content": [{"type": "sound"}]}]), "Input tag 'sound' found"),
    (CLAUDE, claude(tools=[{"name": "t"}]), "tools.0.custom.input_schema: Field required"),
    (CLAUDE, claude(max_tokens=5000), "exceeds the model limit of 4096"),
    (CLAUDE, b"no json", "Malformed input request, please reformat your input and try again."),
    (NOVA, {}, "#: required key [messages] not found"),
    (NOVA, nova(max_tokens=5), "#: extraneous key [max_tokens] is not permitted"),
    (
        NOVA,
        nova(messages=[{"role": "user", "content": "x"}]),
        "#/messages/0/content: expected type: JSONArray, found",
    ),
    (NOVA, nova(schemaVersion="messages-v2"), "#/schemaVersion: messages-v2 is not a valid enum value"),
    (NOVA, nova(inferenceConfig={"max_tokens": 5}), "#/inferenceConfig: extraneous key [max_tokens]"),
    (NOVA, nova(inferenceConfig={"temperature": "hot"}), "expected type: Number, found: String"),
    (
        NOVA,
        nova(messages=[{"role": "user", "content": [{"text": 5}]}]),
        "Malformed input request: NUMBER_VALUE",
    ),
]


@pytest.mark.parametrize(("model", "body", "message"), REFUSED)
def test_a_bad_body_is_refused_with_the_models_own_text(
    stub: TestClient, model: str, body: Json | bytes, message: str
) -> None:
    response = invoke(stub, model, body)
    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"].startswith("ValidationException")
    assert message in response.json()["message"]


@pytest.mark.parametrize("header", ["content-type", "accept"])
def test_only_json_is_spoken(stub: TestClient, header: str) -> None:
    response = invoke(stub, NOVA, nova(), **{header: "text/plain"})
    assert response.status_code == 400
    assert f"The {header} text/plain is not supported" in response.json()["message"]


def test_count_tokens_says_what_the_call_then_uses(stub: TestClient) -> None:
    body = nova()
    asked: list[Json] = [
        {"converse": {"messages": body["messages"]}},
        {"invokeModel": {"body": base64.b64encode(json.dumps(body).encode()).decode()}},
    ]
    used = invoke(stub, NOVA, body).json()["usage"]["inputTokens"]
    for one in asked:
        response = stub.post(f"/model/{NOVA}/count-tokens", content=json.dumps({"input": one}))
        assert response.json() == {"inputTokens": used}
    assert stub.post(f"/model/{NOVA}/count-tokens", content=json.dumps({"input": {}})).status_code == 400
