"""Trust policies Glue can use, and the events of runs that ended."""

from __future__ import annotations

import json
from typing import Any

import pytest

from glue_app.aws.job_run_states import JobRunState
from glue_app.emulator.glue import events
from glue_app.emulator.glue.models import Capacity, JobRun
from glue_app.emulator.glue.roles import trusts_glue


def statement(**fields: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "glue.amazonaws.com"},
        **fields,
    }


@pytest.mark.parametrize(
    ("statements", "trusted"),
    [
        (statement(), True),
        ([statement(Principal={"Service": ["ec2.amazonaws.com", "glue.amazonaws.com"]})], True),
        ([statement(Action=["sts:AssumeRole", "sts:TagSession"])], True),
        ([statement(Principal="*")], True),
        ([statement(Principal={"Service": "lambda.amazonaws.com"})], False),
        ([statement(Principal={"AWS": "*"})], False),
        ([statement(Action="sts:TagSession")], False),
        ([statement(), statement(Effect="Deny")], False),
        ([], False),
    ],
)
def test_who_is_trusted(statements: Any, trusted: bool) -> None:
    assert trusts_glue({"Statement": statements}) is trusted


@pytest.mark.parametrize(
    ("state", "severity", "message"),
    [
        (JobRunState.SUCCEEDED, "INFO", "Job run succeeded"),
        (JobRunState.STOPPED, "INFO", "Job run stopped"),
        (JobRunState.TIMEOUT, "WARN", "Job run timed out"),
        (JobRunState.FAILED, "ERROR", "JobName:job and JobRunId:jr_1 failed to execute with exception boom"),
    ],
)
def test_the_event_of_each_end(state: JobRunState, severity: str, message: str) -> None:
    run = JobRun(
        id="jr_1", job_name="job", account_id="0", region="r", role="r", script="s",
        arguments={"--secret": "x"}, merged_arguments={}, capacity=Capacity(2.0), timeout=1,
        glue_version="4.0", execution_class=None, state=state, error_message="boom",
    )  # fmt: skip
    entry = events.state_change(run)
    assert (entry["Source"], entry["DetailType"]) == ("aws.glue", "Glue Job State Change")
    assert json.loads(entry["Detail"]) == {
        "jobName": "job", "severity": severity, "state": state.value, "jobRunId": "jr_1", "message": message,
    }  # fmt: skip
