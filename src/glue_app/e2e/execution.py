"""Find the Step Functions execution that an upload started, and follow it to its end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from glue_app.e2e.errors import ExecutionNotStartedError
from glue_app.e2e.upload import UploadedObject

POLL_SECONDS = 0.2
HEARTBEAT_SECONDS = 5.0
HANDED_OVER = "HandedOver"
FINISHED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


@dataclass
class GlueRun:
    """A job run that a `glue:startJobRun.sync` task started."""

    job_name: str
    run_id: str
    step: str


@dataclass
class Hop:
    """One state of the execution, entered and left `start` and `end` seconds after the upload."""

    name: str
    start: float
    end: float | None = None
    error: str | None = None

    @property
    def seconds(self) -> float:
        return (self.end if self.end is not None else self.start) - self.start


@dataclass
class Execution:
    """What an execution has done so far."""

    arn: str
    status: str = "RUNNING"
    started: datetime | None = None
    stopped: datetime | None = None
    input: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    cause: str | None = None
    hops: list[Hop] = field(default_factory=list)
    glue_runs: list[GlueRun] = field(default_factory=list)
    output: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.arn.rsplit(":", 1)[-1]

    @property
    def handed_to(self) -> str | None:
        """ARN of the execution that processes this one's upload: it held the dataset's lock."""
        if self.status != "SUCCEEDED" or not self.hops or self.hops[-1].name != HANDED_OVER:
            return None
        holder: str = self.output["lock"]["body"]["holder"]
        return holder

    def goes_on_in(self, other: Execution) -> None:
        """Take over what `other`, which this one handed its upload to, did."""
        self.hops += other.hops
        self.glue_runs += other.glue_runs
        self.status, self.stopped = other.status, other.stopped
        self.error, self.cause = other.error, other.cause

    def last_run_of(self, step: str) -> GlueRun | None:
        """Return the step's newest job run: the one whose result counts after retries."""
        runs = [run for run in self.glue_runs if run.step == step]
        return runs[-1] if runs else None


def started_by(
    sfn: Any, state_machine_arn: str, uploaded: UploadedObject, deadline_seconds: float
) -> Execution:
    """Wait for the execution whose input names this object version.

    Raise ExecutionNotStartedError when none appears in time, naming where undelivered events go.
    """
    deadline = time.monotonic() + deadline_seconds
    while time.monotonic() < deadline:
        for arn in _newest_executions(sfn, state_machine_arn):
            described = sfn.describe_execution(executionArn=arn)
            if uploaded.is_in(json.loads(described["input"])):
                return Execution(
                    arn=arn, started=described["startDate"], input=json.loads(described["input"])
                )
        time.sleep(POLL_SECONDS)
    raise ExecutionNotStartedError(uploaded.uri, state_machine_arn, deadline_seconds)


def _newest_executions(sfn: Any, state_machine_arn: str) -> list[str]:
    listed = sfn.list_executions(stateMachineArn=state_machine_arn, maxResults=20)["executions"]
    return [item["executionArn"] for item in listed]


def follow(
    sfn: Any, execution: Execution, since: datetime, show: Callable[[str], None], deadline_seconds: float
) -> Execution:
    """Read the history until the execution ends, showing each state as it is entered and left.

    since: the moment the object was written; hop times are seconds after it.
    """
    deadline = time.monotonic() + deadline_seconds
    beat = time.monotonic() + HEARTBEAT_SECONDS
    seen = 0
    while True:
        described = sfn.describe_execution(executionArn=execution.arn)
        for event in _events_after(sfn, execution.arn, seen):
            seen = event["id"]
            if line := _apply(execution, event, since):
                show(line)
                beat = time.monotonic() + HEARTBEAT_SECONDS
        if described["status"] in FINISHED:
            break
        if time.monotonic() > deadline:
            show(f"still {described['status']} after {deadline_seconds:.0f} s: giving up waiting")
            break
        if time.monotonic() > beat and execution.hops:
            waited = (datetime.now(since.tzinfo) - since).total_seconds()
            show(f"{waited:6.1f} s  … {execution.hops[-1].name} is still running")
            beat = time.monotonic() + HEARTBEAT_SECONDS
        time.sleep(POLL_SECONDS)
    execution.status = described["status"]
    execution.stopped = described.get("stopDate")
    execution.error, execution.cause = described.get("error"), described.get("cause")
    execution.output = json.loads(described.get("output") or "{}")
    return execution


def _events_after(sfn: Any, arn: str, seen: int) -> Iterator[dict[str, Any]]:
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=arn)
    for page in pages:
        for event in page["events"]:
            if event["id"] > seen:
                yield event


def _apply(execution: Execution, event: dict[str, Any], since: datetime) -> str | None:
    """Add one history event to the execution; the line to show, if it is worth one."""
    at = (event["timestamp"] - since).total_seconds()
    kind: str = event["type"]
    if kind.endswith("StateEntered"):
        name = event["stateEnteredEventDetails"]["name"]
        execution.hops.append(Hop(name, start=at))
        return f"{at:6.1f} s  → {name}"
    if kind.endswith("StateExited"):
        hop = _open_hop(execution, event["stateExitedEventDetails"]["name"])
        if hop is None:
            return None
        hop.end = at
        return f"{at:6.1f} s  ✓ {hop.name} ({hop.seconds:.1f} s)" if hop.seconds >= 0.5 else None
    if kind == "TaskSubmitted":
        return _submitted(execution, event["taskSubmittedEventDetails"], at)
    if kind in ("TaskFailed", "TaskTimedOut", "TaskSubmitFailed"):
        details = next(value for key, value in event.items() if key.endswith("EventDetails"))
        line = one_line(details.get("cause") or details.get("error") or kind)
        if execution.hops:
            execution.hops[-1].error = line
        return f"{at:6.1f} s  ✗ {details.get('error', kind)}: {line}"
    return None


def _open_hop(execution: Execution, name: str) -> Hop | None:
    return next((h for h in reversed(execution.hops) if h.name == name and h.end is None), None)


def _submitted(execution: Execution, details: dict[str, Any], at: float) -> str | None:
    if details.get("resourceType") != "glue":
        return None
    output = json.loads(details.get("output") or "{}")
    run_id = output.get("JobRunId")
    if not run_id:
        return None
    step = "silver" if not any(run.step == "silver" for run in execution.glue_runs) else "gold"
    if execution.hops:
        step = "gold" if "gold" in execution.hops[-1].name.lower() else "silver"
    execution.glue_runs.append(GlueRun(output.get("JobName", ""), run_id, step))
    return f"{at:6.1f} s    Glue job run {run_id[:18]}… ({step})"


def one_line(cause: str) -> str:
    """Return the sentence that matters of a task's cause (Glue's is the whole job run as JSON)."""
    try:
        parsed = json.loads(cause)
        cause = parsed.get("ErrorMessage") or parsed.get("errorMessage") or cause
    except (ValueError, AttributeError):
        pass
    return " ".join(cause.split())[:400]
