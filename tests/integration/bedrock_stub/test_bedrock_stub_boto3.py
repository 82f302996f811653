"""boto3 against the running stub: what a job sees."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

NOVA = "amazon.nova-lite-v1:0"
CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Hello, the delivery was quick and I am happy."}]}]
SCHEMA = {
    "type": "object",
    "properties": {
        "records": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "sentiment": {"enum": ["positive", "neutral", "negative"]},
                },
                "required": ["id", "sentiment"],
            },
        }
    },
    "required": ["records"],
}
TOOLS = {
    "tools": [{"toolSpec": {"name": "report", "inputSchema": {"json": SCHEMA}}}],
    "toolChoice": {"tool": {"name": "report"}},
}


def asking(*texts: str) -> list[dict[str, Any]]:
    records = [{"id": number, "text": text} for number, text in enumerate(texts)]
    prompt = f"<records>{json.dumps(records, ensure_ascii=False)}</records>"
    return [{"role": "user", "content": [{"text": prompt}]}]


def test_converse_answers_a_forced_tool(runtime: Any) -> None:
    response = runtime.converse(modelId=NOVA, messages=asking("最高でした", "awful"), toolConfig=TOOLS)
    block = response["output"]["message"]["content"][0]["toolUse"]
    assert response["stopReason"] == "tool_use"
    assert block["input"] == {
        "records": [{"id": 0, "sentiment": "positive"}, {"id": 1, "sentiment": "negative"}]
    }


@pytest.mark.parametrize("model", [NOVA, "us.amazon.nova-2-lite-v1:0", CLAUDE])
def test_the_stream_of_converse_says_what_converse_says(runtime: Any, model: str) -> None:
    """Text and tool input, put together from the deltas, with the same stop reason and usage."""
    for fields in ({"messages": HELLO}, {"messages": asking("最高でした"), "toolConfig": TOOLS}):
        whole = runtime.converse(modelId=model, **fields)
        events = list(runtime.converse_stream(modelId=model, **fields)["stream"])
        names = [next(iter(event)) for event in events]
        assert (names[0], names[-2:]) == ("messageStart", ["messageStop", "metadata"])
        deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
        written = "".join(
            delta["toolUse"]["input"] if "toolUse" in delta else delta["text"] for delta in deltas
        )
        block = whole["output"]["message"]["content"][0]
        assert (
            written == block["text"] if "text" in block else json.loads(written) == block["toolUse"]["input"]
        )
        assert events[-2]["messageStop"]["stopReason"] == whole["stopReason"]
        assert events[-1]["metadata"]["usage"] == whole["usage"]


def test_the_stream_of_claudes_own_body_adds_up(runtime: Any) -> None:
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 400,
        "messages": [{"role": "user", "content": "hi"}],
    }
    whole = json.loads(runtime.invoke_model(modelId=CLAUDE, body=json.dumps(body))["body"].read())
    response = runtime.invoke_model_with_response_stream(modelId=CLAUDE, body=json.dumps(body))
    chunks = [json.loads(event["chunk"]["bytes"]) for event in response["body"]]
    assert response["contentType"] == "application/json"
    assert [chunks[0]["type"], chunks[-1]["type"]] == ["message_start", "message_stop"]
    text = "".join(chunk["delta"]["text"] for chunk in chunks if chunk["type"] == "content_block_delta")
    assert text == whole["content"][0]["text"]
    assert (
        chunks[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == whole["usage"]["output_tokens"]
    )


def test_the_stream_of_novas_own_body_adds_up(runtime: Any) -> None:
    body = json.dumps({"schemaVersion": "messages-v1", "messages": HELLO})
    whole = json.loads(runtime.invoke_model(modelId=NOVA, body=body)["body"].read())
    stream = runtime.invoke_model_with_response_stream(modelId=NOVA, body=body)["body"]
    chunks = [json.loads(event["chunk"]["bytes"]) for event in stream]
    deltas = [chunk["contentBlockDelta"]["delta"]["text"] for chunk in chunks if "contentBlockDelta" in chunk]
    assert "".join(deltas) == whole["output"]["message"]["content"][0]["text"]
    assert chunks[-1]["amazon-bedrock-invocationMetrics"]["inputTokenCount"] == whole["usage"]["inputTokens"]


@pytest.mark.parametrize(
    "code",
    [
        "ValidationException",
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ModelTimeoutException",
        "ModelErrorException",
        "ThrottlingException",
        "ModelNotReadyException",
        "InternalServerException",
        "ServiceUnavailableException",
    ],
)
def test_errors_are_the_clients_typed_exceptions(
    stub: Any, runtime: Any, raised: Callable[[str], type[Exception]], code: str
) -> None:
    stub.faults(error_code=code, error_next=2)
    with pytest.raises(raised(code)) as caught:
        runtime.converse(modelId=NOVA, messages=HELLO)
    assert isinstance(caught.value, ClientError)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["Error"]["Message"]
    with pytest.raises(raised(code)):  # a stream that fails before its first byte fails as a call
        runtime.converse_stream(modelId=NOVA, messages=HELLO)


def test_a_client_that_retries_gets_past_throttling(stub: Any) -> None:
    stub.faults(throttle_next=2)
    response = stub.client(attempts=3).converse(modelId=NOVA, messages=HELLO)
    assert response["ResponseMetadata"]["RetryAttempts"] == 2
    assert {key: stub.calls()[key] for key in ("calls", "throttled", "errors")} == {
        "calls": 3,
        "throttled": 2,
        "errors": 0,
    }


def test_a_client_that_gives_up_sees_the_throttling(
    stub: Any, raised: Callable[[str], type[Exception]]
) -> None:
    stub.faults(throttle_next=9)
    with pytest.raises(ClientError, match="Too many requests, please wait before trying again"):
        stub.client(attempts=2).converse(modelId=NOVA, messages=HELLO)
    assert stub.calls()["throttled"] == 2


def _drain(stream: Any, into: list[Any]) -> None:
    """Keeps what came even if the stream then breaks."""
    for event in stream:
        into.append(event)


@pytest.mark.parametrize("operation", ["converse_stream", "invoke_model_with_response_stream"])
def test_a_stream_can_break_in_the_middle(stub: Any, runtime: Any, operation: str) -> None:
    stub.faults(stream_error_code="ModelStreamErrorException", stream_error_next=1)
    body = json.dumps({"messages": HELLO})
    fields: dict[str, Any] = {"messages": HELLO} if operation == "converse_stream" else {"body": body}
    response = getattr(runtime, operation)(modelId=NOVA, **fields)
    stream = response["stream" if operation == "converse_stream" else "body"]
    seen: list[Any] = []
    with pytest.raises(EventStreamError, match="modelStreamErrorException"):
        _drain(stream, seen)
    assert seen


def test_the_control_plane_speaks_to_boto3(stub: Any) -> None:
    bedrock = stub.client("bedrock")
    assert bedrock.get_foundation_model(modelIdentifier=NOVA)["modelDetails"]["responseStreamingSupported"]
    pages = bedrock.get_paginator("list_inference_profiles").paginate(PaginationConfig={"PageSize": 4})
    profiles = [profile for page in pages for profile in page["inferenceProfileSummaries"]]
    for profile in profiles:
        found = bedrock.get_inference_profile(inferenceProfileIdentifier=profile["inferenceProfileArn"])
        assert found["models"] == profile["models"]
        stub.client().converse(modelId=profile["inferenceProfileArn"], messages=HELLO)
    assert stub.calls()["calls"] == len(profiles) > 4


def test_count_tokens_speaks_to_boto3(runtime: Any) -> None:
    counted = runtime.count_tokens(modelId=NOVA, input={"converse": {"messages": HELLO}})["inputTokens"]
    assert counted == runtime.converse(modelId=NOVA, messages=HELLO)["usage"]["inputTokens"]


def test_a_hundred_calls_wait_side_by_side(stub: Any) -> None:
    """Calls of 500 ms from a hundred threads are in flight together."""
    stub.faults(latency_ms=500)
    client, barrier = stub.client(), threading.Barrier(100)

    def call(_: int) -> None:
        barrier.wait(timeout=120)
        client.converse(modelId=NOVA, messages=HELLO)

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(call, range(100)))
    assert stub.calls()["most_in_flight"] > 80


def test_the_stub_stays_small(stub: Any) -> None:
    """Memory after all the calls above: the budget is 60 MB idle, with room for what caches hold."""
    assert stub.resident_kb() < 70_000
