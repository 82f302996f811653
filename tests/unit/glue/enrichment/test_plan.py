"""The enrichment of a DataFrame, with Spark's Python workers calling a model and a bucket over HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.enrichment import (
    EnrichmentError,
    EnrichmentOptions,
    EnrichmentResult,
    EnrichmentStats,
    enrich,
    limiter_of,
)
from pipeline.enrichment.errors import (
    BedrockUnavailableError,
    CostLimitError,
    EnrichmentUnfinishedError,
    LeftForNextRunError,
    OutOfTimeError,
    RunSpentError,
)
from pipeline.enrichment.estimate import Estimate
from pipeline.enrichment.limiter import Limiter
from tests.support.enrichment_endpoint import FakeEndpoint
from tests.support.enrichment_fakes import FakeBucket, FakeModel, Record, error

CONTRACT = """
title: Feedback
columns:
  - {name: feedback_id, type: integer, required: true}
  - {name: name, type: string, pii: true}
  - {name: heading, type: string}
  - {name: comment, type: string}
record_key: [feedback_id]
free_text: [heading, comment]
enrich:
  instructions: Judge each text.
  answer:
    properties:
      category: {type: string, enum: [delivery, other]}
      keywords: {type: array, items: {type: string}}
      score: {type: number}
      stars: {type: [integer, 'null']}
      urgent: {type: boolean}
"""


@pytest.fixture
def contract() -> Contract:
    return load_contract(CONTRACT, "feedback.yaml")


def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
    found = {"category": "other", "score": 1, "stars": None, "urgent": True}
    return [
        {"id": record["id"], "keywords": [record["text"], "日本"], **found}
        for record in records
        if "unanswerable" not in record["text"]
    ]


@pytest.fixture(scope="module")
def endpoint(spark: SparkSession) -> Iterator[FakeEndpoint]:
    """One for all tests: Python workers are kept as long as their environment is the same."""
    running = FakeEndpoint()
    workers: dict[str, str] = spark.sparkContext.environment
    before = dict(workers)
    workers["AWS_ENDPOINT_URL"] = running.url
    workers.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
    yield running
    workers.clear()
    workers.update(before)
    running.stop()


@pytest.fixture
def model(endpoint: FakeEndpoint) -> FakeModel:
    endpoint.bucket, endpoint.model = FakeBucket(), FakeModel(reply)
    return endpoint.model


@pytest.fixture
def ask(spark: SparkSession, contract: Contract, model: FakeModel) -> Callable[..., EnrichmentResult]:
    """Enrich rows with the fakes behind the workers' endpoint."""

    def run(rows: DataFrame, **settings: Any) -> EnrichmentResult:
        given = {"model_id": "amazon.nova-lite-v1:0", "cache_bucket": "silver"} | settings
        return enrich(spark, rows, contract, EnrichmentOptions(**given))

    return run


def rows_of(spark: SparkSession, *rows: tuple[Any, ...]) -> DataFrame:
    return spark.createDataFrame(rows, "feedback_id long, name string, heading string, comment string")


def test_rows_get_typed_columns_and_equal_texts_are_asked_once(
    spark: SparkSession, ask: Callable[..., EnrichmentResult], model: FakeModel
) -> None:
    """Line ends and outer blanks make no other text; a row without text gets nulls and costs nothing."""
    rows = rows_of(
        spark,
        (1, "Jane", "Late", "Two\r\nlines"),
        (2, "John", " Late\u3000", "Two\nlines\n"),
        (3, "Jill", None, "日本語"),
        (4, "Jack", "  ", None),
        (5, "June", "", "unanswerable"),
    )
    result = ask(rows)
    expected = "feedback_id bigint, name string, heading string, comment string, category string, "
    expected += "keywords array<string>, score double, stars bigint, urgent boolean, "
    expected += "_model_id string, _prompt_digest string, _enrichment_error string"
    assert ", ".join(f"{name} {kind}" for name, kind in result.rows.dtypes) == expected
    found = {row["feedback_id"]: row for row in result.rows.collect()}
    assert len(found) == 5
    assert found[1]["keywords"] == found[2]["keywords"] == ["heading: Late\n\ncomment: Two\nlines", "日本"]
    assert found[3]["keywords"] == ["comment: 日本語", "日本"]
    assert (found[3]["score"], found[3]["stars"], found[3]["urgent"]) == (1.0, None, True)
    assert found[1]["_model_id"] == "amazon.nova-lite-v1:0"
    assert len({found[number]["_prompt_digest"] for number in (1, 2, 3)}) == 1
    assert (found[4]["category"], found[4]["_model_id"], found[4]["_prompt_digest"]) == (None, None, None)
    assert found[4]["_enrichment_error"] is None
    assert (found[5]["category"], found[5]["_enrichment_error"]) == (None, "enrichment_failed")
    stats = result.stats
    assert (stats.texts, stats.distinct, stats.cached, stats.failed) == (4, 3, 0, 1)
    assert stats.calls == len(model.requests)
    assert (stats.input_tokens, stats.output_tokens) == (100 * stats.calls, 10 * stats.calls)
    sent = str(model.requests)
    assert not any(name in sent for name in ("Jane", "John", "Jill", "Jack", "June")), (
        "personal data was sent"
    )


