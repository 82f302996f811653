"""The patch task_parameters: a task whose parameters don't fit is not started, and nobody catches that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.stepfunctions.asl.component.state.state_execution.execute_state import ExecutionState

from glue_app.emulator.host.patches import task_parameters
from glue_app.emulator.host.patches.patch import original

GLUE = "arn:aws:states:::glue:startJobRun.sync"


def evaluated(of: Any, parameters: Any, resource: str = GLUE) -> Any:
    """What `_eval_parameters` makes of them."""
    env: Any = SimpleNamespace(
        stack=[], event_history_context=SimpleNamespace(source_event_id=1), next_state_name="Task"
    )
    task = SimpleNamespace(
        parargs=SimpleNamespace(eval=lambda env: env.stack.append(parameters)),
        resource=SimpleNamespace(resource_arn=resource),
        _get_supported_parameters=lambda: {"jobname", "arguments", "JobName", "Arguments"},
        _eval_service_parameters=None,
    )
    return of(task, env)


def test_localstack_still_drops_what_it_does_not_know() -> None:
    task_parameters.apply()

    assert evaluated(original(task_parameters.Task, "_eval_parameters"), {"JobName": "j", "No": 1}) == {
        "JobName": "j"
    }


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"JobName": "j", "Arguments": {"--count": 5}}, "--count"),
        ({"JobName": "j", "Argument": {}}, "Argument"),
        ({"Arguments": {}}, "JobName"),
        ({"JobName": 1}, "JobName"),
    ],
)
def test_what_does_not_fit_the_api_is_not_started(parameters: Any, words: str) -> None:
    task_parameters.apply()

    with pytest.raises(task_parameters.NotStartedError) as refused:
        evaluated(task_parameters.Task._eval_parameters, parameters)

    details = refused.value.failure_event.event_details["executionFailedEventDetails"]
    assert details["error"] == "States.Runtime"
    assert "could not be used to start the Task" in details["cause"]
    assert words in details["cause"]


def test_what_fits_goes_on() -> None:
    task_parameters.apply()
    parameters = {"JobName": "j", "Arguments": {"--count": "5"}}

    assert evaluated(task_parameters.Task._eval_parameters, parameters) == parameters
    own = {"anything": [1, None]}
    assert evaluated(task_parameters.Task._eval_parameters, {"JobName": "j", **own}, "arn:of:nothing") == {
        "JobName": "j"
    }


def test_neither_retry_nor_catch_gets_it() -> None:
    """The state ends by it, as LocalStack ends one by what is not caught."""
    task_parameters.apply()
    failure = task_parameters.NotStartedError(None)

    def fails(*_: Any) -> None:
        raise failure

    within = task_parameters._let_through(fails)
    offered: list[Exception] = []

    def state(*arguments: Any) -> None:
        try:
            within(*arguments)
        except Exception as error:  # where LocalStack looks for a Catch
            offered.append(error)

    with pytest.raises(task_parameters.NotStartedError) as ended:
        task_parameters._ending(state)(None, None)
    assert ended.value is failure
    assert offered == []
    assert ExecutionState._eval_state is not original(ExecutionState, "_eval_state")
