"""The patch long_calls: what waits within a request of Step Functions does so outside the gate."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.apigateway.next_gen.execute_api.handlers import integration
from localstack.services.stepfunctions.backend.activity import Activity, ActivityTask
from localstack.services.stepfunctions.backend.execution_worker import SyncExecutionWorker
from localstack.services.stepfunctions.provider import StepFunctionsProvider

from glue_app.emulator.host.gateway import long_calls
from glue_app.emulator.host.patches.patch import original
from glue_app.emulator.host.state.gate import Gate, GateTimeoutError
from tests.support.polling import wait_for


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A gate of the test's own in place of the process's."""
    long_calls.apply()
    made = Gate()
    monkeypatch.setattr(long_calls, "GATE", made)
    return made


class Request:
    """Does `work` within the gate, on a thread of its own."""

    def __init__(self, gate: Gate, work: Callable[[], Any]) -> None:
        self._gate, self._work = gate, work
        self.answers: list[Any] = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self._gate.enter(internal=False)
        try:
            self.answers.append(self._work())
        finally:
            self._gate.leave()

    def answer(self) -> Any:
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.answers[0]


class Execution:
    """A state machine that waits until it is told to go on, and then makes a request of its own."""

    def __init__(self, gate: Gate) -> None:
        self.running, self.go_on = threading.Event(), threading.Event()
        self.called = threading.Event()
        self._gate = gate

    def _execution_logic(self) -> None:
        self.running.set()
        assert self.go_on.wait(60)
        self._gate.enter(internal=True)
        self.called.set()
        self._gate.leave(mutated=True)


def test_localstack_still_runs_a_synchronous_execution_within_the_request(gate: Gate) -> None:
    execution = Execution(gate)
    request = Request(gate, lambda: original(SyncExecutionWorker, "start")(execution))
    assert execution.running.wait(60)

    with pytest.raises(GateTimeoutError), gate.hold(0.05):
        pytest.fail("held")

    execution.go_on.set()
    request.answer()


def test_a_save_does_not_wait_for_a_synchronous_execution(gate: Gate) -> None:
    """What the execution calls meanwhile waits for the save, so that the save is of one moment."""
    execution = Execution(gate)
    request = Request(gate, lambda: SyncExecutionWorker.start(execution))
    assert execution.running.wait(60)

    with gate.hold(5):
        execution.go_on.set()
        assert not execution.called.wait(0.1)
        assert gate.active == 0

    request.answer()
    assert execution.called.is_set()
    assert (gate.active, gate.mutations) == (0, 1)


def activity() -> Any:
    return Activity("arn:aws:states:us-east-1:000000000000:activity:a", "a")


def test_localstack_still_polls_for_a_task_within_the_request(gate: Gate) -> None:
    """For a minute, of which the test takes the first moment."""
    made = activity()
    pull = original(StepFunctionsProvider, "_pull_activity_task").__func__
    request = Request(gate, lambda: pull(made))
    wait_for("the poll", lambda: gate.active)

    with pytest.raises(GateTimeoutError), gate.hold(0.05):
        pytest.fail("held")

    made.add_task(ActivityTask("token", "{}"))
    assert request.answer().task_token == "token"


def test_a_task_is_taken_when_no_save_holds(gate: Gate) -> None:
    made = activity()
    request = Request(gate, lambda: StepFunctionsProvider._pull_activity_task(made))

    with gate.hold(5):
        made.add_task(ActivityTask("token", "{}"))
        request.thread.join(0.3)
        assert (request.answers, len(made._tasks)) == ([], 1)

    assert request.answer().task_token == "token"


def test_without_a_task_the_worker_gets_none(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_calls, "ACTIVITY_POLL_S", 0.05)
    assert Request(gate, lambda: StepFunctionsProvider._pull_activity_task(activity())).answer() is None


def test_the_patch_covers_test_state() -> None:
    from localstack.services.stepfunctions.backend.test_state.execution_worker import TestStateExecutionWorker

    assert "start" not in vars(TestStateExecutionWorker)
    assert issubclass(TestStateExecutionWorker, SyncExecutionWorker)


def test_a_save_does_not_wait_for_the_backend_of_an_api(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = threading.Event(), threading.Event()

    def invoke(_context: Any) -> str:
        asked.set()
        assert answer.wait(60)
        return "answered"

    monkeypatch.setitem(integration.REST_API_INTEGRATIONS, "HTTP", SimpleNamespace(invoke=invoke))
    context: Any = SimpleNamespace(integration={"type": "HTTP"})

    def call(of: Callable[..., None]) -> Request:
        asked.clear()
        answer.clear()
        request = Request(gate, lambda: of(integration.IntegrationHandler(), None, context, None))
        assert asked.wait(60)
        return request

    request = call(original(integration.IntegrationHandler, "__call__"))
    with pytest.raises(GateTimeoutError), gate.hold(0.05):
        pytest.fail("LocalStack does it by itself by now")
    answer.set()
    request.answer()

    request = call(integration.IntegrationHandler.__call__)
    with gate.hold(5):
        answer.set()
    request.answer()
    assert context.endpoint_response == "answered"
