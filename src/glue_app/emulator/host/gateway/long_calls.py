"""LocalStack works on a long call, of Step Functions or API Gateway, within one request, to its end.

StartSyncExecution and TestState run the state machine on the request's own thread, a Wait of a minute
included; GetActivityTask waits a minute for a task, and an API's integration half a minute for its backend. A
save would wait for them inside the gate, and everybody else for the save. Here they wait outside
(emulator/host/state/gate.py): what a state machine or an integration calls passes the gate call by call, as
it does for executions that run on their own, and a task is taken back inside only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from localstack.services.apigateway.next_gen.execute_api.handlers.integration import IntegrationHandler
from localstack.services.stepfunctions.backend.execution_worker import SyncExecutionWorker
from localstack.services.stepfunctions.provider import StepFunctionsProvider

from glue_app.emulator.host.patches.patch import Patch, replace
from glue_app.emulator.host.state.gate import GATE

#: "the maximum time the service will hold on to the request" (API reference, GetActivityTask)
ACTIVITY_POLL_S = 60.0
_LOOK_S = 0.1


def _running_outside(original: Callable[..., None]) -> Callable[..., None]:
    def start(self: Any) -> None:
        with GATE.outside():
            original(self)

    return start


def _waiting_outside(_original: Any) -> Any:
    def pull(activity: Any) -> Any:
        deadline = time.monotonic() + ACTIVITY_POLL_S
        while True:
            with GATE.outside():
                while not activity._tasks and time.monotonic() < deadline:
                    time.sleep(_LOOK_S)
            try:
                return activity.get_task()
            except IndexError:  # another worker was faster, or there was none in time
                if time.monotonic() >= deadline:
                    return None

    return staticmethod(pull)


def _integrating_outside(original: Callable[..., None]) -> Callable[..., None]:
    def call(self: Any, *arguments: Any) -> None:
        with GATE.outside():
            original(self, *arguments)

    return call


def apply() -> None:
    replace(IntegrationHandler, "__call__", _integrating_outside)
    replace(SyncExecutionWorker, "start", _running_outside)
    replace(StepFunctionsProvider, "_pull_activity_task", _waiting_outside)


PATCH = Patch(
    "long-calls",
    "a long call of Step Functions or API Gateway keeps no save, and so nobody else, waiting",
    apply,
)
