"""Following an execution: what is shown, and what is kept of its history."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from glue_app.e2e import execution as executions
from glue_app.e2e.errors import ExecutionNotStartedError
from glue_app.e2e.execution import Execution
from glue_app.e2e.upload import UploadedObject

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
UPLOADED = UploadedObject("bronze", "bronze/d/日 本.csv", "v2", 3, START)


def event_of(version: str) -> dict[str, Any]:
    return {"detail": {"bucket": {"name": "bronze"}, "object": {"key": UPLOADED.key, "version-id": version}}}


class FakeStepFunctions:
    """Answers from a list of executions and one history."""

    def __init__(self, inputs: list[dict[str, Any]], history: list[dict[str, Any]], status: str) -> None:
        self.inputs, self.history, self.status = inputs, history, status

    def list_executions(self, **_: Any) -> dict[str, Any]:
        return {"executions": [{"executionArn": str(i)} for i in range(len(self.inputs))]}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        index = int(executionArn) if executionArn.isdigit() else 0
        return {"input": json.dumps(self.inputs[index]), "startDate": START, "status": self.status}

    def get_paginator(self, _: str) -> FakeStepFunctions:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"events": self.history}]


def entered(number: int, name: str, at: float) -> dict[str, Any]:
    return _event(number, "TaskStateEntered", at, stateEnteredEventDetails={"name": name})


def left(number: int, name: str, at: float) -> dict[str, Any]:
    return _event(number, "TaskStateExited", at, stateExitedEventDetails={"name": name})


def _event(number: int, kind: str, at: float, **details: Any) -> dict[str, Any]:
    return {"id": number, "type": kind, "timestamp": START + timedelta(seconds=at), **details}


def test_the_execution_of_this_very_version_is_found_among_others() -> None:
    sfn = FakeStepFunctions([event_of("v1"), event_of("v2")], [], "RUNNING")
    assert executions.started_by(sfn, "arn", UPLOADED, 1).arn == "1"


def test_no_execution_in_time_names_the_dead_letter_queue() -> None:
    sfn = FakeStepFunctions([event_of("v1")], [], "RUNNING")
    with pytest.raises(ExecutionNotStartedError, match="dlq_url"):
        executions.started_by(sfn, "arn", UPLOADED, 0.01)


def test_hops_glue_runs_and_the_failing_sentence_are_kept() -> None:
    cause = json.dumps({"JobRunState": "FAILED", "ErrorMessage": "ValueError: no such\ncolumn"})
    history = [
        entered(1, "Silver", 1.0),
        _event(
            2,
            "TaskSubmitted",
            1.1,
            taskSubmittedEventDetails={
                "resourceType": "glue",
                "output": json.dumps({"JobName": "j", "JobRunId": "jr_1"}),
            },
        ),
        left(3, "Silver", 9.0),
        entered(4, "Gold", 9.0),
        _event(
            5,
            "TaskSubmitted",
            9.1,
            taskSubmittedEventDetails={
                "resourceType": "glue",
                "output": json.dumps({"JobName": "j", "JobRunId": "jr_2"}),
            },
        ),
        _event(6, "TaskFailed", 12.0, taskFailedEventDetails={"error": "States.TaskFailed", "cause": cause}),
    ]
    shown: list[str] = []
    sfn = FakeStepFunctions([event_of("v2")], history, "FAILED")
    done = executions.follow(sfn, Execution("0"), START, shown.append, 1)
    assert [(hop.name, round(hop.seconds, 1)) for hop in done.hops] == [("Silver", 8.0), ("Gold", 0.0)]
    assert [(run.step, run.run_id) for run in done.glue_runs] == [("silver", "jr_1"), ("gold", "jr_2")]
    assert done.hops[-1].error == "ValueError: no such column"
    assert any("✗" in line and "no such column" in line for line in shown)
    assert done.status == "FAILED"


def test_a_retried_step_is_judged_by_its_newest_run() -> None:
    run = executions.GlueRun
    execution = Execution("0", glue_runs=[run("j", "a", "silver"), run("j", "b", "silver")])
    newest = execution.last_run_of("silver")
    assert newest is not None
    assert newest.run_id == "b"
    assert execution.last_run_of("gold") is None
