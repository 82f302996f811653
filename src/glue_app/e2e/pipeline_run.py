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

START_DEADLINE_SECONDS = 180.0
RUN_DEADLINE_SECONDS = 3600.0


@dataclass(frozen=True)
class Delivery:
    """An execution and the run reports of its two steps."""

    execution: Execution
    silver: dict[str, Any]
    gold: dict[str, Any]


def follow_upload(stack: RunningStack, uploaded: UploadedObject, out: Callable[[str], None]) -> Execution:
    """Wait for the execution of an upload and follow it."""
    sfn = stack.client("stepfunctions")
    started = executions.started_by(sfn, stack.outputs["state_machine_arn"], uploaded, START_DEADLINE_SECONDS)
    out(f"{(started_after(started, uploaded)):6.1f} s  execution {started.arn}")
    return executions.follow(sfn, started, uploaded.at, out, RUN_DEADLINE_SECONDS)


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
    return executions.follow(sfn, Execution(arn, started=now, input=event), now, out, RUN_DEADLINE_SECONDS)


def delivered(stack: RunningStack, dataset: str, execution: Execution) -> Delivery:
    """Return the reports of a finished execution.

    Raise ExecutionFailedError with the sentence that matters when it did not succeed.
    """
    if execution.status != "SUCCEEDED":
        failed = next((hop.error for hop in reversed(execution.hops) if hop.error), None)
        why = failed or executions.one_line(execution.cause or execution.error or "no cause given")
        last = execution.glue_runs[-1].run_id if execution.glue_runs else None
        raise ExecutionFailedError(execution.arn, execution.status, why, last)
    return Delivery(
        execution,
        silver=_report(stack, dataset, execution, "silver"),
        gold=_report(stack, dataset, execution, "gold"),
    )


def _report(stack: RunningStack, dataset: str, execution: Execution, step: str) -> dict[str, Any]:
    run = execution.last_run_of(step)
    if run is None:
        raise CheckFailedError(f"execution {execution.arn} SUCCEEDED without a {step} job run")
    s3 = stack.client("s3")
    key = f"runs/{dataset}/{run.run_id}/{step}.json"
    try:
        body = s3.get_object(Bucket=stack.outputs["silver_bucket"], Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        raise CheckFailedError(f"job run {run.run_id} SUCCEEDED without the report {key}") from None
    report: dict[str, Any] = json.loads(body)
    return report
