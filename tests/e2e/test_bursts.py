"""Hundreds of uploads at once: a bounded number of runs, in order, and nobody asks again and again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from glue_app.e2e.stack import RunningStack
from tests.support.polling import wait_for

pytestmark = pytest.mark.long
DRILL_UPLOADS = int(os.environ.get("DRILL_UPLOADS", "500"))
DATASETS = ("banking77", "customer_feedback", "support_tickets")
RUNS_A_DATASET = 12
"""Silver and Gold of six rounds, however many uploads there are; each of them were two runs."""


@pytest.fixture
def quick_job(stack: RunningStack) -> Iterator[None]:
    """The job with everything but Spark and the database."""
    s3, glue = stack.client("s3"), stack.client("glue")
    location = glue.get_job(JobName=stack.outputs["glue_job_name"])["Job"]["Command"]["ScriptLocation"]
    bucket, _, key = location.removeprefix("s3://").partition("/")
    real = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=Path(__file__).with_name("burst_job.py").read_bytes())
    yield
    s3.put_object(Bucket=bucket, Key=key, Body=real)


@pytest.mark.usefixtures("quick_job")
@pytest.mark.parametrize("uploads", [45, pytest.param(DRILL_UPLOADS, marks=pytest.mark.slow, id="drill")])
def test_a_burst_lands_in_few_runs(stack: RunningStack, uploads: int) -> None:
    """Small files over 3 datasets: each once, in order within a run, no execution fails or waits."""
    before = {status: executions(stack, status) for status in ("FAILED", "TIMED_OUT", "ABORTED")}
    sent = send(stack, uploads, "id\n1\n")

    def runs() -> list[dict[str, Any]]:
        """What each run of Silver took of this burst; those of Gold took nothing."""
        found = [said(stack, key) for key in keys(stack, "burst/")]
        return [run for run in found if not run["taken"] or run["taken"][0] in sent]

    def landed() -> bool:
        waits = keys(stack, "pending/") or executions(stack, "RUNNING")
        return not waits and len(taken(runs())) >= uploads

    wait_for("the burst to land", landed, 3000)
    assert sorted(taken(runs())) == sorted(sent)
    assert len(runs()) <= len(DATASETS) * RUNS_A_DATASET
    assert all(order == sorted(order) for order in (run["positions"] for run in runs()))
    assert {status: executions(stack, status) for status in before} == before
    assert refused(stack) == []
    print(f"{uploads} uploads over {len(DATASETS)} datasets: {len(runs())} runs")


def send(stack: RunningStack, uploads: int, body: str) -> set[str]:
    """Upload as fast as it goes, each dataset in turn; the keys."""
    s3, bucket = stack.client("s3"), stack.outputs["bronze_bucket"]

    def put(number: int) -> str:
        key = f"bronze/{DATASETS[number % 3]}/burst of {uploads} {number:03}.csv"
        s3.put_object(Bucket=bucket, Key=key, Body=body.encode())
        return key

    with ThreadPoolExecutor(8) as uploaders:
        return set(uploaders.map(put, range(uploads)))


def keys(stack: RunningStack, prefix: str) -> list[str]:
    pages = stack.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=stack.outputs["silver_bucket"], Prefix=prefix)
    return [one["Key"] for page in found for one in page.get("Contents", [])]


def said(stack: RunningStack, key: str) -> dict[str, Any]:
    body = stack.client("s3").get_object(Bucket=stack.outputs["silver_bucket"], Key=key)["Body"].read()
    found: dict[str, Any] = json.loads(body)
    return found


def taken(runs: list[dict[str, Any]]) -> list[str]:
    return [key for run in runs for key in run["taken"]]


def executions(stack: RunningStack, status: str) -> list[str]:
    machine = stack.outputs["state_machine_arn"]
    pages = stack.client("stepfunctions").get_paginator("list_executions")
    found = pages.paginate(stateMachineArn=machine, statusFilter=status)
    return [execution["name"] for page in found for execution in page["executions"]]


def refused(stack: RunningStack) -> list[str]:
    """What Glue was asked for in vain by the executions that had runs."""
    sfn, glue = stack.client("stepfunctions"), stack.client("glue")
    runs = [
        run
        for page in glue.get_paginator("get_job_runs").paginate(JobName=stack.outputs["glue_job_name"])
        for run in page["JobRuns"]
    ]
    return [
        event["taskFailedEventDetails"]["error"]
        for arn in {run["Arguments"]["--execution_arn"] for run in runs}
        for page in sfn.get_paginator("get_execution_history").paginate(executionArn=arn)
        for event in page["events"]
        if event["type"] == "TaskFailed" and event["taskFailedEventDetails"].get("resourceType") == "glue"
    ]