def test_evaluating_the_result_again_calls_nothing(
    spark: SparkSession, ask: Callable[..., EnrichmentResult], model: FakeModel
) -> None:
    """Neither when Spark lost what it kept, a failed text included, nor in another run."""
    rows = rows_of(
        spark,
        *[(number, "", "", f"text {number % 50}") for number in range(200)],
        (999, "", "", "unanswerable"),
    )
    result = ask(rows, run_id="one", records_per_prompt=10)
    made = len(model.requests)
    assert result.stats.calls == made
    spark.catalog.clearCache()
    assert result.rows.where("_enrichment_error IS NULL").count() == 200
    assert len(model.requests) == made
    again = ask(rows.where("feedback_id < 999"), run_id="two", records_per_prompt=10)
    known = Estimate(known=50)
    assert again.stats == EnrichmentStats(calls=0, texts=200, distinct=50, cached=50, estimate=known)
    assert len(model.requests) == made


def test_all_tasks_together_keep_the_limit(
    spark: SparkSession, ask: Callable[..., EnrichmentResult], model: FakeModel
) -> None:
    """Five in flight over two tasks are two each; a limit of one leaves one task."""
    two = threading.Event()

    def wait_for_company(records: list[Record], request: Mapping[str, Any]) -> Any:
        if model.in_flight > 1:
            two.set()
        two.wait(60)
        return reply(records, request)

    model._reply = wait_for_company
    rows = rows_of(spark, *[(number, "", "", f"text {number}") for number in range(60)])
    ask(rows, max_in_flight=5, records_per_prompt=1)
    assert 1 < model.most_in_flight <= 4
    model.most_in_flight = 0
    ask(rows, max_in_flight=1, records_per_prompt=2, cache_prefix="other/")
    assert model.most_in_flight == 1


def test_a_refusal_is_one_line(
    spark: SparkSession, contract: Contract, ask: Callable[..., EnrichmentResult], model: FakeModel
) -> None:
    """No traceback of workers, and no second try by Spark."""

    def refuse(records: list[Record], request: Mapping[str, Any]) -> Any:
        raise error(
            "AccessDeniedException", "You don't have access to the model with the specified model ID.", 403
        )

    model._reply = refuse
    with pytest.raises(
        EnrichmentError, match=r"amazon\.nova-lite-v1:0.*Request access to the model"
    ) as caught:
        ask(rows_of(spark, (1, "", "", "text")))
    assert "\n" not in str(caught.value)
    assert len(model.requests) == 1


def test_a_contract_without_enrichment_asks_nothing(spark: SparkSession, contract: Contract) -> None:
    """The rows come back with a null error."""
    plain = load_contract(CONTRACT.split("free_text")[0], "feedback.yaml")
    result = enrich(spark, rows_of(spark, (1, "", "", "text")), plain, EnrichmentOptions("m", "b"))
    assert result.stats == EnrichmentStats()
    assert [row["_enrichment_error"] for row in result.rows.collect()] == [None]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model_id": ""}, "model_id is missing"),
        ({"max_in_flight": 0}, "max_in_flight must be at least 1"),
        ({"cache_prefix": "cache"}, "cache_prefix must end with '/'"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], message: str) -> None:
    """Before anything is asked."""
    with pytest.raises(ValueError, match=message):
        EnrichmentOptions(**{"model_id": "m", "cache_bucket": "b"} | settings)


