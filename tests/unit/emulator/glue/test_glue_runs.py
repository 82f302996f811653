"""A run from its request to its end, without a process."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from glue_app.aws.job_run_states import JobRunState
from glue_app.emulator.glue import jobs, runs
from glue_app.emulator.glue.exceptions import (
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    InvalidInputException,
)
from glue_app.emulator.glue.models import RUNS_KEPT, GlueStore, GlueStores, JobRun
from glue_app.emulator.service.scope import Scope

ACCOUNT, REGION = "000000000000", "us-east-1"


@pytest.fixture
def store() -> GlueStore:
    return GlueStore()


def create_job(store: GlueStore, **fields: Any) -> None:
    command = {"Name": "glueetl", "ScriptLocation": "s3://bucket/script.py"}
    defaults = {"Name": "job", "Role": "role", "Command": command, "GlueVersion": "4.0"}
    jobs.create_job(store, {**defaults, **fields})


def start(store: GlueStore, **fields: Any) -> JobRun:
    return runs.new_run(store, {"JobName": "job", **fields}, Scope(ACCOUNT, REGION))


def end(run: JobRun, state: JobRunState = JobRunState.SUCCEEDED, error: str | None = None) -> JobRun:
    assert runs.advance(run, JobRunState.RUNNING)
    assert runs.advance(run, state, error)
    return run


def test_an_unknown_job_is_refused_in_awss_words(store: GlueStore) -> None:
    with pytest.raises(EntityNotFoundException, match="Failed to start job run due to missing metadata"):
        start(store)


def test_one_run_too_many_is_refused_and_leaves_nothing_behind(store: GlueStore) -> None:
    create_job(store, ExecutionProperty={"MaxConcurrentRuns": 2})
    first, _ = start(store), start(store)
    with pytest.raises(ConcurrentRunsExceededException):
        start(store)
    assert len(store.runs) == 2
    end(first)
    start(store)


@pytest.mark.parametrize(
    "wrong",
    [
        {"WorkerType": "R.1X"},
        {"WorkerType": "Z.2X"},
        {"WorkerType": "banana"},
        {"NumberOfWorkers": 1},
        {"NumberOfWorkers": 300},
        {"MaxCapacity": 1.0},
        {"Timeout": 10081},
        {"WorkerType": "G.4X", "ExecutionClass": "FLEX"},
    ],
)
def test_a_run_with_what_its_version_does_not_have_is_refused(
    store: GlueStore, wrong: dict[str, Any]
) -> None:
    """StartJobRun's own fields are checked as those of CreateJob are; nothing is left behind."""
    create_job(store, GlueVersion="3.0", WorkerType="G.1X", NumberOfWorkers=2)
    with pytest.raises(InvalidInputException):
        start(store, **wrong)
    assert not store.runs


def test_a_run_may_ask_for_other_workers(store: GlueStore) -> None:
    create_job(store, WorkerType="G.1X", NumberOfWorkers=2)
    run = runs.as_dict(start(store, WorkerType="G.12X", NumberOfWorkers=3, Timeout=5))
    assert (run["WorkerType"], run["NumberOfWorkers"], run["MaxCapacity"], run["Timeout"]) == (
        "G.12X",
        3,
        36,
        5,
    )


def test_a_job_of_an_older_save_whose_version_has_ended_is_not_run(store: GlueStore) -> None:
    create_job(store)
    store.jobs["job"].definition["GlueVersion"] = "0.9"
    with pytest.raises(InvalidInputException, match="end of life"):
        start(store)
    assert not store.runs


def test_a_run_shows_its_own_arguments_and_its_script_gets_the_merged_ones(store: GlueStore) -> None:
    create_job(store, DefaultArguments={"--a": "1"})
    run = start(store, Arguments={"--b": "2"})
    assert runs.as_dict(run)["Arguments"] == {"--b": "2"}
    assert run.merged_arguments == {"--a": "1", "--b": "2"}
    assert "--a" not in repr(run)
    assert "--b" not in repr(run)


def test_a_run_keeps_what_the_job_was_when_it_started(store: GlueStore) -> None:
    create_job(store)
    run = start(store)
    command = {"Name": "glueetl", "ScriptLocation": "s3://bucket/other.py"}
    jobs.update_job(store, "job", {"Role": "other", "Command": command})
    assert (run.role, run.script) == ("role", "s3://bucket/script.py")


