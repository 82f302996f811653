"""Job runs through the API: a real process, its states, its logs, its errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local_stack import GLUE_VERSION
from tests.support.polling import wait_for

MakeJob = Callable[..., Any]


def test_a_script_runs_with_merged_arguments_and_its_output_is_in_the_logs(make_job: MakeJob) -> None:
    job = make_job(
        """
        import sys
        from awsglue.utils import getResolvedOptions
        print(sorted(getResolvedOptions(sys.argv, ["JOB_NAME", "a", "b", "c"]).items()))
        print("to the error log", file=sys.stderr)
        """,
        DefaultArguments={"--a": "default", "--b": "default", "--c": "default"},
        NonOverridableArguments={"--c": "fixed"},
    )
    run_id = job.start(Arguments={"--b": "run", "--c": "run"})
    run = job.wait(run_id)
    assert run["JobRunState"] == "SUCCEEDED"
    assert run["Arguments"] == {"--b": "run", "--c": "run"}
    output = job.log(run_id)
    assert "('JOB_NAME', '" + job.name in output
    assert "('a', 'default'), ('b', 'run'), ('c', 'fixed')" in output
    assert job.log(run_id, "error") == "to the error log"


def test_a_script_that_raises_fails_with_its_own_message_and_traceback(make_job: MakeJob) -> None:
    job = make_job("def load():\n    raise ValueError('boom')\n\nload()\n")
    run = job.wait(job.start())
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "ValueError: boom")
    trace = job.log(run["Id"], "error")
    assert f'{job.name}.py", line 4, in <module>' in trace
    assert "glue_runner" not in trace


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os; os._exit(7)", "Command failed with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Command failed with exit code 137"),
        ("def f(:\n", "SyntaxError"),
    ],
)
def test_every_way_to_end_badly_is_a_failed_run(make_job: MakeJob, script: str, message: str) -> None:
    job = make_job(script)
    run = job.wait(job.start())
    assert run["JobRunState"] == "FAILED"
    assert message in run["ErrorMessage"]


def test_logs_are_visible_while_the_job_runs_and_stop_ends_it(make_job: MakeJob) -> None:
    job = make_job("import time\nprint('alive')\ntime.sleep(600)\n")
    run_id = job.start()
    wait_for("the first line of the log", lambda: "alive" in job.log(run_id))
    assert job.run(run_id)["JobRunState"] == "RUNNING"
    answer = job.client("glue").batch_stop_job_run(JobName=job.name, JobRunIds=[run_id, "jr_none"])
    assert answer["SuccessfulSubmissions"] == [{"JobName": job.name, "JobRunId": run_id}]
    assert [e["ErrorDetail"]["ErrorCode"] for e in answer["Errors"]] == ["EntityNotFoundException"]
    run = job.wait(run_id)
    assert run["JobRunState"] == "STOPPED"
    assert "ErrorMessage" not in run
    assert run["CompletedOn"] >= run["StartedOn"]


def test_one_run_too_many_is_refused_until_another_has_ended(
    make_job: MakeJob,
) -> None:
    job = make_job("import time; time.sleep(600)")
    first = job.start()
    with pytest.raises(ClientError) as refused:
        job.start()
    assert refused.value.response["Error"] == {
        "Code": "ConcurrentRunsExceededException",
        "Message": f"Concurrent runs exceeded for {job.name}",
    }
    job.client("glue").batch_stop_job_run(JobName=job.name, JobRunIds=[first])
    job.wait(first)
    job.client("glue").batch_stop_job_run(JobName=job.name, JobRunIds=[job.start()])


def test_a_failed_run_is_retried_as_often_as_max_retries_says(make_job: MakeJob) -> None:
    job = make_job("raise SystemExit('no')", MaxRetries=1)
    first = job.wait(job.start())
    second = job.wait(f"{first['Id']}_attempt_1")
    assert (second["Attempt"], second["PreviousRunId"]) == (1, first["Id"])
    runs = job.client("glue").get_job_runs(JobName=job.name, MaxResults=1)
    assert [run["Id"] for run in runs["JobRuns"]] == [second["Id"]]
    rest = job.client("glue").get_job_runs(JobName=job.name, NextToken=runs["NextToken"])
    assert [run["Id"] for run in rest["JobRuns"]] == [first["Id"]]
    assert "NextToken" not in rest


def test_a_role_glue_cannot_assume_fails_the_run_as_on_aws(make_job: MakeJob) -> None:
    job = make_job("print(1)", Role="arn:aws:iam::000000000000:role/nobody")
    run = job.wait(job.start())
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == (
        "Role arn:aws:iam::000000000000:role/nobody should be given assume role permissions for Glue Service."
    )


def test_a_script_that_is_not_there_fails_the_run_with_s3s_reason(make_job: MakeJob, bucket: str) -> None:
    job = make_job("", Command={"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/scripts/none.py"})
    run = job.wait(job.start())
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(
        f"LAUNCH ERROR | Error downloading from S3 for bucket: {bucket}, key: scripts/none.py."
    )
    assert "Error Code: NoSuchKey" in run["ErrorMessage"]


def test_get_job_run_has_what_aws_has(make_job: MakeJob) -> None:
    job = make_job("print(1)", Timeout=5)
    run = job.wait(job.start())
    assert {k: run[k] for k in ("Attempt", "JobName", "Timeout", "GlueVersion", "LogGroupName")} == {
        "Attempt": 0, "JobName": job.name, "Timeout": 5, "GlueVersion": GLUE_VERSION,
        "LogGroupName": "/aws-glue/jobs",
    }  # fmt: skip
    assert {k: run[k] for k in ("WorkerType", "NumberOfWorkers", "AllocatedCapacity", "MaxCapacity")} == {
        "WorkerType": "G.1X", "NumberOfWorkers": 2, "AllocatedCapacity": 2, "MaxCapacity": 2.0,
    }  # fmt: skip
    assert run["ExecutionTime"] >= 0
    assert "DPUSeconds" not in run