class Until(Limiter):
    """Its time is over with the fifth answer."""

    def __init__(self, options: EnrichmentOptions, burndown: int, seconds: float) -> None:
        self.calls = 0
        super().__init__(options, burndown, seconds, clock=lambda: 1e4 if self.calls >= 5 else 0.0)


def test_a_run_whose_time_is_over_leaves_what_was_answered_and_the_next_one_goes_on(
    spark: SparkSession,
    ask: Callable[..., EnrichmentResult],
    model: FakeModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The words are those that the state machine starts another run by; nothing is paid for twice."""

    rows = rows_of(spark, *[(number, "", "", f"text {number}") for number in range(60)])
    tuned: dict[str, Any] = {"records_per_prompt": 5, "max_in_flight": 2}
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.enrichment.plan.Limiter", Until)
        with pytest.raises(EnrichmentUnfinishedError, match="enrichment unfinished: ") as caught:
            ask(rows, run_id="one", ask_until=time.time() + 60, **tuned)
    made, answered = len(model.requests), caught.value.answered
    assert made in (5, 6)
    assert (answered, caught.value.left) == (5 * made, 60 - 5 * made)
    result = ask(rows, run_id="two", **tuned)
    assert (result.stats.cached, result.stats.calls) == (answered, 12 - made)
    assert result.rows.where("category = 'other'").count() == 60


def test_what_would_cost_too_much_is_refused_before_anything_is_asked(
    spark: SparkSession, ask: Callable[..., EnrichmentResult], model: FakeModel
) -> None:
    """What is in the cache costs nothing, and does not count."""
    rows = rows_of(spark, *[(number, "", "", f"text {number}") for number in range(20)])
    with pytest.raises(
        CostLimitError, match="max_calls is 3 a run: the 20 texts need about 4 calls, so nothing"
    ):
        ask(rows, records_per_prompt=5, max_calls=3)
    with pytest.raises(CostLimitError, match="max_tokens is 500 a run: the 20 texts need about "):
        ask(rows, records_per_prompt=5, max_tokens=500)
    assert model.requests == []
    ask(rows.where("feedback_id < 10"), records_per_prompt=5, run_id="one")
    result = ask(rows, records_per_prompt=5, max_calls=3, run_id="two", price_per_million=(100.0, 1000.0))
    estimate = result.stats.estimate
    assert (estimate.known, estimate.texts, estimate.calls, result.stats.calls) == (10, 10, 2, 2)
    expected = (estimate.input_tokens * 100 + estimate.output_tokens * 1000) / 1e6
    assert estimate.price == pytest.approx(expected, abs=1e-4)


def test_what_comes_to_cost_too_much_stops_at_the_limit(
    spark: SparkSession, ask: Callable[..., EnrichmentResult], model: FakeModel
) -> None:
    """The model leaves texts out, which takes more calls than were expected: not one beyond the limit."""
    model._reply = lambda records, request: []
    rows = rows_of(spark, *[(number, "", "", f"text {number}") for number in range(40)])
    with pytest.raises(CostLimitError, match="max_calls is 10 a run: asking stopped there"):
        ask(rows, records_per_prompt=5, max_calls=10)
    assert len(model.requests) == 10


def test_a_low_quota_is_shared_by_all_tasks_and_ends_well(
    spark: SparkSession, ask: Callable[..., EnrichmentResult], model: FakeModel
) -> None:
    """One limiter: two tasks that ask as fast as they may make no request too many."""
    started: list[float] = []

    def timed(records: list[Record], request: Mapping[str, Any]) -> Any:
        started.append(time.monotonic())
        return reply(records, request)

    model._reply = timed
    rows = rows_of(spark, *[(number, "", "", f"text {number}") for number in range(40)])
    result = ask(rows, records_per_prompt=1, requests_per_minute=600)
    assert (result.stats.calls, result.stats.throttled) == (40, 0)
    # a request each tenth of a second; what was late may be made up for
    assert max(started) - min(started) > 3.0


def test_a_run_that_gets_no_answer_is_not_followed_by_another(
    spark: SparkSession,
    ask: Callable[..., EnrichmentResult],
    model: FakeModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The words that the state machine starts another run by are not in the error: neither when the quota is
    0, nor when there was no time to ask, nor when the model answers and no answer can be used. The next run
    would ask about the same texts, and so on for ever.
    """
    rows = rows_of(spark, *[(number, "", "", f"text {number}") for number in range(20)])
    tuned: dict[str, Any] = {"records_per_prompt": 1, "max_in_flight": 2, "ask_until": time.time() + 3_600}

    with pytest.raises(OutOfTimeError, match="none of 20 texts is answered") as no_time:
        ask(rows, **tuned | {"ask_until": time.time() - 1})
    assert model.requests == []

    model._reply = lambda records, request: []
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.enrichment.plan.Limiter", Until)
        with pytest.raises(OutOfTimeError, match="none of 20 texts is answered") as no_use:
            ask(rows, **tuned)
    assert len(model.requests) >= 5

    def refuse(records: list[Record], request: Mapping[str, Any]) -> Any:
        raise error("ThrottlingException", "Too many requests", 429)

    model._reply = refuse
    monkeypatch.setattr("pipeline.enrichment.limiter.PATIENCE", 1.0)
    with pytest.raises(BedrockUnavailableError, match=r"throttled: Too many requests .*may be 0") as no_quota:
        ask(rows, **tuned)
    for caught in (no_time, no_use, no_quota):
        assert "enrichment unfinished" not in str(caught.value)


def test_an_error_of_a_task_comes_before_the_end_of_the_time(
    spark: SparkSession,
    ask: Callable[..., EnrichmentResult],
    model: FakeModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another run would meet it as well."""

    def refuse_late(records: list[Record], request: Mapping[str, Any]) -> Any:
        if len(model.requests) > 4:
            raise error("AccessDeniedException", "no", 403)
        return reply(records, request)

    model._reply = refuse_late
    monkeypatch.setattr("pipeline.enrichment.plan.Limiter", Until)
    rows = rows_of(spark, *[(number, "", "", f"text {number}") for number in range(40)])
    with pytest.raises(EnrichmentError, match="AccessDeniedException") as caught:
        ask(rows, records_per_prompt=1, max_in_flight=2, ask_until=time.time() + 3_600)
    assert not isinstance(caught.value, LeftForNextRunError)


def test_the_uploads_of_a_run_share_its_limits(
    spark: SparkSession, contract: Contract, model: FakeModel
) -> None:
    """What one takes the next has not; one that is too dear only for the rest of the run is left to the next
    run, one that is too dear for any is refused. Answers of an earlier upload cost nothing.
    """
    rows = rows_of(spark, *[(number, "", "", f"text {number}") for number in range(60)])
    given = EnrichmentOptions("amazon.nova-lite-v1:0", "silver", records_per_prompt=5, max_calls=6)
    limiter = limiter_of(contract, given)
    assert limiter is not None

    def upload(name: str, which: str) -> EnrichmentStats:
        own = replace(given, run_id=f"run/{name}")
        return enrich(spark, rows.where(which), contract, own, limiter).stats

    first = upload("a", "feedback_id < 20")
    assert (first.calls, first.throttled) == (4, 0)
    second = upload("b", "feedback_id < 25")
    assert (second.cached, second.calls, limiter.calls) == (20, 1, 5)
    with pytest.raises(RunSpentError, match="max_calls is 6 a run, 5 are taken by earlier uploads and 2 "):
        upload("c", "feedback_id >= 25 AND feedback_id < 35")
    with pytest.raises(CostLimitError, match="the 35 texts need about 7 calls, so nothing was asked"):
        upload("d", "feedback_id >= 25")
    assert len(model.requests) == 5
    model._reply = lambda records, request: []
    with pytest.raises(RunSpentError):  # it comes to need more than is left
        upload("e", "feedback_id >= 55")
    assert len(model.requests) == 6
