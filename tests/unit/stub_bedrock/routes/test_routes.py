"""The control plane, the control routes, the faults and the counters, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from stub_bedrock.errors import ON_DEMAND
from tests.support.polling import wait_for

Call = Callable[..., Any]
NOVA = "amazon.nova-lite-v1:0"


def set_faults(stub: TestClient, **faults: Any) -> None:
    assert stub.put("/_stub/faults", json=faults).status_code == 200


# ------------------------------------------------------------------------------------------- control plane
def test_foundation_models_are_listed_and_filtered(stub: TestClient) -> None:
    listed = stub.get("/foundation-models").json()["modelSummaries"]
    lite = next(model for model in listed if model["modelId"] == NOVA)
    assert lite["modelArn"] == f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}"
    assert lite["inferenceTypesSupported"] == ["ON_DEMAND"]
    amazon = stub.get("/foundation-models", params={"byProvider": "amazon"}).json()["modelSummaries"]
    assert {model["providerName"] for model in amazon} == {"Amazon"}
    on_demand = stub.get("/foundation-models", params={"byInferenceType": "ON_DEMAND"}).json()[
        "modelSummaries"
    ]
    assert "amazon.nova-2-lite-v1:0" not in {model["modelId"] for model in on_demand}
    assert stub.get("/foundation-models", params={"byInferenceType": "FREE"}).status_code == 400


def test_one_model_is_found_by_id_and_by_arn_and_an_unknown_one_is_not(stub: TestClient) -> None:
    for identifier in (NOVA, f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}"):
        details = stub.get(f"/foundation-models/{identifier}").json()["modelDetails"]
        assert details["modelName"] == "Nova Lite"
    unknown = stub.get("/foundation-models/amazon.nova-9-v1:0")
    assert (unknown.status_code, unknown.json()["message"]) == (
        400,
        "The provided model identifier is invalid.",
    )


def test_inference_profiles_come_in_pages(stub: TestClient) -> None:
    first = stub.get("/inference-profiles", params={"maxResults": 4}).json()
    rest = stub.get("/inference-profiles", params={"nextToken": first["nextToken"]}).json()
    everything = stub.get("/inference-profiles").json()["inferenceProfileSummaries"]
    assert first["inferenceProfileSummaries"] + rest["inferenceProfileSummaries"] == everything
    assert len(first["inferenceProfileSummaries"]) == 4
    assert "nextToken" not in rest
    assert stub.get("/inference-profiles", params={"maxResults": "0"}).status_code == 400
    assert stub.get("/inference-profiles", params={"type": "APPLICATION"}).json() == {
        "inferenceProfileSummaries": []
    }


def test_one_profile_is_found_by_id_and_by_arn(stub: TestClient) -> None:
    by_id = stub.get("/inference-profiles/us.amazon.nova-2-lite-v1:0").json()
    assert stub.get(f"/inference-profiles/{by_id['inferenceProfileArn']}").json() == by_id
    assert by_id["description"] == "Routes requests to Nova 2 Lite in us-east-1, us-east-2 and us-west-2."
    missing = stub.get("/inference-profiles/us.amazon.nova-9-v1:0")
    assert missing.status_code == 404
    assert missing.headers["x-amzn-errortype"].startswith("ResourceNotFoundException")


def test_availability_follows_the_denied_models(stub: TestClient) -> None:
    path = f"/foundation-model-availability/{NOVA}"
    assert stub.get(path).json()["authorizationStatus"] == "AUTHORIZED"
    set_faults(stub, denied_models=[NOVA])
    assert stub.get(path).json()["authorizationStatus"] == "NOT_AUTHORIZED"


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/guardrails"), ("PUT", "/foundation-models"), ("GET", "/x")]
)
def test_an_operation_the_stub_has_not_fails_loudly(stub: TestClient, method: str, path: str) -> None:
    response = stub.request(method, path)
    assert response.status_code == 501
    assert response.json() == {"message": f"stub_bedrock does not emulate {method} {path}"}


# ----------------------------------------------------------------------------------------------- faults
@pytest.mark.parametrize("code", sorted(ON_DEMAND))
def test_every_error_can_be_had_with_its_status_and_name(stub: TestClient, converse: Call, code: str) -> None:
    set_faults(stub, error_code=code, error_next=1)
    response = converse()
    assert response.status_code == ON_DEMAND[code].status
    assert response.headers["x-amzn-errortype"].partition(":")[0] == code
    assert response.json()["message"] == ON_DEMAND[code].default_message
    assert converse().status_code == 200


def test_the_statuses_are_bedrocks() -> None:
    assert {code: error.status for code, error in ON_DEMAND.items()} == {
        "ValidationException": 400,
        "ServiceQuotaExceededException": 400,
        "AccessDeniedException": 403,
        "ResourceNotFoundException": 404,
        "ModelTimeoutException": 408,
        "ModelErrorException": 424,
        "ModelStreamErrorException": 424,
        "ThrottlingException": 429,
        "ModelNotReadyException": 429,
        "InternalServerException": 500,
        "ServiceUnavailableException": 503,
    }


def test_a_denied_model_is_denied_through_its_profiles_too(stub: TestClient, converse: Call) -> None:
    set_faults(stub, denied_models=[NOVA])
    for model in (NOVA, f"us.{NOVA}"):
        response = converse(model)
        assert response.status_code == 403
        assert response.json() == {
            "message": "You don't have access to the model with the specified model ID."
        }
    assert converse("amazon.nova-micro-v1:0").status_code == 200


def test_the_next_calls_are_throttled(stub: TestClient, converse: Call) -> None:
    set_faults(stub, throttle_next=2)
    assert [converse().status_code for _ in range(3)] == [429, 429, 200]
    assert stub.get("/_stub/faults").json()["throttle_next"] == 0


def test_tokens_a_minute_are_a_quota(stub: TestClient, converse: Call) -> None:
    set_faults(stub, tokens_per_minute=1000)
    refused = converse()  # maxTokens unset: reserves the model's 10,000
    assert (refused.status_code, refused.json()["message"]) == (
        429,
        "Too many tokens, please wait before trying again.",
    )
    assert converse(inferenceConfig={"maxTokens": 100}).status_code == 200


def test_a_minute_of_the_quota_passes_as_fast_as_it_is_asked_to(stub: TestClient, converse: Call) -> None:
    set_faults(stub, requests_per_minute=1, clock_speed=0.001)
    assert [converse().status_code for _ in range(2)] == [200, 429]
    set_faults(stub, requests_per_minute=1, clock_speed=1_000)
    wait_for("the quota", lambda: converse().status_code == 200)


def test_the_guardrail_intervenes_on_demand(stub: TestClient, converse: Call) -> None:
    set_faults(stub, guardrail_next=1, guardrails=["g:1"])
    config = {"guardrailIdentifier": "g", "guardrailVersion": "1", "trace": "enabled"}
    body = converse(guardrailConfig=config).json()
    assert body["stopReason"] == "guardrail_intervened"
    assert body["output"]["message"]["content"] == [{"text": "Sorry, the model cannot answer this question."}]
    assert "guardrail" in body["trace"]
    assert converse().json()["stopReason"] == "end_turn"


@pytest.mark.parametrize(
    ("fault", "ids"),
    [("missing_record", [0, 1]), ("wrong_id", [999_999, 1, 2]), ("extra_record", [0, 1, 2, 999_999])],
)
def test_tool_answers_go_wrong_on_demand(stub: TestClient, enrich: Call, fault: str, ids: list[int]) -> None:
    set_faults(stub, tool_answer=fault, tool_answer_next=1)
    spoilt = enrich(["a good day", "b", "c"]).json()["output"]["message"]["content"][0]["toolUse"]["input"]
    assert [record["id"] for record in spoilt["records"]] == ids
    sound = enrich(["a good day", "b", "c"]).json()["output"]["message"]["content"][0]["toolUse"]["input"]
    assert [record["id"] for record in sound["records"]] == [0, 1, 2]


def test_a_tool_answer_can_be_cut_and_can_be_mere_text(stub: TestClient, enrich: Call) -> None:
    set_faults(stub, tool_answer="truncated")
    cut = enrich(["good"] * 6).json()
    assert cut["stopReason"] == "max_tokens"
    assert len(cut["output"]["message"]["content"][0]["toolUse"]["input"]["records"]) < 6
    set_faults(stub, tool_answer="text")
    text = enrich(["good"]).json()
    assert text["stopReason"] == "end_turn"
    assert list(text["output"]["message"]["content"][0]) == ["text"]


def test_a_text_answer_does_not_use_up_a_fault_of_tool_answers(stub: TestClient, converse: Call) -> None:
    set_faults(stub, tool_answer="missing_record", tool_answer_next=1)
    converse()
    assert stub.get("/_stub/faults").json()["tool_answer_next"] == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"throttle": 1}', "throttle: Extra inputs are not permitted"),
        ('{"latency_ms": -5}', "latency_ms"),
        ('{"error_code": "Oops"}', "no error of Bedrock"),
        ("[1]", "no JSON object"),
        ("{", "no JSON"),
    ],
)
def test_a_bad_fault_is_refused_with_the_fields_there_are(stub: TestClient, body: str, message: str) -> None:
    response = stub.put("/_stub/faults", content=body)
    assert response.status_code == 422
    assert message in response.json()["message"]


# ---------------------------------------------------------------------------------------------- counters
def test_every_call_is_counted_with_its_outcome(stub: TestClient, converse: Call, enrich: Call) -> None:
    set_faults(stub, throttle_next=1)
    converse()
    used = enrich(["a", "b"]).json()["usage"]
    converse("no.such-model")
    converse("amazon.nova-micro-v1:0", operation="converse-stream")
    counted = stub.get("/_stub/calls").json()
    assert counted["calls"] == 4
    assert counted["by_operation"] == {"Converse": 3, "ConverseStream": 1}
    assert counted["by_model"] == {NOVA: 2, "no.such-model": 1, "amazon.nova-micro-v1:0": 1}
    assert (counted["records"], counted["throttled"], counted["errors"]) == (2, 1, 1)
    assert counted["input_tokens"] > used["inputTokens"]
    assert counted["output_tokens"] > used["outputTokens"]
    assert stub.delete("/_stub/calls").status_code == 204
    assert stub.get("/_stub/calls").json()["calls"] == 0


def test_the_control_plane_is_not_counted(stub: TestClient) -> None:
    stub.get("/foundation-models")
    assert stub.get("/_stub/calls").json()["calls"] == 0


def test_health_answers(stub: TestClient) -> None:
    assert stub.get("/_stub/health").json()["status"] == "running"


def test_delete_turns_the_faults_off(stub: TestClient, converse: Call) -> None:
    set_faults(stub, throttle_next=5)
    assert stub.patch("/_stub/faults", json={"latency_ms": 1}).json()["throttle_next"] == 5
    assert stub.delete("/_stub/faults").status_code == 204
    assert converse().status_code == 200


def test_a_bug_of_the_stub_answers_as_an_internal_error(
    stub: TestClient, converse: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("stub_bedrock.answers.answer", broken)
    response = converse()
    assert response.status_code == 500
    assert response.headers["x-amzn-errortype"].startswith("InternalServerException")
    assert stub.get("/_stub/calls").json()["errors"] == 1
