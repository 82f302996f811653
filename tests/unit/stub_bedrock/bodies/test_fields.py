"""No field of a request is ignored: each is done, taken knowingly, or refused."""

import json
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel, StructureShape
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from stub_bedrock.bodies.fields import FIELDS
from tests.unit.stub_bedrock.conftest import CLAUDE, ENRICHMENT_SCHEMA, NOVA, forced, prompt_of, user

Json = dict[str, Any]
Call = Callable[..., Any]
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
OPUS = "us.anthropic.claude-opus-4-7"
SONNET_5 = "us.anthropic.claude-sonnet-5"
SONNET_5_5 = "us.anthropic.claude-sonnet-5-5"
UNKNOWN_GUARDRAIL = "The guardrail identifier or version provided in the request does not exist."
LABEL: Json = {
    "type": "object",
    "properties": {"category": {"type": "string", "enum": ["delivery", "quality"]}},
    "required": ["category"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def api() -> ServiceModel:
    return botocore.session.get_session().get_service_model("bedrock-runtime")


@pytest.mark.parametrize("shape", FIELDS)
def test_every_field_of_the_service_model_stands_in_the_table(api: ServiceModel, shape: str) -> None:
    """A botocore with a new field makes this red: decide what the stub does with it."""
    found = api.shape_for(shape)

    assert isinstance(found, StructureShape)
    assert set(FIELDS[shape]) == set(found.members)


def output_config(schema: Any) -> Json:
    structure = {"jsonSchema": {"name": "label", "schema": schema}}
    return {"textFormat": {"type": "json_schema", "structure": structure}}


REFUSED: list[tuple[str, Json, str]] = [
    (NOVA, {"guardrailConfig": {"guardrailIdentifier": "abc1", "guardrailVersion": "1"}}, UNKNOWN_GUARDRAIL),
    (
        NOVA,
        {"guardrailConfig": {"guardrailIdentifier": "does-not-exist", "guardrailVersion": "1"}},
        "The provided guardrail identifier is invalid.",
    ),
    (NOVA, {"guardrailConfig": {"guardrailIdentifier": "abc1"}}, "'guardrailConfig.guardrailVersion'"),
    (NOVA, {"guardrailConfig": {"guardrailIdentifier": "a", "guardrailVersion": "x"}}, "regular expression"),
    (NOVA, {"guardrailConfig": {"trace": "loud"}}, "enum value set"),
    (NOVA, {"guardrailConfig": {"guardrail": "x"}}, "extraneous key [guardrail]"),
    (NOVA, {"outputConfig": output_config(json.dumps(LABEL))}, "doesn't support the outputConfig.textFormat"),
    (HAIKU, {"outputConfig": output_config("{")}, "Provide a json object"),
    (
        HAIKU,
        {"outputConfig": output_config(json.dumps({"type": "object"}))},
        "must be explicitly set to false",
    ),
    (
        HAIKU,
        {
            "outputConfig": output_config(
                json.dumps(
                    {**LABEL, "properties": {"category": {"type": "integer", "minimum": 1, "maximum": 2}}}
                )
            )
        },
        "For 'integer' type, properties maximum, minimum are not supported",
    ),
    (HAIKU, {"outputConfig": {"textFormat": {"type": "xml", "structure": {}}}}, "enum value set"),
    (NOVA, {"additionalModelRequestFields": {"top_k": 5}}, "#: extraneous key [top_k] is not permitted"),
    (CLAUDE, {"additionalModelRequestFields": {"topK": 5}}, "topK: Extra inputs are not permitted"),
    (NOVA, {"promptVariables": {"a": {"text": "b"}}}, "doesn't support the promptVariables field"),
    (NOVA, {"performanceConfig": {"latency": "optimized"}}, "doesn't support the performanceConfig.latency"),
    (NOVA, {"serviceTier": {"type": "flex"}}, "doesn't support the serviceTier field"),
    (NOVA, {"requestMetadata": {"k": "{}"}}, "regular expression"),
    (NOVA, {"guardrialConfig": {}}, "extraneous key [guardrialConfig] is not permitted"),
    (NOVA, {"inferenceConfig": {"maxToken": 5}}, "extraneous key [maxToken] is not permitted"),
    (NOVA, {"toolConfig": {"tools": [{"systemTool": {"name": "x"}}]}}, "systemTool"),
    (OPUS, {"inferenceConfig": {"temperature": 0.5}}, "`temperature` is deprecated for this model."),
    (SONNET_5, {"inferenceConfig": {"temperature": 0.0}}, "`temperature` is deprecated for this model."),
    (
        SONNET_5_5,
        {"toolConfig": forced(ENRICHMENT_SCHEMA, "t")},
        'tool_choice: type "tool" and "any" are not supported for this model.',
    ),
]


@pytest.mark.parametrize("operation", ["converse", "converse-stream"])
@pytest.mark.parametrize(("model", "fields", "message"), REFUSED)
def test_what_is_not_to_be_had_is_refused(
    converse: Call, operation: str, model: str, fields: Json, message: str
) -> None:
    response = converse(model, operation, **fields)

    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"].startswith("ValidationException")
    assert message in response.json()["message"]


@pytest.mark.parametrize("identifier", ["t 1!", "x" * 65])
def test_a_tool_use_id_has_1_to_64_of_a_few_characters(converse: Call, identifier: str) -> None:
    messages = [
        *user("label this"),
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": identifier, "name": "t", "input": {}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": identifier, "content": [{"text": "x"}]}}]},
    ]
    message = converse(messages=messages, toolConfig=forced(ENRICHMENT_SCHEMA, "t")).json()["message"]

    assert "2 validation errors detected" in message
    assert "'messages.2.member.content.1.member.toolUse.toolUseId' failed to satisfy constraint" in message
    assert converse(messages=[*messages[:1]]).status_code == 200


