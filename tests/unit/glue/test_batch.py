"""A run over all that waits of a dataset: order, failures, kills, what is left. Spark is left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast
from unittest.mock import MagicMock

import pytest
from py4j.protocol import Py4JJavaError

from pipeline import batch, silver
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.enrichment.errors import (
    BedrockUnavailableError,
    CostLimitError,
    EnrichmentUnfinishedError,
    LeftForNextRunError,
    OutOfTimeError,
    RunSpentError,
)
from pipeline.errors import (
    HeaderError,
    ObjectMissingError,
    ObjectRefusedError,
    RowAccountingError,
    UploadsFailedError,
)
from pipeline.report import RunReport
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts, Storage
from pipeline.waiting import MOST_ATTEMPTS, Upload, Waiting
from tests.support.fake_s3 import MODIFIED, FakeS3

_TEXT = """
title: Orders
columns: [{name: id, type: string, required: true}, {name: n, type: integer, required: true}]
record_key: [id]
"""
CONTRACT = load_contract(_TEXT, "orders.yaml")
CHANGED = load_contract(_TEXT.replace("[id]", "[id]\nquality: {max_quarantined_ratio: 0.5}"), "orders.yaml")
SEQUENCED = load_contract(_TEXT + "sequence_by: n\n", "orders.yaml")
GOLD = "pending/orders/gold.json"


class Killed(BaseException):
    """The process is gone."""


class SparkError(Py4JJavaError):
    """As pyspark's, with a text only."""

    def __init__(self, text: str) -> None:
        Exception.__init__(self, text)
        self.desc, self.java_exception = text, None

    def __str__(self) -> str:
        return str(self.desc)


def bedrock_is_away() -> Exception:
    return BedrockUnavailableError("m", "throttled", "")


