"""The patch glue_sync_task: a task that stops waiting stops the run it waited for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from glue_app.emulator.host.patches import glue_sync_task
from glue_app.emulator.host.patches.glue_sync_task import Task
from glue_app.emulator.host.patches.patch import original

STARTED = {"JobName": "job", "JobRunId": "jr_1"}


@pytest.fixture
def glue() -> Mock:
    return Mock()


def wait(build: Any, eval_sync: Any, glue: Mock, running: list[bool]) -> Any:
    """A `.sync` task whose execution goes on for as long as `running` says."""
    task = object.__new__(Task)
    task._get_glue_client = lambda **_: glue
    env = SimpleNamespace(stack=[dict(STARTED)], is_running=lambda: running.pop(0) if running else False)
    resolver = build(task, env, Mock(), {}, Mock())
    return eval_sync(
        task,
        env=env,
        sync_resolver=resolver,
        timeout_seconds=10,
        callback_endpoint=None,
        heartbeat_endpoint=None,
    )


def test_localstack_still_leaves_the_run_going(glue: Mock) -> None:
    outcome = wait(original(Task, "_sync_to_start_job_run"), original(Task, "_eval_sync"), glue, [])

    assert outcome is None
    glue.batch_stop_job_run.assert_not_called()


def test_the_run_of_a_stopped_execution_is_stopped(glue: Mock) -> None:
    """Also of a task that timed out: to the task both look the same."""
    glue_sync_task.apply()
    glue.get_job_run.return_value = {"JobRun": {"JobRunState": "RUNNING"}}

    assert wait(Task._sync_to_start_job_run, Task._eval_sync, glue, [True]) is None

    glue.batch_stop_job_run.assert_called_once_with(JobName="job", JobRunIds=["jr_1"])


def test_a_run_that_ended_is_left_alone(glue: Mock) -> None:
    glue_sync_task.apply()
    glue.get_job_run.return_value = {"JobRun": {"JobRunState": "SUCCEEDED"}}

    run = wait(Task._sync_to_start_job_run, Task._eval_sync, glue, [True, True])

    assert run["JobRunState"] == "SUCCEEDED"
    glue.batch_stop_job_run.assert_not_called()


def test_a_run_that_cannot_be_stopped_does_not_break_the_execution(glue: Mock) -> None:
    """Stopping is best effort, as on AWS."""
    glue_sync_task.apply()
    glue.batch_stop_job_run.side_effect = PermissionError("AccessDenied")

    assert wait(Task._sync_to_start_job_run, Task._eval_sync, glue, []) is None
