"""What AWS refuses of a state machine, seen through Step Functions' API on a running stack."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local_stack import ACCOUNT_ID
from tests.support.polling import wait_for

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/tests"
START_RUN = {
    "Type": "Task",
    "Resource": "arn:aws:states:::glue:startJobRun.sync",
    "Parameters": {"JobName": "nobodys", "Arguments": {"--n.$": "$.n"}},
}
CATCH = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}
BRANCH = {"StartAt": "G", "States": {"G": {**START_RUN, "End": True}}}
TASKS = {
    "alone": {**START_RUN, **CATCH, "End": True},
    "in a branch": {"Type": "Parallel", "Branches": [BRANCH], **CATCH, "End": True},
    "for each item": {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"n.$": "$$.Map.Item.Value"},
        "ItemProcessor": BRANCH,
        **CATCH,
        "End": True,
    },
}


def create(sfn: Any, definition: dict[str, Any]) -> str:
    made = sfn.create_state_machine(
        name=f"refused-{uuid.uuid4().hex[:8]}", definition=json.dumps(definition), roleArn=ROLE
    )
    return str(made["stateMachineArn"])


def ended(sfn: Any, arn: str, given: Any) -> dict[str, Any]:
    execution = sfn.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]

    def over() -> dict[str, Any] | None:
        found: dict[str, Any] = sfn.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    return wait_for("the execution", over)


def test_what_leads_nowhere_is_not_made(client: Callable[[str], Any]) -> None:
    sfn = client("stepfunctions")
    with pytest.raises(ClientError) as refused:
        create(sfn, {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nowhere"}}})

    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
    assert "MISSING_TRANSITION_TARGET" in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize("where", TASKS)
def test_a_number_as_a_jobs_argument_ends_the_execution(client: Callable[[str], Any], where: str) -> None:
    """With States.Runtime, which no Catch takes; the job, which is not there, is not asked for."""
    sfn = client("stepfunctions")
    caught = {"Type": "Pass", "End": True}
    arn = create(sfn, {"StartAt": "T", "States": {"T": TASKS[where], "Caught": caught}})

    found = ended(sfn, arn, {"n": 5, "items": [5]})

    assert (found["status"], found["error"]) == ("FAILED", "States.Runtime")
    assert "could not be used to start the Task" in found["cause"]


def test_what_aws_would_start_is_started_and_its_errors_are_caught(client: Callable[[str], Any]) -> None:
    sfn = client("stepfunctions")
    caught = {"Type": "Pass", "End": True}
    arn = create(sfn, {"StartAt": "T", "States": {"T": TASKS["alone"], "Caught": caught}})

    found = ended(sfn, arn, {"n": "5"})

    assert found["status"] == "SUCCEEDED"
    assert json.loads(found["output"])["Error"].startswith("Glue.EntityNotFound")
