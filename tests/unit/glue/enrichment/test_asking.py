"""What is asked of the model, how often, and what becomes of each text, whatever the model says."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

import pytest

from pipeline.enrichment.asking import Outcome
from pipeline.enrichment.bedrock import RETRYABLE
from pipeline.enrichment.errors import AskingStoppedError, BedrockRefusedError, BedrockUnavailableError
from pipeline.enrichment.executor import PartitionTask
from pipeline.enrichment.limiter import Limiter
from pipeline.enrichment.packing import Text
from tests.support.enrichment_fakes import (
    MODEL,
    TASK,
    FakeBucket,
    FakeModel,
    Record,
    Run,
    answer_for,
    error,
    impatient,
    options,
    response,
    texts,
)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries are made at once; the policy's clock runs on."""
    monkeypatch.setattr("pipeline.enrichment.executor.Backoff", lambda **given: impatient())


def test_texts_share_prompts_and_each_gets_its_own_answer() -> None:
    """Ten texts, four a prompt: three calls, every answer in the cache and with its text."""
    model, bucket = FakeModel(), FakeBucket()
    run = Run(model, bucket, texts(10))
    assert model.sizes == [4, 4, 2]
    assert len(run.calls) == 3
    assert {text: outcome.entry.answer for text, outcome in run.outcomes.items()} == {
        f"text {number}": {"category": "delivery", "summary": f"text {number}"} for number in range(10)
    }
    assert len(bucket.objects) == 10


def test_requests_under_way_are_bounded() -> None:
    """However many texts there are, a task has no more requests open than it may; and it uses them all."""
    gate = threading.Barrier(3, timeout=60)

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        gate.wait()  # passes only when three requests are open at the same time
        return [answer_for(record) for record in records]

    model = FakeModel(reply)
    Run(model, FakeBucket(), texts(48), in_flight=3)
    assert model.most_in_flight == 3
    assert len(model.requests) == 12


def test_texts_are_read_no_faster_than_they_are_answered() -> None:
    """The first outcomes of a partition are there long before its last text was read: memory is bounded."""
    read = [0]

    def endless() -> Iterator[Text]:
        while True:
            read[0] += 1
            assert read[0] < 5_000, "the whole partition is read ahead"
            yield Text(f"{read[0]:08x}", f"text {read[0]}")

    results = PartitionTask(TASK, options(), 2).results(endless(), FakeModel(), FakeBucket())
    assert len(list(islice(results, 600))) == 600
    results.close()  # type: ignore[attr-defined]


def test_a_second_run_asks_nothing() -> None:
    """Another run over the same texts is served from the cache."""
    bucket = FakeBucket()
    Run(FakeModel(), bucket, texts(10))
    model = FakeModel()
    run = Run(model, bucket, texts(12), options(run_id="run-2"))
    assert model.sizes == [2]
    assert sum(outcome.cached for outcome in run.outcomes.values()) == 10


def test_a_retried_task_pays_nothing_twice_and_reports_its_calls() -> None:
    """The second attempt of a killed task finds its answers, and tells of the calls the first one made."""
    bucket = FakeBucket()
    killed = PartitionKilled(bucket)
    model = FakeModel()
    run = Run(model, bucket, texts(10))
    assert model.sizes == [2]
    assert {call.id for call in run.calls} > killed.call_ids
    assert not any(outcome.cached for outcome in run.outcomes.values())


class PartitionKilled:
    """A task that died after two prompts were answered, before it handed anything on."""

    def __init__(self, bucket: FakeBucket) -> None:
        self.call_ids = {call.id for call in Run(FakeModel(), bucket, texts(8)).calls}


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda answers: answers[:-1], id="missing"),
        pytest.param(lambda answers: [*answers[:-1], answers[-1] | {"category": "nonsense"}], id="invalid"),
        pytest.param(lambda answers: [*answers[:-1], answers[-1] | {"id": 99}], id="foreign id"),
        pytest.param(lambda answers: [*answers, answers[-1] | {"summary": "other"}], id="two answers"),
        pytest.param(lambda answers: [*answers[:-1], "text"], id="no object"),
    ],
)
def test_only_what_is_missing_is_asked_again(spoil: Any) -> None:
    """The valid answers of a prompt stand; the rest goes into a smaller prompt."""
    spoiled = []

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        answers = [answer_for(record) for record in records]
        if spoiled:
            return answers
        spoiled.append(True)
        return spoil(answers)

    model = FakeModel(reply)
    run = Run(model, FakeBucket(), texts(4))
    assert model.sizes == [4, 1]
    assert set(run.reasons.values()) == {None}
    assert run.outcomes["text 3"].entry.answer == {"category": "delivery", "summary": "text 3"}


