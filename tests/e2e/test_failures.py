"""How uploads that cannot be loaded end: by name, with a note and a message, and nothing written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glue_app.e2e import pipeline_run
from glue_app.e2e.execution import Execution
from glue_app.e2e.stack import RunningStack
from glue_app.e2e.upload import upload

HEADER = "feedback_id,received_at,product,comment\n"


def send(stack: RunningStack, folder: Path, dataset: str, name: str, body: bytes) -> Execution:
    path = folder / name
    path.write_bytes(body)
    uploaded = upload(stack.client("s3"), stack.outputs["bronze_bucket"], dataset, path)
    return pipeline_run.follow_upload(stack, uploaded, print)


def message(stack: RunningStack, queue_url: str, execution: Execution) -> dict[str, Any]:
    """What the failure topic was told of this execution."""
    for _ in range(10):
        received = stack.client("sqs").receive_message(
            QueueUrl=queue_url, WaitTimeSeconds=2, MaxNumberOfMessages=10
        )
        for item in received.get("Messages", []):
            body: dict[str, Any] = json.loads(item["Body"])
            if body.get("execution_arn") == execution.arn:
                return body
    pytest.fail("the failure topic was told nothing")


def note(stack: RunningStack, execution: Execution) -> dict[str, Any]:
    name = execution.arn.rsplit(":", 1)[-1]
    found = stack.client("s3").get_object(
        Bucket=stack.outputs["silver_bucket"], Key=f"quarantine-notes/{name}.json"
    )
    body: dict[str, Any] = json.loads(found["Body"].read())
    return body


@pytest.mark.parametrize(
    ("dataset", "name", "body", "error"),
    [
        ("customer_feedback", "empty.csv", b"", "EmptyFile"),
        ("no_such_dataset", "日本語 の.CSV", HEADER.encode(), "UnknownDataset"),
        ("customer_feedback", "売上 2026.xlsx", b"PK\x03\x04", "UnreadableFile"),
    ],
)
def test_what_the_guard_refuses_costs_no_job_run(
    stack: RunningStack, failures: str, tmp_path: Path, dataset: str, name: str, body: bytes, error: str
) -> None:
    execution = send(stack, tmp_path, dataset, name, body)
    assert (execution.status, execution.error) == ("FAILED", error)
    assert execution.glue_runs == []
    told = message(stack, failures, execution)
    assert told["error"] == error
    assert told["source"]["key"] == f"bronze/{dataset}/{name}"
    assert note(stack, execution) == told


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_broken_lock_is_named_and_the_upload_waits(
    stack: RunningStack, failures: str, tmp_path: Path, body: bytes
) -> None:
    """Somebody wrote it: no job run, no guess who holds it; the message says which object, and what to do."""
    s3, silver = stack.client("s3"), stack.outputs["silver_bucket"]
    s3.put_object(Bucket=silver, Key="locks/support_tickets.json", Body=body)
    execution = send(stack, tmp_path, "support_tickets", "behind a broken lock.csv", b"ticket_id\n")
    waits = f"pending/support_tickets/uploads/{execution.arn.rpartition(':')[2]}.json"
    assert s3.head_object(Bucket=silver, Key=waits)
    for key in ("locks/support_tickets.json", waits):
        s3.delete_object(Bucket=silver, Key=key)
    assert (execution.status, execution.error) == ("FAILED", "BrokenLock")
    assert execution.glue_runs == []
    told = message(stack, failures, execution)["cause"]
    assert f"s3://{silver}/locks/support_tickets.json names no holder" in told
    assert "Delete it while no execution of the dataset runs" in told


def test_a_job_run_that_fails_says_why_all_the_way_and_writes_nothing(
    stack: RunningStack, failures: str, tmp_path: Path
) -> None:
    """The honesty test on the platform itself: a file without its key column."""
    before = stack.lake().version("silver/customer_feedback")
    execution = send(
        stack, tmp_path, "customer_feedback", "no key.csv", b"received_at,product,comment\n2026-01-01,a,b\n"
    )
    assert (execution.status, execution.error) == ("FAILED", "SilverFailed")
    assert len(execution.glue_runs) == 1
    run = stack.client("glue").get_job_run(
        JobName=stack.outputs["glue_job_name"], RunId=execution.glue_runs[0].run_id
    )["JobRun"]
    assert run["JobRunState"] == "FAILED"
    assert "feedback_id" in run["ErrorMessage"]
    told = message(stack, failures, execution)
    assert run["ErrorMessage"] in told["cause"]
    assert stack.lake().version("silver/customer_feedback") == before
