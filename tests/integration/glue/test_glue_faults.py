"""Killed runners, timeouts, restarts: no run stays RUNNING for ever, no process outlives its run."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from tests.integration.local_stack import LocalStack
from tests.support.polling import wait_for

MakeJob = Callable[..., Any]


def test_a_killed_runner_takes_its_jobs_along_and_their_runs_fail_when_it_is_back(
    stack: LocalStack, make_job: MakeJob
) -> None:
    job = make_job("import os, time\nprint(os.getpid())\ntime.sleep(600)\n")
    run_id = job.start()
    pid = int(wait_for("the job's process id", lambda: job.log(run_id)))
    stack.runner.kill()
    wait_for("the job's process to die with the runner", lambda: not stack.runner.runs(pid))
    stack.runner.start()
    run = job.wait(run_id)
    assert run["JobRunState"] == "FAILED"
    assert "the Glue runner was restarted and lost run" in run["ErrorMessage"]
    assert job.wait(job.start(), "RUNNING")["JobRunState"] == "RUNNING"  # the next run is fine


def test_processes_the_script_left_behind_end_with_the_run(stack: LocalStack, make_job: MakeJob) -> None:
    job = make_job("import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid)\n")
    run = job.wait(job.start())
    assert run["JobRunState"] == "SUCCEEDED"
    pid = int(job.log(run["Id"]))
    assert not stack.runner.runs(pid)
    assert pid != os.getpid()