@pytest.mark.parametrize("content", [{}, {"records": "none"}, {"records": []}, None])
def test_an_answer_without_records_fails_after_few_calls(content: Any) -> None:
    """A prompt, its halves, each text alone and once more: then they have failed, and that is remembered."""
    said = response([])
    said["output"]["message"]["content"] = (
        [{"text": "Sorry."}]
        if content is None
        else [  # type: ignore[index]
            {"toolUse": {"toolUseId": "t", "name": "save_records", "input": content}}
        ]
    )
    model = FakeModel(lambda records, request: said)
    bucket = FakeBucket()
    run = Run(model, bucket, texts(4))
    assert Counter(model.sizes) == {4: 1, 2: 2, 1: 8}
    assert set(run.reasons.values()) == {"enrichment_failed"}
    assert len(run.calls) == 11
    again = FakeModel(lambda records, request: said)
    assert set(Run(again, bucket, texts(4)).reasons.values()) == {"enrichment_failed"}
    assert again.requests == [], "the same run asks again"
    Run(again, bucket, texts(4), options(run_id="run-2"))
    assert len(again.requests) == 11, "the next run does not ask again"


def test_an_answer_cut_off_is_asked_in_halves() -> None:
    """max_tokens: no text is lost, and nothing of the cut answer is taken."""

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        answers = [answer_for(record) for record in records]
        return response(answers, "max_tokens") if len(records) > 1 else answers

    model = FakeModel(reply)
    run = Run(model, FakeBucket(), texts(4))
    assert Counter(model.sizes) == {4: 1, 2: 2, 1: 4}
    assert set(run.reasons.values()) == {None}


def test_a_text_cut_off_alone_gets_more_room_and_then_a_reason() -> None:
    """The second try alone has room for a long answer."""
    model = FakeModel(lambda records, request: response([], "max_tokens"))
    run = Run(model, FakeBucket(), texts(1))
    limits = [request["inferenceConfig"]["maxTokens"] for request in model.requests]
    assert limits[0] < limits[1] == options().max_output_tokens  # the answer is a short one
    assert len(limits) == 2
    assert run.reasons == {"text 0": "enrichment_too_long"}


@pytest.mark.parametrize("stop_reason", ["guardrail_intervened", "content_filtered"])
def test_one_refused_text_does_not_take_the_others_along(stop_reason: str) -> None:
    """Each text of a refused prompt is asked alone; the one that is refused again is blocked, once."""

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        if any(record["text"] == "text 2" for record in records):
            return response([], stop_reason)
        return [answer_for(record) for record in records]

    model = FakeModel(reply)
    run = Run(model, FakeBucket(), texts(4))
    assert Counter(model.sizes) == {4: 1, 1: 4}
    assert run.reasons == {
        "text 0": None, "text 1": None, "text 2": "enrichment_blocked", "text 3": None
    }  # fmt: skip


def test_a_prompt_too_long_for_the_model_is_halved() -> None:
    """Bedrock says so with a ValidationException; alone it is the text that is too long."""

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        if len(records) > 2 or any(record["text"] == "text 3" for record in records):
            raise error("ValidationException", "Input is too long for requested model.")
        return [answer_for(record) for record in records]

    run = Run(FakeModel(reply), FakeBucket(), texts(4))
    assert run.reasons == {
        "text 0": None, "text 1": None, "text 2": None, "text 3": "enrichment_too_long"
    }  # fmt: skip


def test_a_text_beyond_any_prompt_is_never_sent() -> None:
    """A cell of a megabyte costs no call and takes no other text along."""
    model = FakeModel()
    run = Run(model, FakeBucket(), [*texts(2), Text("00", "x" * 1_000_000)])
    assert model.sizes == [2]
    assert run.reasons["x" * 1_000_000] == "enrichment_too_long"


def test_a_request_beyond_a_minutes_tokens_is_never_sent() -> None:
    """Bedrock would throttle it as long as it is asked; prompts of several texts are halved."""
    model = FakeModel()
    value = "x" * 1_500  # fewer tokens than a minute has, with the answer's room more
    run = Run(model, FakeBucket(), [Text("a" * 64, value)], options(tokens_per_minute=1_100))
    assert run.reasons[value] == "enrichment_too_long"
    assert model.requests == []


@pytest.mark.parametrize("code", sorted(RETRYABLE))
def test_passing_errors_are_waited_out(code: str) -> None:
    """The request is sent again until it is answered; attempts that failed are no calls."""
    left = [3]

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise error(code, "Wait and try your request again.", 500)
        return [answer_for(record) for record in records]

    model = FakeModel(reply)
    run = Run(model, FakeBucket(), texts(4))
    assert len(model.requests) == 4
    assert len(run.calls) == 1


