"""One delivery of one object, followed to its end, with the reports that the job wrote."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from glue_app.e2e import execution as executions
from glue_app.e2e.errors import CheckFailedError, ExecutionFailedError
from glue_app.e2e.execution import Execution
from glue_app.e2e.stack import RunningStack
from glue_app.e2e.upload import UploadedObject
from pipeline.source import SourceObject

START_DEADLINE_SECONDS = 180.0
RUN_DEADLINE_SECONDS = 3600.0


@dataclass(frozen=True)
class Delivery:
    """An execution and the reports of its two steps: of Gold none where nothing was new."""

    execution: Execution
    silver: dict[str, Any]
    gold: dict[str, Any]


def follow_upload(stack: RunningStack, uploaded: UploadedObject, out: Callable[[str], None]) -> Execution:
    """Wait for the execution of an upload and follow it."""
    sfn = stack.client("stepfunctions")
    started = executions.started_by(sfn, stack.outputs["state_machine_arn"], uploaded, START_DEADLINE_SECONDS)
    out(f"{(started_after(started, uploaded)):6.1f} s  execution {started.arn}")
    return _to_the_end(stack, started, uploaded.at, out)


def _to_the_end(
    stack: RunningStack, execution: Execution, since: datetime, out: Callable[[str], None]
) -> Execution:
    """Follow an execution, and the one that it handed its upload to: what it tells is the upload's."""
    sfn = stack.client("stepfunctions")
    executions.follow(sfn, execution, since, out, RUN_DEADLINE_SECONDS)
    while holder := execution.handed_to:
        out(f"          the upload is processed by {holder}")
        other = executions.follow(sfn, Execution(holder), since, out, RUN_DEADLINE_SECONDS)
        execution.goes_on_in(other)
        _wait_until_processed(stack, execution)
        if note := _json(stack, f"quarantine-notes/{execution.name}.json"):
            execution.status, execution.error, execution.cause = "FAILED", note["error"], note["cause"]
        elif other.status == "FAILED":  # by the holder's own upload
            execution.status, execution.error, execution.cause = "SUCCEEDED", None, None
    return execution


def _wait_until_processed(stack: RunningStack, execution: Execution) -> None:
    """Wait for the run that took it: the holder may have left it to another one. Raise CheckFailedError."""
    s3, bucket = stack.client("s3"), stack.outputs["silver_bucket"]
    deadline = time.monotonic() + RUN_DEADLINE_SECONDS
    suffix = f"/uploads/{execution.name}.json"
    while any(
        found["Key"].endswith(suffix)
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="pending/")
        for found in page.get("Contents", [])
    ):
        if time.monotonic() > deadline:
            raise CheckFailedError(f"the upload of {execution.arn} still waits: nobody processes it")
        time.sleep(executions.POLL_SECONDS)


def started_after(execution: Execution, uploaded: UploadedObject) -> float:
    if execution.started is None:
        return 0.0
    return max(0.0, (execution.started - uploaded.at).total_seconds())


def deliver_again(stack: RunningStack, event: dict[str, Any], out: Callable[[str], None]) -> Execution:
    """Deliver the same event a second time, as EventBridge may at any time.

    `aws.` sources are closed to PutEvents, on AWS as here, so the state machine is started with the
    event itself: what the rule's target would have done.
    """
    sfn = stack.client("stepfunctions")
    now = datetime.now(timezone.utc)
    arn = sfn.start_execution(
        stateMachineArn=stack.outputs["state_machine_arn"],
        name=f"redelivery-{time.time_ns()}",
        input=json.dumps(event),
    )["executionArn"]
    return _to_the_end(stack, Execution(arn, started=now, input=event), now, out)


def delivered(stack: RunningStack, dataset: str, execution: Execution) -> Delivery:
    """Return the reports of a finished execution.

    Raise ExecutionFailedError with the sentence that matters when it did not succeed.
    """
    if execution.status != "SUCCEEDED":
        failed = next((hop.error for hop in reversed(execution.hops) if hop.error), None)
        why = failed or executions.one_line(execution.cause or execution.error or "no cause given")
        last = execution.glue_runs[-1].run_id if execution.glue_runs else None
        raise ExecutionFailedError(execution.arn, execution.status, why, last)
    source = _source(execution)
    silver = next(
        (
            report
            for run in reversed(execution.glue_runs)
            if (report := _json(stack, f"runs/{dataset}/{run.run_id}/silver/{source.digest}.json"))
        ),
        None,
    )
    if silver is None:
        raise CheckFailedError(f"execution {execution.arn} SUCCEEDED without a report of {source.uri}")
    gold = execution.last_run_of("gold")
    return Delivery(
        execution,
        silver=silver,
        gold=(_json(stack, f"runs/{dataset}/{gold.run_id}/gold.json") or {}) if gold else {},
    )


def _source(execution: Execution) -> SourceObject:
    return SourceObject.from_event(execution.input)


def _json(stack: RunningStack, key: str) -> dict[str, Any] | None:
    s3 = stack.client("s3")
    try:
        body = s3.get_object(Bucket=stack.outputs["silver_bucket"], Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    found: dict[str, Any] = json.loads(body)
    return found
