"""Following a run at the runner: every way it can end, without a runner."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from glue_app.aws.job_run_states import JobRunState
from glue_app.emulator.glue import events, execution, jobs, runs
from glue_app.emulator.glue.execution import Executions
from glue_app.emulator.glue.models import GlueStores, JobRun
from glue_app.emulator.glue.roles import RoleNotAssumableError
from glue_app.emulator.glue.runner_client import (
    RunLostError,
    RunnerRefusedError,
    RunnerRun,
    RunnerUnreachableError,
)
from glue_app.emulator.service.scope import Scope
from tests.support.polling import wait_for

ACCOUNT, REGION = "000000000000", "us-east-1"


class FakeRunner:
    """Answers GET with the given states one by one; an exception among them is raised."""

    def __init__(self, *answers: RunnerRun | Exception) -> None:
        self.answers = list(answers)
        self.started: list[dict[str, Any]] = []
        self.stopped: list[str] = []
        self.others: list[RunnerRun] = []

    def start(
        self,
        run_id: str,
        script: str,
        arguments: Any,
        environment: Any,
        timeout_seconds: float,
        glue_version: str | None,
    ) -> None:
        self.started.append(
            {
                "id": run_id,
                "arguments": arguments,
                "environment": environment,
                "timeout": timeout_seconds,
                "glue_version": glue_version,
            }
        )

    def get(self, run_id: str) -> RunnerRun:
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stop(self, run_id: str) -> RunnerRun:
        self.stopped.append(run_id)
        self.answers = [state("STOPPED")]
        return state("STOPPING")

    def all(self) -> list[RunnerRun]:
        return self.others

    def read_log(self, run_id: str, stream: str, offset: int) -> tuple[bytes, int]:
        return b"", offset

    def close(self) -> None:
        pass


def state(name: str, error: str | None = None) -> RunnerRun:
    return RunnerRun("jr", name, error)


Follow = Callable[..., tuple[JobRun, Executions]]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, JobRunState]]:
    ends: list[tuple[str, JobRunState]] = []
    monkeypatch.setattr(events, "publish", lambda run: ends.append((run.id, run.state)))
    monkeypatch.setattr(execution, "_POLL_SECONDS", 0.001)
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    monkeypatch.setattr(execution, "assume_role", lambda *_: dict.fromkeys(keys, "x"))
    monkeypatch.setattr(execution, "connect_to", lambda **_: SimpleNamespace(logs=None))
    return ends


@pytest.fixture
def follow(published: list[tuple[str, JobRunState]]) -> Follow:
    """follow(runner, **fields of CreateJob): starts a run of a job and hands it over."""

    def start(runner: FakeRunner, **fields: Any) -> tuple[JobRun, Executions]:
        stores = GlueStores()
        store = stores.of(Scope(ACCOUNT, REGION))
        command = {"Name": "glueetl", "ScriptLocation": "s3://bucket/script.py"}
        jobs.create_job(
            store, {"Name": "job", "Role": "role", "Command": command, "GlueVersion": "4.0", **fields}
        )
        run = runs.new_run(store, {"JobName": "job", "Timeout": 2}, Scope(ACCOUNT, REGION))
        executions = Executions(stores, lambda: runner, "http://endpoint", "4.0")  # type: ignore[arg-type, return-value]
        executions.start(run)
        return run, executions

    return start


@pytest.mark.parametrize(
    ("answers", "end", "message"),
    [
        ([state("STARTING"), state("RUNNING"), state("SUCCEEDED")], "SUCCEEDED", None),
        ([state("RUNNING"), state("FAILED", "ValueError: boom")], "FAILED", "ValueError: boom"),
        ([state("RUNNING"), state("TIMEOUT")], "TIMEOUT", "Job run timed out"),
        ([state("RUNNING"), RunLostError("jr")], "FAILED", "was restarted and lost run jr"),
        ([RunnerUnreachableError("u", "r"), state("SUCCEEDED")], "SUCCEEDED", None),
        ([RunnerRefusedError(500, "oops")], "FAILED", "the Glue runner answered 500: oops"),
    ],
)
def test_how_a_run_ends(
    follow: Follow,
    published: list[tuple[str, JobRunState]],
    answers: list[Any],
    end: str,
    message: str | None,
) -> None:
    runner = FakeRunner(*answers)
    run, executions = follow(runner)
    wait_for("the run's end", lambda: published)
    assert published == [(run.id, JobRunState(end))]
    assert (run.error_message or "").endswith(message or "")
    assert (run.error_message is None) == (message is None)
    assert not executions.stop(run)  # it has ended
    (started,) = runner.started
    assert started["timeout"] == 120
    assert started["glue_version"] == "4.0"
    assert started["environment"]["AWS_ENDPOINT_URL"] == "http://endpoint"
    assert started["arguments"]["--JOB_RUN_ID"] == run.id


@pytest.mark.parametrize(
    ("asked_for", "message"),
    [
        ("5.0", "make up GLUE_VERSION=5.0"),
        ("3.0", "Glue 3.0 needs Spark 3.1.1, Python 3.7 and Java 8, which glue-app does not have; set"),
        ("5.1", "Glue 5.1 needs Spark 3.5.6, Python 3.11 and Java 17, which glue-app does not have; set"),
        ("6.0", "Glue 6.0, what a job gets that names no GlueVersion, needs Spark 4.1.1, Python 3.13 and"),
        (None, "Glue 6.0, what a job gets that names no GlueVersion, needs Spark 4.1.1, Python 3.13 and"),
    ],
)
def test_a_job_of_another_glue_version_never_gets_the_wrong_spark(
    follow: Follow, published: list[tuple[str, JobRunState]], asked_for: str | None, message: str
) -> None:
    """It fails at once, and says how to get that version, or what it needs and what to name instead."""
    runner = FakeRunner(state("SUCCEEDED"))
    run, _ = follow(runner, GlueVersion=asked_for)
    wait_for("the run's end", lambda: published)
    said = f"this stack runs Glue 4.0 jobs; the job asks for {asked_for or '6.0'}: {message}"
    assert (run.state, runner.started) == (JobRunState.FAILED, [])
    assert (run.error_message or "").startswith(said)
    if asked_for != "5.0":
        assert (run.error_message or "").endswith("; set the job's GlueVersion to 4.0 or 5.0")


def test_a_python_shell_job_runs_whatever_version_it_names(
    follow: Follow, published: list[tuple[str, JobRunState]]
) -> None:
    """GlueVersion means nothing to it: https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html"""
    runner = FakeRunner(state("SUCCEEDED"))
    command = {"Name": "pythonshell", "ScriptLocation": "s3://bucket/script.py"}
    run, _ = follow(runner, GlueVersion="3.0", Command=command)
    wait_for("the run's end", lambda: published)
    assert (run.state, [started["glue_version"] for started in runner.started]) == (
        JobRunState.SUCCEEDED, [None],
    )  # fmt: skip


def test_a_ray_job_fails_and_says_that_there_is_no_ray(published: list[tuple[str, JobRunState]]) -> None:
    runner, stores = FakeRunner(state("SUCCEEDED")), GlueStores()
    store = stores.of(Scope(ACCOUNT, REGION))
    command = {"Name": "glueray", "ScriptLocation": "s3://bucket/script.py", "Runtime": "Ray2.4"}
    fields = {"GlueVersion": "4.0", "WorkerType": "Z.2X", "NumberOfWorkers": 2}
    jobs.create_job(store, {"Name": "ray", "Role": "role", "Command": command, **fields})
    run = runs.new_run(store, {"JobName": "ray"}, Scope(ACCOUNT, REGION))
    assert "Timeout" not in runs.as_dict(run)
    Executions(stores, lambda: runner, "http://endpoint", "4.0").start(run)  # type: ignore[arg-type, return-value]
    wait_for("the run's end", lambda: published)
    assert (run.state, runner.started) == (JobRunState.FAILED, [])
    assert run.error_message == "glue-app has no Ray: a glueray job runs on AWS only"


def test_stopping_is_passed_on_and_ends_without_an_error(
    follow: Follow, published: list[tuple[str, JobRunState]]
) -> None:
    runner = FakeRunner(state("RUNNING"))
    run, executions = follow(runner)
    wait_for("the run to be RUNNING", lambda: run.state is JobRunState.RUNNING)
    assert executions.stop(run)
    wait_for("the run's end", lambda: published)
    assert (run.state, run.error_message, runner.stopped) == (JobRunState.STOPPED, None, [run.id])


def test_a_role_that_cannot_be_assumed_starts_nothing(
    follow: Follow, published: list[tuple[str, JobRunState]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> dict[str, str]:
        raise RoleNotAssumableError("arn")

    monkeypatch.setattr(execution, "assume_role", refuse)
    runner = FakeRunner()
    run, _ = follow(runner)
    wait_for("the run's end", lambda: published)
    assert run.error_message == "Role arn should be given assume role permissions for Glue Service."
    assert runner.started == []


def test_a_connection_that_is_gone_starts_nothing(
    follow: Follow, published: list[tuple[str, JobRunState]]
) -> None:
    runner = FakeRunner()
    run, _ = follow(runner, Connections={"Connections": ["gone"]})
    wait_for("the run's end", lambda: published)
    assert (run.state, run.error_message) == (JobRunState.FAILED, "Connection gone not found.")
    assert runner.started == []


def test_a_failed_run_is_followed_by_its_retry(
    follow: Follow, published: list[tuple[str, JobRunState]]
) -> None:
    runner = FakeRunner(state("FAILED", "boom"), state("SUCCEEDED"))
    run, _ = follow(runner, MaxRetries=1)
    wait_for("both ends", lambda: len(published) == 2)
    assert published == [(run.id, JobRunState.FAILED), (f"{run.id}_attempt_1", JobRunState.SUCCEEDED)]


def test_runs_of_an_earlier_life_are_stopped_at_start() -> None:
    runner = FakeRunner()
    runner.others = [RunnerRun("old", "RUNNING", None), RunnerRun("done", "SUCCEEDED", None)]
    executions = Executions(GlueStores(), lambda: runner, "http://endpoint", "4.0")  # type: ignore[arg-type, return-value]
    executions.stop_strangers()
    assert runner.stopped == ["old"]
