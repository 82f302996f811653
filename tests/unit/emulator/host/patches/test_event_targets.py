"""The patch event_targets: what a target gets of an event."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.events import target as target_module
from localstack.services.events.models import ValidationException
from localstack.services.events.rule import RuleService
from localstack.services.events.target import StatesTargetSender, TargetSender

from glue_app.emulator.host.patches import event_targets
from glue_app.emulator.host.patches.patch import original

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:pipeline"
RULE = "arn:aws:events:us-east-1:000000000000:rule/upload"
ID = "6a7e8feb-b491-4cf7-a9f1-bf3703467718"
TIME = "2026-11-28T00:00:00Z"
EVENT: dict[str, Any] = {
    "id": ID,
    "time": TIME,
    "event-bus-name": "default",
    "detail": {"key": "a.csv", "size": 0, "empty": False, "none": []},
}


class AlreadyExistsError(Exception):
    """What Step Functions raises for a name that a closed execution has."""


class StepFunctions:
    """Takes executions; with `known`, says that there is one of each name."""

    exceptions = SimpleNamespace(ExecutionAlreadyExists=AlreadyExistsError)

    def __init__(self, known: bool = False) -> None:
        self.known = known
        self.started: list[dict[str, str]] = []

    def start_execution(self, **request: str) -> None:
        if self.known:
            raise AlreadyExistsError
        self.started.append(request)


def sender(client: StepFunctions, **how: Any) -> Any:
    event_targets.apply()
    made = StatesTargetSender(
        {"Id": "1", "Arn": ARN, **how}, RULE, "upload", "states", "us-east-1", "000000000000"
    )
    made._client = client
    return made


def test_localstack_still_takes_the_name_from_the_transformed_event() -> None:
    client = StepFunctions()
    with pytest.raises(KeyError, match="id"):
        original(StatesTargetSender, "send_event")(sender(client), {"key": "a.csv"}, None)


def test_localstack_still_drops_an_empty_input() -> None:
    client = StepFunctions()
    original(TargetSender, "process_event")(sender(client, Input="{}"), dict(EVENT), None)

    assert client.started == []


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"InputPath": "$.detail"}, '{"key":"a.csv","size":0,"empty":false,"none":[]}'),
        ({"Input": '{"fixed": true}'}, '{"fixed":true}'),
        ({"Input": "{}"}, "{}"),
        ({"InputPath": "$.detail.size"}, "0"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"key": "$.detail.key", "size": "$.detail.size", "no": "$.detail.no"},
                    "InputTemplate": '{"key": <key>, "size": <size>, "no": "<no>"}',
                }
            },
            '{"key":"a.csv","size":0,"no":""}',
        ),
    ],
)
def test_an_execution_starts_with_the_input_that_the_target_asks_for(how: dict[str, Any], text: str) -> None:
    client = StepFunctions()

    event_targets.deliver(sender(client, **how), dict(EVENT), None)

    (request,) = client.started
    assert request["input"] == text
    assert request["name"].startswith(ID)


def test_the_whole_event_goes_without_localstacks_own_note() -> None:
    client = StepFunctions()

    event_targets.deliver(sender(client), dict(EVENT), None)

    assert "event-bus-name" not in client.started[0]["input"]


def test_a_second_attempt_after_a_lost_answer_is_delivered() -> None:
    event_targets.deliver(sender(StepFunctions(known=True)), dict(EVENT), None)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"InputPath": "$.detail.nothing"}, "InputPath"),
        ({"InputTransformer": {"InputTemplate": "{ this is no JSON"}}, "no valid JSON"),
    ],
)
def test_an_input_that_cant_be_made_is_a_failed_delivery(how: dict[str, Any], words: str) -> None:
    """Not a silent success: it shows in the metrics and in the dead-letter queue."""
    client = StepFunctions()

    with pytest.raises(event_targets.InputError, match=words):
        event_targets.deliver(sender(client, **how), dict(EVENT), None)
    assert client.started == []


def test_a_target_that_aws_refuses_changes_nothing() -> None:
    event_targets.apply()
    rule = RuleService.create_rule_service("r", "us-east-1", "000000000000", event_pattern='{"a": ["b"]}')

    with pytest.raises(ValidationException, match="RoleArn is required for target"):
        rule.add_targets([{"Id": "1", "Arn": ARN}])
    assert not rule.rule.targets


def test_localstack_still_breaks_on_a_number_in_a_text() -> None:
    with pytest.raises(TypeError):
        target_module.replace_template_placeholders('"size: <n>"', {"n": 5})


@pytest.mark.parametrize(
    ("path", "value"),
    [("$.detail.size", 0), ("$.detail.none", []), ("$.detail.absent", ""), ("$.time", TIME)],
)
def test_a_value_in_a_template_is_the_events(path: str, value: Any) -> None:
    transformer = {"InputPathsMap": {"n": path}, "InputTemplate": '{"n": <n>, "text": "<n>"}'}
    client = StepFunctions()

    event_targets.deliver(sender(client, InputTransformer=transformer), EVENT, None)

    assert json.loads(client.started[0]["input"])["n"] == value


def test_an_empty_list_is_something() -> None:
    client = StepFunctions()

    event_targets.deliver(sender(client, InputPath="$.detail.none"), EVENT, None)

    assert client.started[0]["input"] == "[]"
