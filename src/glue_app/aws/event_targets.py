"""What PutTargets refuses, and what a target gets of an event.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

#: services that EventBridge calls as a role of the account, never by a resource's policy
WITH_ROLE = frozenset(
    {"batch", "codebuild", "codepipeline", "ecs", "firehose", "kinesis", "sagemaker", "ssm", "states"}
)


def refusal(target: Mapping[str, Any]) -> str | None:
    """Return the words of the ValidationException for a target; None where AWS takes it.

    Read off AWS by others are "RoleArn is required" and "Only one of"; the one for JSON is not verified.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    """
    name, arn = target.get("Id"), str(target.get("Arn", ""))
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service in WITH_ROLE and not target.get("RoleArn"):
        return f"RoleArn is required for target {arn}."
    if sum(field in target for field in ("Input", "InputPath", "InputTransformer")) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
    if "Input" in target:
        try:
            json.loads(target["Input"])
        except ValueError as error:
            return f"JSON syntax error in input for target {name}: {error}"
    return None


def execution_name(event_id: str, target: str) -> str:
    """Return the name of the execution that an event starts, at most 80 characters.

    It is the same for each attempt to deliver the event to the target, so that a second attempt after one
    whose answer was lost starts nothing new, and another for each target: two rules may start one state
    machine.
    """
    return f"{event_id}_{uuid.uuid5(uuid.NAMESPACE_URL, f'{target}/{event_id}')}"