def test_a_guardrail_that_is_there_is_taken(stub: TestClient, converse: Call) -> None:
    """By id or ARN; the fault `guardrail_next` makes it intervene."""
    assert stub.put("/_stub/faults", json={"guardrails": ["abc1:1"]}).status_code == 200
    arn = "arn:aws:bedrock:us-east-1:000000000000:guardrail/abc1"
    for identifier in ("abc1", arn):
        config = {"guardrailIdentifier": identifier, "guardrailVersion": "1"}
        assert converse(guardrailConfig=config).status_code == 200
    assert (
        converse(guardrailConfig={**config, "guardrailVersion": "2"}).json()["message"] == UNKNOWN_GUARDRAIL
    )


@pytest.mark.parametrize("operation", ["invoke", "invoke-with-response-stream"])
@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (
            {"X-Amzn-Bedrock-GuardrailIdentifier": "abc1", "X-Amzn-Bedrock-GuardrailVersion": "DRAFT"},
            UNKNOWN_GUARDRAIL,
        ),
        ({"X-Amzn-Bedrock-GuardrailIdentifier": "abc1"}, "Member must not be null"),
        ({"X-Amzn-Bedrock-PerformanceConfig-Latency": "optimized"}, "performanceConfig.latency"),
        ({"X-Amzn-Bedrock-Service-Tier": "priority"}, "serviceTier"),
    ],
)
def test_invoke_model_asks_in_headers(stub: TestClient, operation: str, headers: Json, message: str) -> None:
    body = {"messages": user("hello")}
    response = stub.post(f"/model/{NOVA}/{operation}", json=body, headers=headers)

    assert (response.status_code, message in response.json()["message"]) == (400, True)


def test_the_text_holds_the_output_configs_schema(stub: TestClient, converse: Call) -> None:
    """Of Converse and of InvokeModel, records included."""
    record = {**LABEL, "properties": {"id": {"type": "integer"}, **LABEL["properties"]}}
    record["required"] = ["id", "category"]
    schema = {**LABEL, "properties": {"records": {"type": "array", "items": record}}, "required": ["records"]}
    messages = user(prompt_of(["late parcel", "broken on the first day"]))

    body = converse(HAIKU, messages=messages, outputConfig=output_config(json.dumps(schema))).json()
    native = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 500,
        "messages": [{"role": "user", "content": messages[0]["content"][0]["text"]}],
        "output_config": {"format": {"type": "json_schema", "schema": schema}},
    }
    other = stub.post(f"/model/{HAIKU}/invoke", json=native).json()

    for text in (body["output"]["message"]["content"][0]["text"], other["content"][0]["text"]):
        value = json.loads(text)
        Draft202012Validator(schema).validate(value)
        assert [one["id"] for one in value["records"]] == [0, 1]
    assert body["stopReason"] == "end_turn"


def test_what_was_asked_for_is_repeated(converse: Call) -> None:
    body = converse(performanceConfig={"latency": "standard"}, serviceTier={"type": "default"}).json()

    assert (body["performanceConfig"], body["serviceTier"]) == ({"latency": "standard"}, {"type": "default"})


def test_the_text_of_guard_content_is_read(converse: Call) -> None:
    messages = [{"role": "user", "content": [{"guardContent": {"text": {"text": "My parcel is late."}}}]}]

    assert "parcel" in converse(messages=messages).text


@pytest.mark.parametrize(("model", "accepted"), [(CLAUDE, False), (HAIKU, False), (OPUS, True)])
def test_the_newer_api_version_is_for_claude_4_7_and_later(
    stub: TestClient, model: str, accepted: bool
) -> None:
    """The anthropic SDK sends it from 2.0 on; on Bedrock the older models answer 400 to it."""
    body = {
        "anthropic_version": "2026-10-21",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}],
    }
    response = stub.post(f"/model/{model}/invoke", json=body)

    assert response.status_code == (200 if accepted else 400)
    if not accepted:
        assert response.json()["message"] == "Invalid API version: 2026-10-21"
    assert stub.post(
        f"/model/{model}/invoke", json={**body, "anthropic_version": "bedrock-2023-05-31"}
    ).is_success
