"""Amazon EventBridge events of job runs: one when a run ends.

https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html: "Glue Job State
Change" is generated for SUCCEEDED, FAILED, TIMEOUT and STOPPED; the severity is ERROR, WARN or INFO.
"""

from __future__ import annotations

import json
from typing import Any

from glue_app.aws.job_run_states import JobRunState
from glue_app.emulator.glue.models import JobRun
from glue_app.emulator.host import event_bus

_SEVERITY = {JobRunState.FAILED: "ERROR", JobRunState.TIMEOUT: "WARN"}
_MESSAGE = {
    JobRunState.SUCCEEDED: "Job run succeeded",
    JobRunState.STOPPED: "Job run stopped",
    JobRunState.TIMEOUT: "Job run timed out",
}


def state_change(run: JobRun) -> dict[str, Any]:
    """Return the entry PutEvents takes for a run that has ended."""
    failed = (
        f"JobName:{run.job_name} and JobRunId:{run.id} failed to execute with exception {run.error_message}"
    )
    detail = {
        "jobName": run.job_name,
        "severity": _SEVERITY.get(run.state, "INFO"),
        "state": run.state.value,
        "jobRunId": run.id,
        "message": _MESSAGE.get(run.state, failed),
    }
    return {
        "Source": "aws.glue",
        "DetailType": "Glue Job State Change",
        "Detail": json.dumps(detail),
        "Time": run.completed_on,
    }


def publish(run: JobRun) -> None:
    """Put the event of a run that has ended on the account's default bus."""
    event_bus.put("glue", run.account_id, run.region, state_change(run))
