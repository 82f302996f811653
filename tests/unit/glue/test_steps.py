"""What the arguments and the contract say together, wired to the steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import MagicMock

import pytest

from pipeline import batch, steps
from pipeline.arguments import JobArguments
from pipeline.contract.loader import load_contract
from pipeline.errors import ArgumentError
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts, Storage
from pipeline.waiting import Upload
from tests.support.fake_s3 import MODIFIED

ARGUMENTS = JobArguments(
    job_name="job",
    job_run_id="jr_1",
    step="silver",
    dataset="feedback",
    source=None,
    silver_bucket="silver",
    assets_bucket="assets",
    datasets_prefix="datasets/",
    gold_secret_arn="arn:aws:secretsmanager:us-east-1:000000000000:secret:x",
    gold_host="127.0.0.1",
    gold_port=5432,
    gold_database="gold_db",
    gold_ca_bundle_key="k",
    bedrock_model_id="amazon.nova-lite-v1:0",
    unlocked=True,
)
CONTRACT = """
title: Feedback
columns: [{name: n, type: integer, required: true}, {name: comment, type: string}]
record_key: [n]
free_text: [comment]
enrich:
  instructions: Judge each text.
  answer: {properties: {sentiment: {type: string, enum: [positive, negative]}}}
"""


def contract(**limits: int) -> Any:
    said = f"  limits: {limits}\n".replace("'", "") if limits else ""
    return load_contract(CONTRACT + said, "feedback.yaml")


@pytest.mark.parametrize(
    ("argument", "limit", "holds"), [(None, None, None), (7, None, 7), (None, 8, 8), (7, 8, 7), (9, 8, 8)]
)
@pytest.mark.parametrize("what", ["calls", "tokens"])
def test_the_lower_limit_on_cost_holds(
    what: str, argument: int | None, limit: int | None, holds: int | None
) -> None:
    """The job's or the contract's."""
    given = replace(ARGUMENTS, **{f"bedrock_max_{what}": argument})
    limits = {} if limit is None else {f"max_{what}": limit}
    assert getattr(steps.enrichment_options(given, contract(**limits)), f"max_{what}") == holds


def test_quota_price_and_time_are_the_arguments() -> None:
    """Four fifths of the job's timeout may be spent on asking; without a timeout there is no end."""
    given = replace(
        ARGUMENTS,
        bedrock_requests_per_minute=60,
        bedrock_tokens_per_minute=9_000,
        bedrock_price_per_million=(0.06, 0.24),
        timeout_minutes=10,
        started_at=1_000.0,
    )
    options = steps.enrichment_options(given, contract())
    assert (options.requests_per_minute, options.tokens_per_minute) == (60, 9_000)
    assert (options.price_per_million, options.ask_until) == ((0.06, 0.24), 1_480.0)
    assert steps.enrichment_options(ARGUMENTS, contract()).ask_until is None


def test_the_uploads_of_a_run_have_one_limiter_and_a_run_id_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quota, time and cost are the run's; what one upload asked is for the next one another's answer."""
    given: list[tuple[str, Any]] = []
    monkeypatch.setattr(steps, "enrich", lambda spark, rows, of, options, limiter: given.append(
        (options.run_id, limiter)))  # fmt: skip
    found: dict[str, Any] = {}
    monkeypatch.setattr(batch, "work", lambda waiting, of, job_of, seconds: found.update(job_of=job_of))
    monkeypatch.setattr(steps.lock, "check", lambda arguments, storage: None)
    storage = MagicMock(spec=Storage)
    storage.describe.return_value = SourceFacts(1, MODIFIED)
    steps.silver_work(contract(max_calls=5), replace(ARGUMENTS, bedrock_max_tokens=70), storage)
    for name in ("a", "b"):
        upload = Upload(name, SourceObject("bronze", name, "v"), None, False, 0, {})
        found["job_of"](upload).enrich(MagicMock(), MagicMock(), contract())
    (one, first), (two, second) = given
    assert first is second is not None
    assert (first._options.max_calls, first._options.max_tokens) == (5, 70)
    assert one != two
    assert one.startswith("jr_1/")
    assert two.startswith("jr_1/")


def test_a_request_that_is_done_needs_no_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed command's execution may come after the next command has done it: the certificate stays."""
    monkeypatch.setattr(steps.lock, "check", lambda arguments, storage: None)
    storage = MagicMock(spec=Storage)
    storage.json.return_value = {"id": "r1", "finished_at": "2026-01-01T00:00:00Z"}
    assert steps.forget_work(contract(), replace(ARGUMENTS, step="forget", request="r1"), storage) is None
    storage.json.return_value = None
    with pytest.raises(ArgumentError, match=r"forgotten/.*/r1\.json"):
        steps.forget_work(contract(), replace(ARGUMENTS, step="forget", request="r1"), storage)
