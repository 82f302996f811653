"""A task starts with parameters AWS does not start it with: wrong types, unknown names, missing ones.

LocalStack drops unknown names and writes any value out as a string. On AWS the state fails with
States.Runtime before anything is called, its history has no TaskScheduled, and no Catch takes it.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
The cause's sentence is AWS's as quoted in public issues; that of each kind of fault, see
glue_app/aws/state_machines/parameters.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from localstack.aws.api.stepfunctions import ExecutionFailedEventDetails, HistoryEventType
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.execute_state import (
    ExecutionState,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (
    state_task_service,
)
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails

from glue_app.aws.state_machines.integrations import UnknownResourceError, integration_of
from glue_app.aws.state_machines.parameters import check_values

from .patch import Patch, replace

Task = state_task_service.StateTaskService


class NotStartedError(FailureEventException):  # type: ignore[misc]  # LocalStack has no types
    """The task was refused before it started."""


class _UncaughtError(BaseException):
    """Carries a failure past the `except Exception` that would offer it to Retry and Catch."""

    def __init__(self, failure: NotStartedError) -> None:
        super().__init__()
        self.failure = failure


def faults(resource: str, parameters: Any) -> list[str]:
    """Return what keeps AWS from calling `resource` with these values."""
    try:
        operation = integration_of(resource).operation()
    except UnknownResourceError:
        return []
    return check_values(operation, parameters) if operation is not None else []


def _checked(original: Callable[..., Any]) -> Callable[..., Any]:
    def eval_parameters(self: Any, env: Any) -> Any:
        parameters: Any = {}
        if self.parargs is not None:
            self.parargs.eval(env=env)
            parameters = env.stack.pop()
        if found := faults(self.resource.resource_arn, parameters):
            raise NotStartedError(_failure(env, parameters, found))
        supported = self._get_supported_parameters()
        if not supported or not isinstance(parameters, dict):
            return parameters
        return {name: value for name, value in parameters.items() if name in supported}

    return eval_parameters


def _failure(env: Any, parameters: Any, found: list[str]) -> FailureEvent:
    """LocalStack puts AWS's words about the state in front."""
    given = json.dumps(parameters, separators=(",", ":"), default=str)
    cause = f"The Parameters '{given}' could not be used to start the Task: [{', '.join(found)}]"
    return FailureEvent(
        env=env,
        error_name=StatesErrorName(typ=StatesErrorNameType.StatesRuntime),
        event_type=HistoryEventType.ExecutionFailed,
        event_details=EventDetails(
            executionFailedEventDetails=ExecutionFailedEventDetails(
                error=StatesErrorNameType.StatesRuntime.to_name(), cause=cause
            )
        ),
    )


def _let_through(original: Callable[..., None]) -> Callable[..., None]:
    def evaluate_with_timeout(self: Any, env: Any) -> None:
        try:
            original(self, env)
        except NotStartedError as failure:
            raise _UncaughtError(failure) from None

    return evaluate_with_timeout


def _ending(original: Callable[..., None]) -> Callable[..., None]:
    def eval_state(self: Any, env: Any) -> None:
        try:
            original(self, env)
        except _UncaughtError as uncaught:
            raise uncaught.failure from None

    return eval_state


def apply() -> None:
    replace(Task, "_eval_parameters", _checked)
    replace(ExecutionState, "_evaluate_with_timeout", _let_through)
    replace(ExecutionState, "_eval_state", _ending)


PATCH = Patch(
    "task-parameters",
    "a task whose parameters do not fit the API fails with States.Runtime before it is started",
    apply,
)
