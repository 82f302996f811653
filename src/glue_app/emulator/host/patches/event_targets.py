"""A target with Input, InputPath or InputTransformer never starts a state machine; some inputs are dropped.

LocalStack names the execution by the `id` of the transformed event, which has none. It drops what is falsy
in Python: the input `{}`, a value 0 or false in a template; a number within a string, a quote or a line's end
in a value break its templates. It takes a state machine without a RoleArn,
which AWS refuses. `deliver` takes the place of its TargetSender.process_event (see event_delivery).
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import jsonpath_rw
from localstack.services.events import target as target_module
from localstack.services.events.models import ValidationException
from localstack.services.events.rule import RuleService
from localstack.services.events.target import StatesTargetSender
from localstack.services.events.utils import to_json_str
from localstack.utils.strings import long_uid

from glue_app.aws import event_targets, input_templates

from .patch import Patch, replace

_NOTHING = object()
#: id of the event that is being delivered, which a transformed one no longer has
_EVENT_ID: ContextVar[str] = ContextVar("event-id", default="")


class InputError(ValueError):
    """Raised for an event that the target's InputPath or InputTransformer makes no input of."""


def deliver(sender: Any, event: Any, trace_header: Any) -> None:
    """Send the event, as the target wants it, once. Raises what the target's service does, InputError."""
    event_id = str(event.get("id") or long_uid()) if isinstance(event, dict) else long_uid()
    token = _EVENT_ID.set(event_id)
    try:
        sender.send_event(_input(sender, event), trace_header)
    finally:
        _EVENT_ID.reset(token)


def _input(sender: Any, event: Any) -> Any:
    target = sender.target
    if (text := target.get("Input")) is not None:
        return json.loads(text)
    if isinstance(event, dict):
        event = {name: value for name, value in event.items() if name != "event-bus-name"}
    if path := target.get("InputPath"):
        found = _found(event, path)
        if found is _NOTHING:
            raise InputError(f"InputPath {path} finds nothing in the event")
        return found
    if transformer := target.get("InputTransformer"):
        return _transformed(sender, transformer, event)
    return event


def _found(event: Any, path: str) -> Any:
    """Return what the path leads to, `_NOTHING` where there is nothing."""
    found = [match.value for match in jsonpath_rw.parse(path).find(event)]
    return found[0] if len(found) == 1 else found or _NOTHING


def _transformed(sender: Any, transformer: Any, event: Any) -> Any:
    values = {
        name: _found(event, path)
        for name, path in (transformer.get("InputPathsMap") or {}).items()
        if name not in target_module.PREDEFINED_PLACEHOLDERS
    }
    values = {name: "" if value is _NOTHING else value for name, value in values.items()}
    values |= json.loads(to_json_str(sender._get_predefined_template_replacements(event)))  # times are text
    try:
        return input_templates.fill(transformer["InputTemplate"], values)
    except input_templates.TemplateError as error:
        raise InputError(f"InputTransformer: {error}") from error


def _start_execution(_original: Callable[..., None]) -> Callable[..., None]:
    def send_event(self: Any, event: Any, trace_header: Any) -> None:
        self.service = "stepfunctions"
        with suppress(self.client.exceptions.ExecutionAlreadyExists):  # by an attempt whose answer was lost
            self.client.start_execution(
                stateMachineArn=self.target["Arn"],
                name=event_targets.execution_name(_EVENT_ID.get(), self.unique_id),
                input=to_json_str(event),
            )

    return send_event


def _checked(original: Callable[..., Any]) -> Callable[..., Any]:
    def add_targets(self: Any, targets: Any) -> Any:
        for each in targets:
            if words := event_targets.refusal(each):
                raise ValidationException(words)
        return original(self, targets)

    return add_targets


def apply() -> None:
    replace(RuleService, "add_targets", _checked)
    replace(StatesTargetSender, "send_event", _start_execution)


PATCH = Patch(
    "event-targets",
    "a state machine starts with the transformed input; targets need what AWS asks for",
    apply,
)