@dataclass
class Queue:
    """A dataset's queue, and runs over it; ``faults``: name → what processing it raises."""

    monkeypatch: pytest.MonkeyPatch
    s3: FakeS3 = field(default_factory=FakeS3)
    contract: Contract = CONTRACT
    minutes: dict[str, int] = field(default_factory=dict)
    faults: dict[str, Callable[[], BaseException]] = field(default_factory=dict)
    refused: dict[str, Callable[[], Exception]] = field(default_factory=dict)
    processed: list[str] = field(default_factory=list)
    superseded: set[str] = field(default_factory=set)
    dies_at: int | None = None
    runs: int = 0

    def put(self, name: str, minutes: int = 0, source: str = "", **more: Any) -> None:
        self.minutes[source or name] = minutes
        told = {
            "pipeline": "glue-app",
            "execution_arn": f"arn:{name}",
            "started_at": "2026-01-01T00:00:00Z",
            "source": {
                "bucket": "bronze",
                "key": f"bronze/orders/{source or name}",
                "version_id": "v",
                "size": 1,
            },
        }
        self.s3.objects["silver", f"pending/orders/uploads/{name}.json"] = json.dumps(told | more).encode()

    def run(self, seconds: float = 3600, clock: Callable[[], float] | None = None) -> bool:
        """Whether Spark was needed."""
        self.runs += 1
        self.monkeypatch.setattr(silver, "run", self._process)
        if clock is not None:
            self.monkeypatch.setattr("pipeline.batch.time.monotonic", clock)
        waiting = Waiting(Storage(self.s3), "silver", "orders", f"jr_{self.runs}")
        work = batch.work(waiting, self.contract, self._job, seconds)
        if work is None:
            return False
        work(MagicMock())
        return True

    def _job(self, upload: Upload) -> silver.SilverJob:
        name = upload.source.key.rpartition("/")[2]
        if name in self.refused:
            raise self.refused[name]()
        at = MODIFIED + timedelta(minutes=self.minutes[name])
        return silver.SilverJob(
            contract=self.contract, source=upload.source, facts=SourceFacts(1, at), body=cast(Any, None),
            bucket="silver", lake="", job_run_id=f"jr_{self.runs}", started_at=at, force=upload.force,
            sequencer=upload.sequencer,
        )  # fmt: skip

    def _process(self, spark: Any, job: silver.SilverJob, storage: Storage) -> RunReport:
        name = job.source.key.rpartition("/")[2]
        if self.dies_at == len(self.processed):
            self.processed.append(name)
            raise Killed
        self.processed.append(name)
        if name in self.faults:
            raise self.faults[name]()
        reasons = {"superseded": 1} if name in self.superseded else {}
        lasting = {
            "rows": {"read": 1},
            "quarantine_reasons": reasons,
            "silver": {"changed": True},
            "encoding": "utf-8",
        }
        silver.marker.write(storage, job, lasting)
        return RunReport("silver", "orders", job.source, job.job_run_id, lasting)

    def waiting(self, what: str = "") -> list[str]:
        return sorted(key for _, key in self.s3.objects if key.startswith(f"pending/orders/{what}"))

    def failure(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(
            self.s3.objects["silver", f"pending/orders/failures/{name}.json"]
        )
        return found

    def attempts(self, name: str) -> int:
        return int(
            json.loads(self.s3.objects["silver", f"pending/orders/uploads/{name}.json"]).get("attempts", 0)
        )


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    return Queue(monkeypatch)


class KilledAtAWrite(FakeS3):
    """Its process is gone before the write of that number, or right after it."""

    left: float = float("inf")
    after: bool = False

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def put_object(self, **call: Any) -> dict[str, Any]:
        if not self.after:
            self._count()
        super().put_object(**call)
        if self.after:
            self._count()
        return {}

    def delete_object(self, **call: Any) -> dict[str, Any]:
        if not self.after:
            self._count()
        super().delete_object(**call)
        if self.after:
            self._count()
        return {}


def header() -> Exception:
    return HeaderError("s3://bronze/k", ["it lacks id"])


def test_all_that_waits_is_processed_in_its_order(queue: Queue) -> None:
    """By position, not by name; nothing waits afterwards but Gold."""
    for name, minutes in (("a", 3), ("b", 1), ("c", 2)):
        queue.put(name, minutes)
    assert queue.run()
    assert queue.processed == ["b", "c", "a"]
    assert queue.waiting() == [GOLD]


def test_what_is_done_costs_no_spark_and_no_gold(queue: Queue) -> None:
    """The event came again: a report, no more. After a change of the contract Gold is due."""
    queue.put("a")
    assert queue.run()
    Waiting(Storage(queue.s3), "silver", "orders", "jr").loaded(CONTRACT)
    assert queue.waiting() == []
    queue.put("again", source="a")
    assert not queue.run()
    assert queue.waiting() == []
    assert any(key.startswith("runs/orders/jr_2/silver/") for _, key in queue.s3.objects)
    queue.s3.objects["silver", "loads/orders.json"] = b'{"contract_digest": "another"}'
    queue.put("again", source="a")
    assert not queue.run()
    assert queue.waiting() == [GOLD]
    queue.put("forced", source="a", force=True)
    assert queue.run()
    assert queue.processed == ["a", "a"]


def test_one_upload_that_waits_twice_is_processed_once(queue: Queue) -> None:
    queue.put("first", source="a")
    queue.put("second", source="a")
    assert queue.run()
    assert queue.processed == ["a"]
    assert queue.waiting("uploads/") == []


def test_a_bad_file_does_not_stop_the_others(queue: Queue) -> None:
    """Its failure is left to be told of, with all that the message says; the run goes well."""
    for number, name in enumerate(("a", "b", "c")):
        queue.put(name, number)
    queue.faults["b"] = header
    queue.refused["c"] = lambda: ObjectMissingError("s3://bronze/c", "upload it again")
    assert queue.run()
    assert queue.processed == ["a", "b"]
    assert queue.waiting() == [f"pending/orders/failures/{name}.json" for name in "bc"] + [GOLD]
    assert queue.failure("b") == {
        "pipeline": "glue-app",
        "execution_arn": "arn:b",
        "started_at": "2026-01-01T00:00:00Z",
        "source": {"bucket": "bronze", "key": "bronze/orders/b", "version_id": "v", "size": 1},
        "error": "SilverFailed",
        "cause": "Glue job run jr_1 FAILED: HeaderError: the header of s3://bronze/k does not fit the"
        " contract: it lacks id",
    }
    assert "ObjectMissingError: s3://bronze/c is not there" in queue.failure("c")["cause"]


def test_an_error_of_the_file_on_an_executor_is_the_files(queue: Queue) -> None:
    queue.put("a")
    queue.put("b", 1)
    queue.faults["a"] = lambda: SparkError("HeaderError: the header of s3://bronze/a does not fit")
    assert queue.run()
    assert queue.processed == ["a", "b"]


def test_a_run_that_nothing_went_through_fails_and_asks_for_no_gold(queue: Queue) -> None:
    """With the error of the one, or the number and the first."""
    queue.put("a")
    queue.faults |= {"a": header, "b": header}
    with pytest.raises(HeaderError):
        queue.run()
    assert queue.waiting() == ["pending/orders/failures/a.json"]
    queue.put("a")
    queue.put("b")
    with pytest.raises(UploadsFailedError, match=r"2 uploads failed.* HeaderError: the header of"):
        queue.run()
    assert GOLD not in queue.waiting()
    queue.s3.objects["silver", GOLD] = b"{}"
    queue.put("a")
    with pytest.raises(HeaderError):
        queue.run()
    assert GOLD in queue.waiting()  # of an earlier run whose load failed


def test_an_upload_that_fails_after_it_was_written_leaves_gold_due(queue: Queue) -> None:
    """Its rows are in Silver, though they don't add up."""
    queue.put("a")
    queue.faults["a"] = lambda: RowAccountingError("s3://a", 2, {"silver": 1, "aside": 0, "quarantined": 0})
    with pytest.raises(RowAccountingError):
        queue.run()
    assert GOLD in queue.waiting()


def test_what_is_not_the_uploads_fault_ends_the_run_and_leaves_it_waiting(queue: Queue) -> None:
    """However often: Bedrock may be away for days."""
    queue.put("a")
    queue.put("b", 1)
    queue.faults["a"] = bedrock_is_away
    for _ in range(MOST_ATTEMPTS + 2):
        with pytest.raises(BedrockUnavailableError):
            queue.run()
    assert queue.waiting("uploads/") == [f"pending/orders/uploads/{name}.json" for name in "ab"]
    assert "b" not in queue.processed
    queue.faults.clear()
    assert queue.run()
    assert queue.waiting() == [GOLD]


LEFT = [
    lambda: EnrichmentUnfinishedError(1, 2, 3.0, 4.0),
    lambda: OutOfTimeError(2, 0, 0.0),
    lambda: RunSpentError("calls", 10, 8, 5),
]


@pytest.mark.parametrize("left", LEFT)
def test_what_earlier_uploads_left_no_time_or_money_for_is_left_to_the_next_run(
    queue: Queue, left: Callable[[], Exception]
) -> None:
    """The run ends well, so that Gold is loaded and the next one starts, which begins with that upload."""
    for number, name in enumerate(("a", "b", "c")):
        queue.put(name, number)
    queue.faults["b"] = left
    assert queue.run()
    assert queue.processed == ["a", "b"]
    assert queue.waiting() == [GOLD, *[f"pending/orders/uploads/{name}.json" for name in "bc"]]
    assert queue.attempts("b") == 0
    with pytest.raises(LeftForNextRunError):  # alone it had all there is: no run goes well for ever
        queue.run()


def test_an_upload_that_costs_more_than_a_run_may_is_put_beside(queue: Queue) -> None:
    """It would at each run: those behind it go on."""
    queue.put("a")
    queue.put("b", 1)
    queue.faults["a"] = lambda: CostLimitError("calls", 10, "the 300 texts need about 15 calls")
    assert queue.run()
    assert queue.processed == ["a", "b"]
    assert "CostLimitError: max_calls is 10 a run" in queue.failure("a")["cause"]


@pytest.mark.parametrize(
    "fault",
    [Killed, lambda: SparkError("SparkException: Job aborted due to stage failure"), lambda: OSError("x")],
)
def test_an_upload_that_ends_its_runs_is_put_beside_in_the_end(
    queue: Queue, fault: Callable[[], BaseException]
) -> None:
    """Out of memory, out of time: those behind it go on after three."""
    queue.put("a")
    queue.put("b", 1)
    queue.faults["a"] = fault
    for attempt in range(1, MOST_ATTEMPTS + 1):
        with pytest.raises((Killed, Py4JJavaError, OSError)):
            queue.run()
        assert queue.attempts("a") == attempt
    assert queue.run()
    assert queue.processed == ["a"] * MOST_ATTEMPTS + ["b"]
    assert "RunsDiedError: 3 runs ended while they worked on" in queue.failure("a")["cause"]


def test_an_object_that_s3_refuses_does_not_block_the_queue_for_good(queue: Queue) -> None:
    """As one under a key that the job may not use."""
    queue.put("a")
    queue.put("b")
    queue.refused["a"] = lambda: ObjectRefusedError("s3://bronze/a", "AccessDenied", "no")
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(ObjectRefusedError):
            queue.run()
    with pytest.raises(ObjectRefusedError):
        queue.run()
    assert "RunsDiedError" in queue.failure("a")["cause"]
    assert queue.run()
    assert queue.processed == ["b"]


@pytest.mark.parametrize("after", [False, True])
def test_killed_before_or_after_any_write_the_next_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """A run over three uploads, one of them bad, dies at each of its writes to S3 in turn.

    Whatever was in Silver by then stays due for Gold; what the next run finds ends as it would have: each
    good one processed, in order, the bad one told of, nothing waiting.
    """
    deaths = 0
    for number in range(1, 100):
        s3 = KilledAtAWrite()
        queue = Queue(monkeypatch, s3)
        for minutes, name in enumerate("abc"):
            queue.put(name, minutes)
        queue.faults["b"] = header
        s3.left, s3.after = number, after
        with suppress(Killed):
            queue.run()
        died = s3.left == 0
        s3.left = float("inf")
        in_silver = [name for name in queue.processed if name != "b"]
        assert not in_silver or GOLD in queue.waiting(), number
        queue.run()
        assert queue.waiting() == ["pending/orders/failures/b.json", GOLD], number
        assert list(dict.fromkeys(queue.processed)) == ["a", "b", "c"], number
        assert len(queue.processed) <= 4, number
        if not died:
            break
        deaths += 1
    assert deaths == 10


def test_what_can_not_be_read_is_no_upload(queue: Queue) -> None:
    for name, text in (
        ("a", b""),
        ("b", b"{}"),
        ("c", b"[]"),
        ("d", b'{"source": {"bucket": "x"}}'),
        ("f", b"\xff"),
        ("g", b'{"source": "x"}'),
    ):
        queue.s3.objects["silver", f"pending/orders/uploads/{name}.json"] = text
    queue.put("e", sequencer="none")
    assert queue.run()
    assert queue.waiting("uploads/") == []
    for name in "abcdfg":
        cause = queue.failure(name)["cause"]
        assert f"s3://silver/pending/orders/uploads/{name}.json" in cause
        assert "upload the file again" in cause
    assert set(queue.failure("a")) == {"source", "execution_arn", "started_at", "error", "cause"}


def test_a_run_begins_no_upload_when_its_time_is_up(queue: Queue) -> None:
    """The first always: it has the whole of the job's timeout."""
    for number, name in enumerate(("a", "b", "c")):
        queue.put(name, number)
    times = iter(range(0, 10_000, 40))
    assert queue.run(seconds=50, clock=lambda: next(times))
    assert queue.processed == ["a", "b"]
    assert queue.waiting() == [GOLD, "pending/orders/uploads/c.json"]


def test_an_order_needs_the_uploads_own_time_and_key(queue: Queue) -> None:
    """Two of a second: by key, as `position` has it."""
    for name in ("z", "y"):
        queue.put(name)
    assert queue.run()
    assert queue.processed == ["y", "z"]
    assert SourceObject("bronze", "bronze/orders/y", "v").digest in "".join(
        key for _, key in queue.s3.objects
    )


# ---------------------------------------------------------------- what was there before (uploads.redelivery)
def put_all(queue: Queue, suffix: str = "", names: str = "abc") -> None:
    for name in names:
        queue.put(f"{name}{suffix}", "bca".index(name), source=name)


def test_what_comes_again_is_taken_the_latest_first_and_what_is_new_after_it(queue: Queue) -> None:
    """So that no row of a later upload, refused by now, hides one of an earlier upload."""
    put_all(queue)
    assert queue.run()
    assert queue.processed == ["b", "c", "a"]
    queue.contract = CHANGED
    put_all(queue, " again")
    queue.put("e", 9)
    queue.put("d", 8)
    assert queue.run()
    assert queue.processed[3:] == ["a", "c", "b", "d", "e"]


def test_where_a_column_says_which_state_is_later_what_was_superseded_comes_once_more(queue: Queue) -> None:
    """When all others have come; what is new never does."""
    queue.superseded = {"a", "b"}
    queue.contract = CONTRACT
    put_all(queue)
    assert queue.run()
    assert queue.processed == ["b", "c", "a"]
    queue.contract = SEQUENCED
    put_all(queue, " again")
    assert queue.run()
    assert queue.processed[3:] == ["a", "c", "b", "a", "b"]
    assert queue.waiting() == [GOLD]


@pytest.mark.parametrize("dies_at", range(5))
def test_killed_anywhere_what_has_to_come_once_more_still_does(queue: Queue, dies_at: int) -> None:
    """Each has come, under the contract of now, before the first comes once more."""
    queue.superseded = {"a", "b"}
    put_all(queue)
    assert queue.run()
    queue.contract, queue.processed = SEQUENCED, []
    put_all(queue, " again")
    queue.dies_at = dies_at
    with pytest.raises(Killed):
        queue.run()
    queue.dies_at = None
    assert queue.run()
    first = [min(i for i, one in enumerate(queue.processed) if one == name) for name in "abc"]
    last = [max(i for i, one in enumerate(queue.processed) if one == name) for name in "ab"]
    assert min(last) > max(first)
    assert queue.waiting() == [GOLD]
    assert len(queue.processed) <= 6


@pytest.mark.parametrize("folder", ["", "uploads/", "failures/", "uploads/mine/"])
def test_an_empty_folder_is_no_work(queue: Queue, folder: str) -> None:
    """The console's "Create folder": it would count as waiting for ever."""
    queue.s3.objects["silver", f"pending/orders/{folder}"] = b""
    queue.put("a")
    assert queue.run()
    assert queue.waiting() == [GOLD]
    assert queue.processed == ["a"]


@pytest.mark.parametrize(
    ("stray", "name"),
    [
        ("notes.txt", "notes.txt"),
        ("gold.json.bak", "gold.json.bak"),
        ("uploads", "uploads"),
        ("failures/mine/a.json", "failures-mine-a.json"),
        ("uploads/mine/a.json", "uploads-mine-a.json"),
        ("failures/", "failures"),
        ("/", "nameless"),
    ],
)
def test_a_stray_is_taken_out_of_the_queue_and_told_of(queue: Queue, stray: str, name: str) -> None:
    """Whatever its name, its failure has one that the state machine makes a note of."""
    queue.s3.objects["silver", f"pending/orders/{stray}"] = b"mine"
    assert not queue.run()
    assert queue.waiting() == [f"pending/orders/failures/{name}"]
    told = json.loads(queue.s3.objects["silver", f"pending/orders/failures/{name}"])
    assert f"s3://silver/pending/orders/{stray} is nothing that may wait here" in told["cause"]


def test_what_waits_to_be_told_of_is_no_stray(queue: Queue) -> None:
    """Neither a failure nor that Gold is due."""
    kept = [GOLD, "pending/orders/failures/a.json"]
    queue.s3.objects |= {("silver", key): b"{}" for key in kept}
    assert not queue.run()
    assert sorted(queue.waiting()) == sorted(kept)
