"""How each family of models is asked."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest

from pipeline.contract.errors import ContractError
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Inference
from pipeline.enrichment.asking import Outcome
from pipeline.enrichment.cache import Call
from pipeline.enrichment.executor import PartitionTask
from pipeline.enrichment.models import ModelTraits
from pipeline.enrichment.packing import Packer, Text
from pipeline.enrichment.prompt import Prompt
from pipeline.enrichment.task import EnrichmentTask
from tests.support.enrichment_fakes import TASK, FakeBucket, FakeModel, Record, options, response
from tests.unit.glue.enrichment.test_plan import CONTRACT

FORCED = {"tool": {"name": "save_records"}}
AUTO: dict[str, Any] = {"auto": {}}
SOBER = {"temperature": 0.0, "maxTokens": 500}
NONE = {"maxTokens": 500}
DISABLED = {"thinking": {"type": "disabled"}}


@pytest.mark.parametrize(
    ("model_id", "inference", "choice", "additional", "most"),
    [
        ("amazon.nova-lite-v1:0", SOBER, FORCED, None, 10_000),
        ("us.amazon.nova-2-lite-v1:0", SOBER, FORCED, None, 64_000),
        ("anthropic.claude-3-haiku-20240307-v1:0", SOBER, FORCED, None, 4_096),
        ("us.anthropic.claude-3-5-haiku-20241022-v1:0", SOBER, FORCED, None, 8_192),
        ("jp.anthropic.claude-haiku-4-5-20251001-v1:0", SOBER, FORCED, None, 64_000),
        ("us.anthropic.claude-opus-4-20250514-v1:0", SOBER, FORCED, None, 32_000),
        ("us.anthropic.claude-sonnet-4-6", SOBER, FORCED, None, 64_000),
        ("us.anthropic.claude-opus-4-7", NONE, FORCED, None, 128_000),
        ("us.anthropic.claude-opus-4-8", NONE, FORCED, None, 128_000),
        ("us.anthropic.claude-opus-5", NONE, FORCED, DISABLED, 128_000),
        ("us.anthropic.claude-sonnet-5", NONE, FORCED, DISABLED, 128_000),
        ("us.anthropic.claude-sonnet-5-5", NONE, AUTO, {"thinking": {"type": "between_tools"}}, 128_000),
        ("global.anthropic.claude-haiku-5-5", NONE, FORCED, DISABLED, 128_000),
        ("us.anthropic.claude-opus-5-5", NONE, AUTO, None, 128_000),
        ("us.anthropic.claude-fable-5-1", NONE, AUTO, None, 128_000),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-7",
            NONE,
            FORCED,
            None,
            128_000,
        ),
        ("us.anthropic.claude-saga-7", NONE, AUTO, None, 128_000),
        ("us.meta.llama3-3-70b-instruct-v1:0", SOBER, AUTO, None, 4_096),
    ],
)
def test_a_model_is_sent_only_what_it_takes(
    model_id: str, inference: Any, choice: Any, additional: Any, most: int
) -> None:
    """No temperature for Claude from Opus 4.7 on, no forced tool where that is refused."""
    prompt = Prompt(TASK, model_id)
    request = prompt.request(["a"], 500)
    assert request["inferenceConfig"] == inference
    assert request["toolConfig"]["toolChoice"] == choice
    assert request.get("additionalModelRequestFields") == additional
    assert prompt.traits.max_output_tokens == most


def test_the_contract_has_the_last_word() -> None:
    """``enrich.inference`` overrides the family; null means that a parameter is not sent."""
    wanted = Inference(
        temperature=None, top_p=0.5, tool_choice="auto", max_output_tokens=9, additional={"k": 1}
    )
    prompt = Prompt(dataclasses.replace(TASK, inference=wanted), "amazon.nova-lite-v1:0")
    request = prompt.request(["a"], 500)
    assert request["inferenceConfig"] == {"topP": 0.5, "maxTokens": 500}
    assert request["toolConfig"]["toolChoice"] == AUTO
    assert request["additionalModelRequestFields"] == {"k": 1}
    assert prompt.traits.max_output_tokens == 9
    said = CONTRACT.replace("enrich:", "enrich:\n  inference: {temperature: null, max_output_tokens: 9}")
    enrich = load_contract(said, "feedback.yaml").enrich
    assert enrich is not None
    assert enrich.inference == Inference(temperature=None, max_output_tokens=9)
    with pytest.raises(ContractError, match="temperature"):
        load_contract(said.replace("null", "hot"), "feedback.yaml")


ECHOES: dict[str, Any] = {
    "category": {"type": "string", "enum": ["delivery", "other"]},
    "cleansed": {"type": "string", "maxLength": 5000},
    "masked": {"type": "string", "maxLength": 5000},
}
LONG = EnrichmentTask(
    "feedback", "", "Judge.", ("comment",),
    {"type": "object", "properties": ECHOES, "required": list(ECHOES), "additionalProperties": False},
)  # fmt: skip


@pytest.mark.parametrize(
    ("model_id", "calls"),
    [("amazon.nova-lite-v1:0", 2), ("us.anthropic.claude-haiku-4-5-20251001-v1:0", 1)],
)
def test_a_text_of_5000_japanese_characters_is_answered(model_id: str, calls: int) -> None:
    """Also where two echoes of it are longer than the model's answers may be: some properties a call."""
    text = ("配送がとても遅くて困りました。" * 334)[:5000]

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        schema = request["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]
        asked = schema["properties"]["records"]["items"]["required"]
        answers = [
            {name: record["id"] if name == "id" else "other" if name == "category" else record["text"]
             for name in asked}
            for record in records
        ]  # fmt: skip
        tokens = len(json.dumps(answers, ensure_ascii=False))  # a token a character
        return answers if tokens <= request["inferenceConfig"]["maxTokens"] else response([], "max_tokens")

    model, bucket = FakeModel(reply), FakeBucket()
    task = PartitionTask(LONG, options(model_id=model_id), 1)
    results = list(task.results([Text("aa", text)], model, bucket))
    (outcome,) = [result for result in results if isinstance(result, Outcome)]
    assert outcome.entry.answer == {"category": "other", "cleansed": text, "masked": text}
    assert len([result for result in results if isinstance(result, Call)]) == len(model.requests) == calls


def test_a_model_that_thinks_has_room_for_it() -> None:
    """Its thoughts count as output: they do not take the answer's room."""
    texts = [Text("0", "short")]
    thinking, silent = (
        Packer(options(), {"summary": {"type": "string"}}, ModelTraits.of(f"anthropic.claude-opus-{version}"))
        for version in ("5-5", "4-7")
    )
    assert thinking.max_tokens(texts) >= silent.max_tokens(texts) + 4_000
