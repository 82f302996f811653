"""The enrichment of a DataFrame, with Spark's Python workers calling a model and a bucket over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.enrichment import EnrichmentError, EnrichmentOptions, EnrichmentResult, EnrichmentStats, enrich
from pipeline.enrichment.estimate import Estimate
from tests.unit.glue.enrichment.fake_endpoint import FakeEndpoint
from tests.unit.glue.enrichment.fakes import FakeBucket, FakeModel, Record, error

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
