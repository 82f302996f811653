"""How each family of models is asked."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pipeline.contract.errors import ContractError
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Inference
from pipeline.enrichment.models import ModelTraits
from pipeline.enrichment.packing import Packer, Text
from pipeline.enrichment.prompt import Prompt
from tests.unit.glue.enrichment.fakes import TASK, FakeBucket, FakeModel, Run, options
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


@pytest.mark.parametrize("model_id", ["amazon.nova-lite-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0"])
def test_a_text_of_5000_japanese_characters_is_answered(model_id: str) -> None:
    """Alone, with room for two echoes of it where the model has that."""
    text = Text("0", "配送がとても遅くて困りました。" * 334)
    echoes = {name: {"type": "string"} for name in ("cleansed", "masked")}
    packer = Packer(options(), echoes, ModelTraits.of(model_id))
    assert not packer.too_long(text)
    # two echoes at one token a character, as these models count them
    assert packer.max_tokens([text]) >= min(10_000, packer.traits.max_output_tokens)
    model = FakeModel()
    run = Run(model, FakeBucket(), [text, Text("1", "short")], options(model_id=model_id))
    assert run.reasons == {text.value: None, "short": None}


def test_a_model_that_thinks_has_room_for_it() -> None:
    """Its thoughts count as output: they do not take the answer's room."""
    texts = [Text("0", "short")]
    thinking, silent = (
        Packer(options(), {"summary": {"type": "string"}}, ModelTraits.of(f"anthropic.claude-opus-{version}"))
        for version in ("5-5", "4-7")
    )
    assert thinking.max_tokens(texts) >= silent.max_tokens(texts) + 4_000
