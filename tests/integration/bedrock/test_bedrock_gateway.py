"""Bedrock through the stack's one endpoint: the stub answers, boto3 parses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.integration.local_stack import LocalStack

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
MESSAGES = [{"role": "user", "content": [{"text": "Say something about 東京."}]}]

pytestmark = pytest.mark.usefixtures("bedrock_stub")


@pytest.fixture
def runtime(client: Callable[[str], Any]) -> Any:
    return client("bedrock-runtime")


def text_of(message: dict[str, Any]) -> str:
    return "".join(block["text"] for block in message["content"])


def test_converse(runtime: Any) -> None:
    answer = runtime.converse(modelId=MODEL, messages=MESSAGES)

    assert text_of(answer["output"]["message"])
    assert answer["usage"]["outputTokens"] > 0


def test_converse_stream_says_the_same_in_pieces(runtime: Any) -> None:
    whole = runtime.converse(modelId=MODEL, messages=MESSAGES)

    events = list(runtime.converse_stream(modelId=MODEL, messages=MESSAGES)["stream"])

    pieces = [event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event]
    assert len(pieces) > 1
    assert "".join(pieces) == text_of(whole["output"]["message"])
    assert list(events[-1]) == ["metadata"]


def test_invoke_model_and_its_stream(runtime: Any) -> None:
    body = json.dumps(
        {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 200,
            "messages": [{"role": "user", "content": "Say something."}],
        }
    )
    whole = json.loads(runtime.invoke_model(modelId=MODEL, body=body)["body"].read())

    stream = runtime.invoke_model_with_response_stream(modelId=MODEL, body=body)["body"]
    chunks = [json.loads(event["chunk"]["bytes"]) for event in stream]

    pieces = [chunk["delta"]["text"] for chunk in chunks if chunk["type"] == "content_block_delta"]
    assert "".join(pieces) == whole["content"][0]["text"]


def test_a_model_named_by_its_arn(runtime: Any) -> None:
    """An ARN holds slashes and colons; they reach the stub as they were sent."""
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"

    assert runtime.converse(modelId=arn, messages=MESSAGES)["output"]


def test_errors_are_bedrocks(runtime: Any) -> None:
    """The code, status and message of the stub, unchanged."""
    with pytest.raises(runtime.exceptions.ValidationException) as caught:
        runtime.converse(modelId="no.such-model", messages=MESSAGES)

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("operation", ["converse", "converse-stream", "invoke", "count-tokens"])
@pytest.mark.parametrize(
    "body", [b'{"messages": [', b'{"messages": 1}', b"\xff", b"[" * 10_000, b"\0"], ids=range(5)
)
def test_a_body_that_is_none_is_bedrocks_400(stack: LocalStack, operation: str, body: bytes) -> None:
    """LocalStack's own parser does not see it."""
    scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/bedrock/aws4_request"
    answer = httpx.post(
        f"{stack.endpoint}/model/{MODEL}/{operation}",
        content=body,
        headers={
            "Authorization": f"{scope}, SignedHeaders=host, Signature=x",
            "X-Odd": "é".encode("latin-1"),
        },
        trust_env=False,
    )

    assert answer.status_code == 400, answer.text
    error = answer.headers["x-amzn-errortype"].partition(":")[0]
    assert error in ("ValidationException", "SerializationException")


def test_a_guardrail_that_is_not_there_is_named(runtime: Any) -> None:
    config = {"guardrailIdentifier": "abc1", "guardrailVersion": "1"}
    with pytest.raises(runtime.exceptions.ValidationException, match="does not exist"):
        runtime.converse(modelId=MODEL, messages=MESSAGES, guardrailConfig=config)


def test_the_control_plane(client: Callable[[str], Any]) -> None:
    models = client("bedrock").list_foundation_models()["modelSummaries"]

    assert MODEL in {model["modelId"] for model in models}


def test_what_the_stub_has_not_is_refused_by_name(client: Callable[[str], Any]) -> None:
    with pytest.raises(ClientError) as caught:
        client("bedrock").list_guardrails()

    assert caught.value.response["Error"]["Code"] == "NotEmulatedByGlueApp"
    assert "bedrock:ListGuardrails" in caught.value.response["Error"]["Message"]