def test_a_throttled_request_is_asked_again_however_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no failure: it has its turn again, beyond the deadline and the budget of retries after errors."""
    now = [0.0]

    def wait(changed: threading.Condition, seconds: float) -> None:
        now[0] += seconds

    limiter = partial(Limiter, clock=lambda: now[0], wait=wait)
    monkeypatch.setattr("pipeline.enrichment.executor.Limiter", limiter)
    left = [60]

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        left[0] -= 1
        if left[0] % 6:
            raise error("ThrottlingException", "Too many requests, please wait before trying again.", 429)
        return [answer_for(record) for record in records]

    model = FakeModel(reply)
    run = Run(model, FakeBucket(), texts(40), options(retry_budget=1, deadline_seconds=1))
    assert len(model.requests) == 60
    assert len(run.calls) == 10
    assert now[0] > 60


def test_what_is_under_way_when_asking_ends_is_kept_and_counted() -> None:
    """A limit is reached while two requests are open: both are paid for, so both are cached and reported."""
    bucket = FakeBucket()
    both = threading.Barrier(2, timeout=60)

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        both.wait()
        return [answer_for(record) for record in records]

    task = PartitionTask(TASK, options(max_calls=2), 2)
    found: list[Any] = []
    with pytest.raises(AskingStoppedError):
        found.extend(map(found.append, task.results(texts(16), FakeModel(reply), bucket)))
    keys = {result.text.key for result in found if isinstance(result, Outcome)}
    assert len(keys) == len(bucket.objects) == 8


def test_an_outage_ends_the_run_at_the_deadline() -> None:
    """With one line that names the model; what was answered before is in the cache."""
    count = [0]

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        count[0] += 1
        if count[0] > 1:
            raise error("ServiceUnavailableException", "Bedrock is unable to process your request.", 503)
        return [answer_for(record) for record in records]

    bucket = FakeBucket()
    with pytest.raises(
        BedrockUnavailableError, match=rf"{MODEL}.*unable to process.*cached: run again"
    ) as caught:
        Run(FakeModel(reply), bucket, texts(12))
    assert "\n" not in str(caught.value)
    assert len(bucket.objects) == 4


@pytest.mark.parametrize(
    ("code", "message", "advice"),
    [
        ("AccessDenied", "You don't have access to the model with the specified model ID.", "Request access"),
        (
            "AccessDenied",
            "User: x is not authorized to perform: bedrock:InvokeModel",
            "bedrock:InvokeModel on",
        ),
        ("Validation", "Model ID m with on-demand throughput isn’t supported.", "inference profile"),
        ("Validation", "The provided model identifier is invalid.", "Check --bedrock_model_id"),
        ("Validation", "The maximum tokens you requested exceeds the limit of 4096.", "max_output_tokens of"),
        (
            "Validation",
            "The model returned the following errors: `temperature` is deprecated for this model.",
            r"enrich.inference to \{temperature: null\}",
        ),
        (
            "Validation",
            'The model returned the following errors: tool_choice: type "tool" and "any" are not '
            "supported for this model.",
            r"enrich.inference to \{tool_choice: auto\}",
        ),
        (
            "Validation",
            "This model doesn't support the toolConfig.toolChoice.tool field.",
            r"\{tool_choice: auto\}",
        ),
        ("ResourceNotFound", "This model version has reached its end of life.", "Check --bedrock_model_id"),
        ("Throttling", "Too many tokens per day, please wait before trying again.", "Service Quotas"),
        ("ExpiredToken", "The security token included in the request is expired", "credentials"),
    ],
)
def test_what_a_retry_cannot_change_ends_the_run_at_once(code: str, message: str, advice: str) -> None:
    """One request, one line: the model, Bedrock's words, what to do."""

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        raise error(f"{code}Exception", message)

    model = FakeModel(reply)
    with pytest.raises(
        BedrockRefusedError, match=rf"{MODEL}.*{code}Exception: {message[:20]}.*{advice}"
    ) as caught:
        Run(model, FakeBucket(), texts(12))
    assert "\n" not in str(caught.value)
    assert len(model.requests) == 1


def test_the_first_error_stops_the_threads_that_wait_for_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is not held up by other requests' minutes of backoff."""
    monkeypatch.undo()  # the real policy: waits are real
    throttled = threading.Event()

    def reply(records: list[Record], request: Mapping[str, Any]) -> Any:
        if records[0]["text"] == "text 0":
            throttled.wait(60)
            raise error("AccessDeniedException", "no")
        throttled.set()
        raise error("ThrottlingException", "wait", 429)

    with pytest.raises(BedrockRefusedError):
        Run(FakeModel(reply), FakeBucket(), texts(8), in_flight=2)
