"""The dataset's lock as a run of the job sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline import lock
from pipeline.errors import BrokenObjectError, NotLockedError, StillWritingError
from pipeline.lock import OtherRuns
from pipeline.storage import Storage
from tests.support.fake_s3 import FakeS3

MINE = "arn:aws:states:us-east-1:000000000000:execution:glue-app-pipeline:mine"


@dataclass
class Glue:
    """Pages of job runs; those of ``ends_after`` have ended when they are asked for that often."""

    pages: list[list[dict[str, Any]]]
    ends_after: int = 1000
    asked: int = 0
    read: list[int] = field(default_factory=list)

    def get_paginator(self, operation: str) -> Glue:
        assert operation == "get_job_runs"
        return self

    def paginate(self, *, JobName: str) -> Any:  # noqa: N803
        assert JobName == "job"
        self.asked += 1
        for number, page in enumerate(self.pages):
            self.read.append(number)
            ended = self.asked > self.ends_after
            yield {"JobRuns": [run | ({"JobRunState": "STOPPED"} if ended else {}) for run in page]}


def run(
    name: str, state: str, dataset: str = "orders", step: str = "silver", days: float = 0
) -> dict[str, Any]:
    started = datetime.now(timezone.utc) - timedelta(days=days)
    arguments = {"--dataset": dataset, "--step": step}
    return {"Id": name, "JobRunState": state, "StartedOn": started, "Arguments": arguments}


def check(holder: str | None, runs: Glue | None = None, unlocked: bool = False, wait_s: float = 60) -> None:
    objects = (
        {} if holder is None else {("silver", "locks/orders.json"): json.dumps({"holder": holder}).encode()}
    )
    arguments: Any = SimpleNamespace(
        dataset="orders", silver_bucket="silver", execution_arn=MINE, unlocked=unlocked
    )
    others = OtherRuns(runs or Glue([[]]), "job", "jr_mine", wait_s, sleep=lambda _: None)
    lock.check(arguments, Storage(FakeS3(objects)), others)


@pytest.mark.parametrize("holder", [None, "none", MINE + "-not"])
def test_a_run_without_the_lock_does_not_begin(holder: str | None) -> None:
    """Nobody's, released, another's; the error says how to go on."""
    with pytest.raises(NotLockedError, match=r"lock of dataset orders is not this run's.*--unlocked true"):
        check(holder)
    check(holder, unlocked=True)


def test_the_holders_run_begins() -> None:
    """Beside runs of other datasets, and those that ended."""
    check(
        MINE,
        Glue([
            [
                run("jr_mine", "RUNNING"),
                run("jr_1", "RUNNING", dataset="tickets"),
                run("jr_3", "STOPPED"),
            ]
        ]),
    )  # fmt: skip


@pytest.mark.parametrize("body", [b"", b"  ", b"{", b"[]", b"null", b"\xff{}"])
def test_a_broken_lock_says_which_object_it_is_and_what_to_do(body: bytes) -> None:
    """Nothing that the job or the state machine writes: somebody's hand."""
    arguments: Any = SimpleNamespace(
        dataset="orders", silver_bucket="silver", execution_arn=MINE, unlocked=False
    )
    with pytest.raises(BrokenObjectError, match=r"^s3://silver/locks/orders.json is .*; delete it while no"):
        lock.check(arguments, Storage(FakeS3({("silver", "locks/orders.json"): body})))


@pytest.mark.parametrize("state", ["STARTING", "RUNNING", "STOPPING", "WAITING"])
@pytest.mark.parametrize("step", ["silver", "maintain", "gold"])
def test_a_run_of_a_stopped_execution_is_waited_for(state: str, step: str) -> None:
    """It had the lock when it began, and its end takes Glue a while.

    Also that of Gold: it would take back ``gold.json`` after this run has put it, and no load would follow.
    """
    glue = Glue([[run("jr_mine", "RUNNING")], [run("jr_old", state, step=step)]], ends_after=3)
    check(MINE, glue)
    assert glue.asked == 4
    with pytest.raises(StillWritingError, match="job run jr_old still works on dataset orders"):
        check(MINE, Glue(glue.pages), wait_s=-1)


def test_a_long_history_is_not_read_whole() -> None:
    """Runs of more than a week ago have ended: no run may be longer."""
    glue = Glue([[run("jr_1", "SUCCEEDED")], [run("jr_2", "SUCCEEDED", days=8)], [run("jr_3", "RUNNING")]])
    check(MINE, glue)
    assert glue.read == [0, 1]
