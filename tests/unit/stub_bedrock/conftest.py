"""The stub as an application in the test's own process, and conversations to send it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from stub_bedrock.app import create_app
from stub_bedrock.settings import Settings

Json = dict[str, Any]
NOVA = "amazon.nova-lite-v1:0"
CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"

ENRICHMENT_SCHEMA: Json = {
    "type": "object",
    "properties": {
        "records": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "sentiment": {"type": "string", "enum": ["positive", "neutral", "negative"]},
                    "summary": {"type": "string", "maxLength": 30},
                },
                "required": ["id", "sentiment", "summary"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["records"],
}


@pytest.fixture
def stub() -> Iterator[TestClient]:
    """A fresh stub: no faults, counters at zero."""
    app = create_app(Settings())
    with TestClient(app, "http://127.0.0.1:4568", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def converse(stub: TestClient) -> Callable[..., Any]:
    """Calls Converse: `converse(model_id, **fields of the body)`, saying hello unless messages are given."""

    def call(model_id: str = NOVA, operation: str = "converse", **fields: Any) -> Any:
        body = {"messages": user("hello, how are you?"), **fields}
        return stub.post(f"/model/{model_id}/{operation}", content=json.dumps(body))

    return call


@pytest.fixture
def enrich(converse: Callable[..., Any]) -> Callable[..., Any]:
    """Calls Converse with records and a forced tool: `enrich([text, …])`, the ids counted from 0."""

    def call(texts: list[str], **fields: Any) -> Any:
        return converse(messages=user(prompt_of(texts)), toolConfig=forced(ENRICHMENT_SCHEMA), **fields)

    return call


def user(text: str) -> list[Json]:
    return [{"role": "user", "content": [{"text": text}]}]


def prompt_of(texts: list[str]) -> str:
    records = [{"id": number, "text": text} for number, text in enumerate(texts)]
    return f"Enrich these.\n<records>{json.dumps(records, ensure_ascii=False)}</records>"


def forced(schema: Json, name: str = "report") -> Json:
    spec = {"toolSpec": {"name": name, "description": "Reports.", "inputSchema": {"json": schema}}}
    return {"tools": [spec], "toolChoice": {"tool": {"name": name}}}


def tool_input(response: Any) -> Json:
    """The input of the answer's tool call."""
    found: Json = response.json()["output"]["message"]["content"][0]["toolUse"]["input"]
    return found
