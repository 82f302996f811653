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

UPLOADS = int(os.environ.get("DRILL_UPLOADS", "45"))  # 500 takes a quarter of an hour on two cores
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
def test_a_burst_lands_in_few_runs(stack: RunningStack) -> None:
    """Small files over 3 datasets: each once, in order within a run, no execution fails or waits."""
    s3, silver = stack.client("s3"), stack.outputs["silver_bucket"]

    def put(number: int) -> str:
        key = f"bronze/{DATASETS[number % 3]}/burst {number:03}.csv"
        s3.put_object(Bucket=stack.outputs["bronze_bucket"], Key=key, Body=b"id\n1\n")
        return key

    with ThreadPoolExecutor(8) as uploaders:
        sent = list(uploaders.map(put, range(UPLOADS)))

    def keys(prefix: str) -> list[str]:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=silver, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def landed() -> bool:
        return len(taken(stack, keys("burst/"))) >= UPLOADS and not keys("pending/")

    wait_for("the burst to land", landed, 1800)
    runs = keys("burst/")
    assert sorted(taken(stack, runs)) == sorted(sent)
    assert len(runs) <= len(DATASETS) * RUNS_A_DATASET
    assert all(order == sorted(order) for order in (said(stack, run)["positions"] for run in runs))
    for status in ("FAILED", "TIMED_OUT", "ABORTED"):
        assert executions(stack, status) == []
    assert refused(stack) == []


def said(stack: RunningStack, key: str) -> dict[str, Any]:
    body = stack.client("s3").get_object(Bucket=stack.outputs["silver_bucket"], Key=key)["Body"].read()
    found: dict[str, Any] = json.loads(body)
    return found


def taken(stack: RunningStack, runs: list[str]) -> list[str]:
    return [key for run in runs for key in said(stack, run)["taken"]]


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