def test_retrying_an_earlier_run_takes_its_arguments_and_names_it(store: GlueStore) -> None:
    create_job(store)
    first = end(start(store, Arguments={"--a": "1"}), JobRunState.FAILED, "boom")
    second = start(store, JobRunId=first.id)
    assert (second.previous_run_id, second.attempt, second.arguments) == (first.id, 1, {"--a": "1"})
    with pytest.raises(EntityNotFoundException):
        start(store, JobRunId="jr_unknown")


def test_only_a_failed_run_is_retried_and_no_more_than_max_retries_times(store: GlueStore) -> None:
    create_job(store, MaxRetries=2)
    first = end(start(store), JobRunState.FAILED, "boom")
    second = runs.automatic_retry(store, first)
    assert second
    assert (second.id, second.previous_run_id, second.state) == (
        f"{first.id}_attempt_1", first.id, JobRunState.STARTING,
    )  # fmt: skip
    third = runs.automatic_retry(store, end(second, JobRunState.FAILED, "boom"))
    assert third
    assert third.id == f"{first.id}_attempt_2"
    assert runs.automatic_retry(store, end(third, JobRunState.FAILED, "boom")) is None
    for state in (JobRunState.TIMEOUT, JobRunState.STOPPED, JobRunState.SUCCEEDED):
        store.runs.clear()
        assert runs.automatic_retry(store, end(start(store), state)) is None


def test_a_finished_run_never_moves(store: GlueStore) -> None:
    create_job(store)
    run = end(start(store), JobRunState.STOPPED)
    completed = run.completed_on
    for state in JobRunState:
        assert not runs.advance(run, state, "late")
    assert (run.state, run.error_message, run.completed_on) == (JobRunState.STOPPED, None, completed)


def test_a_run_being_stopped_does_not_become_running_again(store: GlueStore) -> None:
    create_job(store)
    run = start(store)
    assert runs.advance(run, JobRunState.STOPPING)
    assert not runs.advance(run, JobRunState.RUNNING)
    assert runs.advance(run, JobRunState.STOPPED)


def test_a_run_of_another_job_is_not_found(store: GlueStore) -> None:
    create_job(store)
    create_job(store, Name="other")
    run = start(store)
    with pytest.raises(EntityNotFoundException):
        runs.find_run(store, "other", run.id)


def test_a_security_configuration_must_exist_and_names_the_log_group(store: GlueStore) -> None:
    from glue_app.emulator.glue import security_configurations

    create_job(store, Role="arn:aws:iam::000000000000:role/path/worker")
    with pytest.raises(EntityNotFoundException):
        start(store, SecurityConfiguration="none")
    security_configurations.create(store, "sec", {})
    run = start(store, SecurityConfiguration="sec")
    assert runs.as_dict(run)["LogGroupName"] == "/aws-glue/jobs-worker-sec"


def test_execution_time_counts_from_running(store: GlueStore) -> None:
    create_job(store)
    run = start(store)
    assert runs.execution_time(run) == 0
    assert "CompletedOn" not in runs.as_dict(run)
    end(run)
    assert runs.as_dict(run)["CompletedOn"] == run.completed_on


def test_old_runs_are_forgotten_active_ones_never(store: GlueStore) -> None:
    create_job(store, ExecutionProperty={"MaxConcurrentRuns": 1000})
    active = start(store)
    for _ in range(RUNS_KEPT + 5):
        end(start(store))
    start(store)
    assert active.id in store.runs
    assert sum(run.state.terminal for run in store.runs.values()) == RUNS_KEPT


def test_the_stores_survive_pickling() -> None:
    stores = GlueStores()
    store = stores.of(Scope(ACCOUNT, REGION))
    create_job(store)
    run = end(start(store), JobRunState.FAILED, "boom")
    again = GlueStores()
    again.bring_back(pickle.loads(pickle.dumps(stores.kept())))  # noqa: S301  (our own bytes)
    assert runs.as_dict(again.of(Scope(ACCOUNT, REGION)).runs[run.id]) == runs.as_dict(run)
    assert again.of(Scope(ACCOUNT, REGION)).jobs["job"] == store.jobs["job"]


def test_a_run_of_a_save_from_before_commands_were_kept_is_of_glueetl(store: GlueStore) -> None:
    create_job(store)
    run = start(store)
    del run.__dict__["command"]
    again: JobRun = pickle.loads(pickle.dumps(run))  # noqa: S301  (our own bytes)
    assert again.command == "glueetl"
