"""What PutTargets refuses, and the names of executions that events start."""

from __future__ import annotations

from typing import Any

import pytest

from glue_app.aws.event_targets import execution_name, refusal

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:pipeline"
ROLE = "arn:aws:iam::000000000000:role/events"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:queue"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"Arn": MACHINE}, f"RoleArn is required for target {MACHINE}."),
        (
            {"Arn": QUEUE, "Input": "{}", "InputPath": "$.detail"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
        ),
        ({"Arn": QUEUE, "Input": "{"}, "JSON syntax error in input for target 1: "),
    ],
)
def test_a_target_that_aws_refuses(target: dict[str, Any], words: str) -> None:
    assert (refusal({"Id": "1", **target}) or "").startswith(words)


@pytest.mark.parametrize("target", [{"Arn": MACHINE, "RoleArn": ROLE}, {"Arn": QUEUE, "Input": "{}"}])
def test_a_target_that_aws_takes(target: dict[str, Any]) -> None:
    assert refusal({"Id": "1", **target}) is None


def test_an_execution_has_one_name_an_event_and_target() -> None:
    """A second attempt starts nothing new; two rules with one state machine start two executions."""
    event = "6a7e8feb-b491-4cf7-a9f1-bf3703467718"

    assert execution_name(event, "rule-a-1") == execution_name(event, "rule-a-1")
    assert execution_name(event, "rule-a-1") != execution_name(event, "rule-b-1")
    assert execution_name(event, "rule-a-1").startswith(event)
    assert len(execution_name(event, "rule-a-1")) <= 80
