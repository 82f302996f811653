"""Executions of the state machine: begun by an upload, and how they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from glue_app.bootstrap.layout import ROOT
from glue_app.e2e import execution as executions
from glue_app.e2e.stack import RunningStack
from glue_app.e2e.upload import upload
from tests.support.polling import wait_for

SAMPLE = ROOT / "data" / "customer_feedback.csv"
TERMINAL = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


def started(stack: RunningStack, tmp_path: Path, name: str, step: str = "silver") -> str:
    """The execution of a new upload, its job's `step` running."""
    path = tmp_path / f"{name}.csv"
    path.write_bytes(SAMPLE.read_bytes() + b"\n")
    uploaded = upload(stack.client("s3"), stack.outputs["bronze_bucket"], "customer_feedback", path)
    machine = stack.outputs["state_machine_arn"]
    execution = executions.started_by(stack.client("stepfunctions"), machine, uploaded, 300)
    wait_for(f"its job's step {step} to run", lambda: _runs(stack, execution.arn, step), 1800)
    return execution.arn


def _runs(stack: RunningStack, execution: str, step: str) -> bool:
    runs = stack.client("glue").get_job_runs(JobName=stack.outputs["glue_job_name"])["JobRuns"]
    wanted = {"--execution_arn": execution, "--step": step}
    return any(run["JobRunState"] == "RUNNING" and wanted.items() <= run["Arguments"].items() for run in runs)


def outcome(stack: RunningStack, execution: str, timeout_s: float = 1800) -> dict[str, Any]:
    """How the execution ended, as DescribeExecution tells."""

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = stack.client("stepfunctions").describe_execution(executionArn=execution)
        return found if found["status"] in TERMINAL else None

    return wait_for(f"{execution} to end", ended, timeout_s)
