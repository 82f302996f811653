"""Converse: answers, stops, and the refusals with AWS's texts."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

Json = dict[str, Any]
Call = Callable[..., Any]
TOOL = {"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object"}}}}
TOOL_USE = {"toolUse": {"toolUseId": "a", "name": "t", "input": {}}}
TOOL_RESULT = {"toolResult": {"toolUseId": "a", "content": [{"text": "sunny"}]}}


def say(*turns: Any) -> list[Json]:
    """Turns of user and assistant in alternation; a text or a list of blocks each."""
    return [
        {
            "role": "assistant" if number % 2 else "user",
            "content": [{"text": turn}] if isinstance(turn, str) else turn,
        }
        for number, turn in enumerate(turns)
    ]


def test_an_answer_has_text_stop_reason_usage_and_latency(converse: Call) -> None:
    response = converse()
    body = response.json()
    assert response.status_code == 200
    assert body["output"]["message"]["role"] == "assistant"
    assert "hello" in body["output"]["message"]["content"][0]["text"]
    assert body["stopReason"] == "end_turn"
    usage = body["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"] > 0
    assert body["metrics"]["latencyMs"] >= 0
    assert response.headers["x-amzn-requestid"]


def test_japanese_is_answered_in_japanese(converse: Call) -> None:
    body = converse(messages=say("配送が遅くて困りました。")).json()
    assert "ご連絡の内容を確認しました" in body["output"]["message"]["content"][0]["text"]


def test_max_tokens_cuts_the_text_and_says_so(converse: Call) -> None:
    whole = converse().json()
    cut = converse(inferenceConfig={"maxTokens": 5}).json()
    assert cut["stopReason"] == "max_tokens"
    assert cut["usage"]["outputTokens"] == 5
    text = cut["output"]["message"]["content"][0]["text"]
    assert whole["output"]["message"]["content"][0]["text"].startswith(text)
    assert len(text) == 20


def test_a_stop_sequence_ends_the_text_before_it(converse: Call) -> None:
    body = converse(
        inferenceConfig={"stopSequences": ["never", "message"]},
        additionalModelResponseFieldPaths=["/stop_sequence"],
    ).json()
    assert body["stopReason"] == "stop_sequence"
    assert body["output"]["message"]["content"][0]["text"] == "I have read your "
    assert body["additionalModelResponseFields"] == {"stop_sequence": "message"}


def test_a_forced_tool_is_called_with_an_item_for_each_record(enrich: Call) -> None:
    body = enrich(["Terrible, it broke.", "とても満足です"]).json()
    block = body["output"]["message"]["content"][0]["toolUse"]
    assert body["stopReason"] == "tool_use"
    assert block["name"] == "report"
    assert block["toolUseId"].startswith("tooluse_")
    assert [(one["id"], one["sentiment"]) for one in block["input"]["records"]] == [
        (0, "negative"),
        (1, "positive"),
    ]


def test_max_tokens_cuts_a_tool_answer_to_its_whole_members(enrich: Call) -> None:
    texts = ["Terrible, it broke."] * 10
    body = enrich(texts, inferenceConfig={"maxTokens": 60}).json()
    assert body["stopReason"] == "max_tokens"
    assert body["usage"]["outputTokens"] == 60
    assert 0 < len(body["output"]["message"]["content"][0]["toolUse"]["input"]["records"]) < 10


def test_with_auto_the_tool_is_called_until_there_is_a_result(converse: Call) -> None:
    config = {"tools": [TOOL]}
    assert converse(messages=say("weather?"), toolConfig=config).json()["stopReason"] == "tool_use"
    answered = converse(messages=say("weather?", [TOOL_USE], [TOOL_RESULT]), toolConfig=config).json()
    assert answered["stopReason"] == "end_turn"
    assert "sunny" in answered["output"]["message"]["content"][0]["text"]


def test_of_several_tools_the_one_that_fits_is_called(converse: Call) -> None:
    tools = [
        {"toolSpec": {"name": name, "description": description, "inputSchema": {"json": {"type": "object"}}}}
        for name, description in (("book_hotel", "books a room"), ("track_parcel", "finds a delivery"))
    ]
    config = {"tools": tools, "toolChoice": {"any": {}}}
    body = converse(messages=say("Where is my parcel?"), toolConfig=config).json()
    assert body["output"]["message"]["content"][0]["toolUse"]["name"] == "track_parcel"


def with_schema(schema: Json) -> Json:
    return {"toolConfig": {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": schema}}}]}}


REFUSED: list[tuple[Json, str]] = [
    (
        {"messages": None},
        "1 validation error detected: Value null at 'messages' failed to satisfy constraint",
    ),
    ({"messages": []}, "A conversation must start with a user message."),
    ({"messages": [{"role": "assistant", "content": [{"text": "a"}]}]}, "must start with a user message"),
    ({"messages": [*say("a"), *say("b")]}, "A conversation must alternate between user and assistant roles."),
    ({"messages": say(" \n")}, "The text field in the ContentBlock object at messages.0.content.0 is blank."),
    (
        {"messages": [{"role": "user", "content": []}]},
        "The content field in the Message object at messages.0 is empty",
    ),
    ({"messages": [{"role": "system", "content": [{"text": "a"}]}]}, "Member must satisfy enum value set"),
    ({"messages": say([{"text": "a", "image": {}}])}, "must set one of the following keys"),
    ({"messages": say([{"document": {}}])}, "A text block must be included when using documents."),
    ({"inferenceConfig": {"maxTokens": 0}}, "at 'inferenceConfig.maxTokens' failed to satisfy constraint"),
    (
        {"inferenceConfig": {"maxTokens": 10_001}},
        "The maximum tokens you requested exceeds the model limit of 10000.",
    ),
    ({"inferenceConfig": {"temperature": 1.5, "topP": -1}}, "2 validation errors detected"),
    ({"inferenceConfig": {"stopSequences": [""]}}, "at 'inferenceConfig.stopSequences'"),
    ({"toolConfig": {"tools": []}}, "Member must have length greater than or equal to 1"),
    (
        {"toolConfig": {"tools": [TOOL], "toolChoice": {"tool": {"name": "u"}}}},
        "u is not defined in toolConfig.tools",
    ),
    (
        {"toolConfig": {"tools": [TOOL], "toolChoice": {"force": {}}}},
        "one of the following keys: auto, any, tool",
    ),
    ({"toolConfig": {"tools": [TOOL, TOOL]}}, "The tool name t is already defined at toolConfig.tools.0."),
    (
        {"toolConfig": {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "array"}}}}]}},
        "inputSchema.json.type must be one of the following: object.",
    ),
    (
        {"toolConfig": {"tools": [{"toolSpec": {**TOOL["toolSpec"], "name": "a b"}}]}},
        "regular expression pattern",
    ),
    (
        {"messages": say("a", [TOOL_USE], [TOOL_RESULT])},
        "The toolConfig field must be defined when using toolUse",
    ),
    (
        {"messages": say([TOOL_RESULT]), "toolConfig": {"tools": [TOOL]}},
        "The number of toolResult blocks at messages.0.content exceeds the number of toolUse blocks",
    ),
    (
        {"messages": say("a", [TOOL_USE], "b"), "toolConfig": {"tools": [TOOL]}},
        "Expected toolResult blocks at messages.2.content for the following Ids: a",
    ),
]


@pytest.mark.parametrize(("fields", "message"), REFUSED)
def test_a_bad_body_is_a_validation_exception_with_awss_text(
    converse: Call, fields: Json, message: str
) -> None:
    response = converse(**fields)
    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"].startswith("ValidationException:")
    assert message in response.json()["message"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Unable to parse request body."),
        (b'{"messages": NaN}', "Unable to parse request body."),
        (b"[" * 100_000, "Unable to parse request body."),
        (b"[1]", "Start of list found where not expected"),
        (b'{"messages": "hi"}', "Unexpected field type"),
        (
            b'{"messages": [{"role": "user", "content": [{"text": 5}]}]}',
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            b'{"messages": [], "inferenceConfig": {"maxTokens": "9"}}',
            "STRING_VALUE can not be converted to an Integer",
        ),
    ],
)
def test_a_wrong_json_type_is_a_serialization_exception(stub: TestClient, body: bytes, message: str) -> None:
    response = stub.post("/model/amazon.nova-lite-v1:0/converse", content=body)
    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"].startswith("SerializationException:")
    assert response.json() == {"message": message}


def test_half_a_character_is_answered_with_readable_json(stub: TestClient) -> None:
    """JSON may hold a lone surrogate, UTF-8 may not: an error that quotes it escapes it."""
    body = b'{"messages": [{"role": "\\ud800", "content": [{"text": "a"}]}]}'
    response = stub.post("/model/amazon.nova-lite-v1:0/converse", content=body)
    assert response.status_code == 400
    assert "'\ud800' at 'messages.1.member.role'" in response.json()["message"]


def test_a_model_without_eyes_takes_no_image(converse: Call) -> None:
    blocks = say([{"text": "what is this?"}, {"image": {"format": "png", "source": {"bytes": "AA=="}}}])
    assert converse(messages=blocks).status_code == 200
    refused = converse("amazon.nova-micro-v1:0", messages=blocks)
    assert refused.json() == {"message": "This model doesn't support images."}


def test_a_newer_claude_takes_temperature_or_top_p_not_both(converse: Call) -> None:
    model = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
    assert converse(model, inferenceConfig={"temperature": 0.5}).status_code == 200
    refused = converse(model, inferenceConfig={"temperature": 0.5, "topP": 0.9})
    assert "`temperature` and `top_p` cannot both be specified" in refused.json()["message"]


def test_input_beyond_the_context_window_is_too_long(converse: Call) -> None:
    refused = converse("amazon.nova-micro-v1:0", messages=say("word " * 110_000))
    assert refused.json() == {"message": "Input is too long for requested model."}


def test_an_encoded_arn_in_the_path_is_the_model(stub: TestClient) -> None:
    arn = "arn%3Aaws%3Abedrock%3Aus-east-1%3A000000000000%3Ainference-profile%2Fus.amazon.nova-lite-v1%3A0"
    for encoded in (arn, arn.replace("%", "%25")):  # a proxy may encode once more
        response = stub.post(f"/model/{encoded}/converse", content=json.dumps({"messages": say("hi")}))
        assert response.status_code == 200


def test_the_region_of_the_signature_decides_what_can_be_called(stub: TestClient) -> None:
    scope = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/bedrock/aws4_request, Signature=s"
    body = json.dumps({"messages": say("hi")})
    for model, status in (("eu.amazon.nova-lite-v1:0", 200), ("us.amazon.nova-lite-v1:0", 400)):
        response = stub.post(f"/model/{model}/converse", content=body, headers={"Authorization": scope})
        assert response.status_code == status
