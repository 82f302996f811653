"""A factory of Glue jobs whose scripts are given as text, and what to ask of a run."""

from __future__ import annotations

import json
import textwrap
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.local_stack import ACCOUNT_ID, GLUE_VERSION
from tests.support.polling import wait_for

TERMINAL = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")
TRUST_GLUE = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"}}
    ],
}


@dataclass
class GlueJob:
    """A job in the stack, and the calls a test makes about it."""

    name: str
    bucket: str
    client: Callable[[str], Any]

    def start(self, **request: Any) -> str:
        return str(self.client("glue").start_job_run(JobName=self.name, **request)["JobRunId"])

    def run(self, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.client("glue").get_job_run(JobName=self.name, RunId=run_id)["JobRun"]
        return run

    def wait(self, run_id: str, *states: str, timeout: float = 60.0) -> dict[str, Any]:
        """The run once it is in one of `states` (any state it ends in by default)."""

        def reached() -> dict[str, Any] | None:
            run = self.run(run_id)
            return run if run["JobRunState"] in (states or TERMINAL) else None

        return wait_for(f"run {run_id} to be {states or 'over'}", reached, timeout)

    def log(self, run_id: str, group: str = "output") -> str:
        """The run's log so far: group is `output` or `error`."""
        logs = self.client("logs")
        try:
            events = logs.get_log_events(
                logGroupName=f"/aws-glue/jobs/{group}", logStreamName=run_id, startFromHead=True, limit=10_000
            )["events"]
        except logs.exceptions.ResourceNotFoundException:
            return ""
        return "\n".join(event["message"] for event in events)

    def put(self, key: str, body: bytes) -> str:
        """An object in the job's bucket; its S3 URI."""
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"


@pytest.fixture(scope="session")
def bucket(client: Callable[[str], Any]) -> str:
    name = f"glue-tests-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def glue_role(client: Callable[[str], Any]) -> str:
    """The name of a role AWS Glue may assume."""
    name = f"glue-tests-{uuid.uuid4().hex[:8]}"
    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST_GLUE))
    return name


@pytest.fixture
def make_job(client: Callable[[str], Any], bucket: str, glue_role: str) -> Iterator[Callable[..., GlueJob]]:
    """make_job(script, **fields of CreateJob): a job of the stack's Glue version; a field of None stays away.

    It is deleted, and its runs are stopped, afterwards.
    """
    made: list[GlueJob] = []

    def make(script: str, **fields: Any) -> GlueJob:
        job = GlueJob(f"job-{uuid.uuid4().hex[:8]}", bucket, client)
        location = job.put(f"scripts/{job.name}.py", textwrap.dedent(script).encode())
        defaults = {
            "Role": f"arn:aws:iam::{ACCOUNT_ID}:role/{glue_role}",
            "GlueVersion": GLUE_VERSION,
            "WorkerType": "G.1X",
            "NumberOfWorkers": 2,
            "Command": {"Name": "glueetl", "ScriptLocation": location, "PythonVersion": "3"},
        }
        wanted = {name: value for name, value in {**defaults, **fields}.items() if value is not None}
        client("glue").create_job(Name=job.name, **wanted)
        made.append(job)
        return job

    yield make
    for job in made:
        runs = client("glue").get_job_runs(JobName=job.name)["JobRuns"]
        active = [run["Id"] for run in runs if run["JobRunState"] not in TERMINAL]
        if active:
            client("glue").batch_stop_job_run(JobName=job.name, JobRunIds=active)
        for run_id in active:
            job.wait(run_id)
        client("glue").delete_job(JobName=job.name)
