"""The patch state_machine_definition: what AWS refuses is not stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from localstack.aws.api import RequestContext
from localstack.aws.api.stepfunctions import InvalidDefinition, InvalidName
from localstack.http import Request
from localstack.services.stepfunctions.backend.store import sfn_stores
from localstack.services.stepfunctions.provider import StepFunctionsProvider

from glue_app.emulator.host.patches import state_machine_definition
from glue_app.emulator.host.patches.patch import original

ROLE = "arn:aws:iam::000000000000:role/machine"
SOUND = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}
TO_NOWHERE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nowhere"}}}


@pytest.fixture
def provider() -> Iterator[StepFunctionsProvider]:
    state_machine_definition.apply()
    yield StepFunctionsProvider()
    sfn_stores.reset()


@pytest.fixture
def context() -> RequestContext:
    made: Any = RequestContext(Request())
    made.account_id, made.region, made.partition = "000000000000", "us-east-1", "aws"
    return made


def request(definition: Any, name: str = "machine") -> Any:
    return {"name": name, "definition": json.dumps(definition), "roleArn": ROLE}


def test_localstack_still_stores_what_leads_nowhere(provider: Any, context: Any) -> None:
    create = original(StepFunctionsProvider, "create_state_machine")

    assert create(provider, context, request(TO_NOWHERE))["stateMachineArn"]


def test_create_refuses_it_with_where_and_why(provider: Any, context: Any) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        provider.create_state_machine(context, request(TO_NOWHERE))
    assert "MISSING_TRANSITION_TARGET" in str(refused.value)
    assert "/States/A/Next" in str(refused.value)
    with pytest.raises(InvalidName):
        provider.create_state_machine(context, request(SOUND, "a blank"))

    assert provider.create_state_machine(context, request(SOUND))["stateMachineArn"]


def test_so_does_update_which_changes_nothing_then(provider: Any, context: Any) -> None:
    arn = provider.create_state_machine(context, request(SOUND))["stateMachineArn"]

    with pytest.raises(InvalidDefinition):
        provider.update_state_machine(context, arn, definition=json.dumps(TO_NOWHERE))

    assert json.loads(provider.describe_state_machine(context, arn)["definition"]) == SOUND
    later = {**SOUND, "Comment": "later"}
    provider.update_state_machine(context, arn, definition=json.dumps(later))
    assert json.loads(provider.describe_state_machine(context, arn)["definition"]) == later


def test_validate_says_what_is_wrong(provider: Any, context: Any) -> None:
    answer = provider.validate_state_machine_definition(context, {"definition": json.dumps(TO_NOWHERE)})

    assert (answer["result"], answer["truncated"]) == ("FAIL", False)
    assert [each["code"] for each in answer["diagnostics"]] == [
        "MISSING_TRANSITION_TARGET",
        "MISSING_END_STATE",
    ]
    sound = provider.validate_state_machine_definition(context, {"definition": json.dumps(SOUND)})
    assert sound == {"result": "OK", "diagnostics": [], "truncated": False}
