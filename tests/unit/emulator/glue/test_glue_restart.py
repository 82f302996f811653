"""Job runs and jobs after a restart."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from glue_app.aws.job_run_states import JobRunState
from glue_app.emulator.glue import runs
from glue_app.emulator.glue.execution import Executions
from glue_app.emulator.glue.models import Capacity, GlueStore, GlueStores, JobRun
from glue_app.emulator.glue.runner_client import RunnerClient, RunnerUnreachableError
from glue_app.emulator.service.scope import Scope


def a_run(state: JobRunState, name: str = "jr_1") -> JobRun:
    return JobRun(
        id=name, job_name="job", account_id="0", region="us-east-1", role="role", script="s3://b/s.py",
        arguments={}, merged_arguments={}, capacity=Capacity(2.0), timeout=10, glue_version="4.0",
        execution_class=None, state=state, max_retries=3,
    )  # fmt: skip


@pytest.mark.parametrize("state", [s for s in JobRunState if not s.terminal])
def test_a_run_that_was_going_on_has_failed_and_says_why(state: JobRunState) -> None:
    """Without a retry: nobody asked for one in this life."""
    run = a_run(state)
    store = GlueStore(runs={run.id: run})

    runs.end_with_the_stack(store)

    assert run.state is JobRunState.FAILED
    assert run.error_message == "The stack stopped while this run was going on"
    assert run.completed_on
    assert list(store.runs) == [run.id]


@pytest.mark.parametrize("state", [s for s in JobRunState if s.terminal])
def test_a_run_that_had_ended_stays_as_it_was(state: JobRunState) -> None:
    run = a_run(state)

    runs.end_with_the_stack(GlueStore(runs={run.id: run}))

    assert run.state is state
    assert run.error_message is None


def test_the_fingerprint_differs_when_a_run_goes_on() -> None:
    stores = GlueStores()
    stores.of(Scope("0", "us-east-1")).add_run(run := a_run(JobRunState.STARTING))
    before = stores.fingerprint()

    runs.advance(run, JobRunState.RUNNING)

    assert stores.fingerprint() != before


class LateRunner:
    """Doesn't answer at first: it is started together with the emulator."""

    def __init__(self, refusals: int) -> None:
        self.refusals, self.asked, self.warm = refusals, 0, threading.Event()

    def keep_warm(self, *_: Any) -> None:
        self.asked += 1
        if self.asked <= self.refusals:
            raise RunnerUnreachableError("http://127.0.0.1:1", "refused")
        self.warm.set()

    def close(self) -> None:
        pass


def test_the_hint_waits_for_a_runner_that_is_being_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glue_app.emulator.glue.execution._HINT_AGAIN_S", 0.001)
    runner = LateRunner(refusals=3)

    Executions(GlueStores(), lambda: cast(RunnerClient, runner), "http://x", "4.0").expect(
        {}, "us-east-1", 30.0
    )

    assert runner.warm.wait(60)


def test_without_patience_it_asks_once() -> None:
    runner = LateRunner(refusals=1)
    asked = threading.Event()
    runner.close = asked.set  # type: ignore[method-assign]

    Executions(GlueStores(), lambda: cast(RunnerClient, runner), "http://x", "4.0").expect({}, "us-east-1")

    assert asked.wait(60)
    for thread in threading.enumerate():
        if thread.name == "glue-hint":
            thread.join(60)
    assert runner.asked == 1
