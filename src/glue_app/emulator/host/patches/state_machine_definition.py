"""LocalStack stores state machines that AWS refuses, and names that AWS does not have.

Its parser knows the grammar only: a `Next` to nowhere, an unreachable state, a wrong path or expression, an
integration that does not exist or lacks parameters are found when an execution comes by, if at all. The
rules are glue_app/aws/state_machines; LocalStack's own check still follows, and what it can't run it refuses.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.aws.api.stepfunctions import InvalidDefinition, InvalidName
from localstack.services.stepfunctions.provider import StepFunctionsProvider

from glue_app.aws.state_machines import definition, names
from glue_app.aws.state_machines.diagnostics import ERROR, Diagnostic, errors, invalid_definition

from .patch import Patch, replace

Operation = Callable[..., Any]

#: ValidateStateMachineDefinition's own limit, which `maxResults` of 0 means too
MAXIMUM_RESULTS = 100


def refuse(found: list[Diagnostic]) -> None:
    """Raise InvalidDefinition when there is an error among the findings."""
    if errors(found):
        raise InvalidDefinition(invalid_definition(found))


def _refuse_name(name: str | None) -> None:
    if name is not None and not names.is_valid(name):
        raise InvalidName(f"Invalid Name: '{name}'")


def _create(original: Operation) -> Operation:
    def create_state_machine(self: Any, context: Any, request: Any, **rest: Any) -> Any:
        _refuse_name(request["name"])
        refuse(definition.check(request["definition"], request.get("type") or "STANDARD"))
        return original(self, context, request, **rest)

    return create_state_machine


def _update(original: Operation) -> Operation:
    def update_state_machine(
        self: Any, context: Any, state_machine_arn: str, definition_: str | None = None, **rest: Any
    ) -> Any:
        text = rest.pop("definition", definition_)
        machine = self.get_store(context).state_machines.get(state_machine_arn)
        if text is not None and machine is not None:
            refuse(definition.check(text, str(getattr(machine.sm_type, "value", machine.sm_type))))
        return original(self, context, state_machine_arn, definition=text, **rest)

    return update_state_machine


def _validate(original: Operation) -> Operation:
    def validate_state_machine_definition(self: Any, context: Any, request: Any, **rest: Any) -> Any:
        found = definition.check(request["definition"], request.get("type") or "STANDARD")
        if not errors(found):
            answer = original(self, context, request, **rest)
            if answer["result"] == "FAIL":  # LocalStack can't run it
                return answer
        shown = errors(found) if (request.get("severity") or ERROR) == ERROR else found
        limit = request.get("maxResults") or MAXIMUM_RESULTS
        return {
            "result": "FAIL" if errors(found) else "OK",
            "diagnostics": [_answer(diagnostic) for diagnostic in shown[:limit]],
            "truncated": len(shown) > limit,
        }

    return validate_state_machine_definition


def _answer(found: Diagnostic) -> dict[str, str]:
    answer = {"severity": found.severity, "code": found.code, "message": found.message}
    return answer if found.location is None else {**answer, "location": found.location}


def _test_state(original: Operation) -> Operation:
    def test_state(self: Any, context: Any, request: Any, **rest: Any) -> Any:
        check = definition.check if request.get("stateName") else definition.check_state
        refuse(check(request["definition"]))
        return original(self, context, request, **rest)

    return test_state


def _start(original: Operation) -> Operation:
    """Of both kinds of execution."""

    def start(self: Any, context: Any, state_machine_arn: str, name: str | None = None, **rest: Any) -> Any:
        _refuse_name(name)
        return original(self, context, state_machine_arn, name, **rest)

    return start


def _create_activity(original: Operation) -> Operation:
    def create_activity(self: Any, context: Any, name: str, **rest: Any) -> Any:
        _refuse_name(name)
        return original(self, context, name, **rest)

    return create_activity


def apply() -> None:
    replace(StepFunctionsProvider, "create_state_machine", _create)
    replace(StepFunctionsProvider, "update_state_machine", _update)
    replace(StepFunctionsProvider, "validate_state_machine_definition", _validate)
    replace(StepFunctionsProvider, "test_state", _test_state)
    replace(StepFunctionsProvider, "start_execution", _start)
    replace(StepFunctionsProvider, "start_sync_execution", _start)
    replace(StepFunctionsProvider, "create_activity", _create_activity)


PATCH = Patch(
    "state-machine-definition",
    "a state machine AWS refuses (InvalidDefinition, InvalidName) is refused, with AWS's diagnostics",
    apply,
)
