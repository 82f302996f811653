"""The patch states_logs: an execution does not wait for its log."""

from __future__ import annotations

import datetime
import inspect
import threading
from types import SimpleNamespace
from typing import Any

from localstack.services.stepfunctions.asl.eval.event.logging import CloudWatchLoggingSession

from glue_app.emulator.host.patches import states_logs
from glue_app.emulator.host.patches.patch import original
from tests.support.polling import wait_for


class Session:
    """One execution's, which keeps what it is told to log; the first call waits until it is let go."""

    def __init__(
        self, calls: list[list[str]], stream: str = "a", gate: threading.Event | None = None
    ) -> None:
        self.configuration = SimpleNamespace(
            log_account_id="0", log_region="r", log_group_name="g", log_stream_name=stream
        )
        self._calls, self._gate = calls, gate

    def _publish_history_log_or_setup(self, log_events: list[Any]) -> None:
        self._calls.append([event["message"] for event in log_events])
        if self._gate is not None:
            assert self._gate.wait(60)


def event(number: int, size: int = 1) -> dict[str, Any]:
    return {"timestamp": number, "message": f"{number}".ljust(size)}


def test_localstack_still_waits_for_each_event() -> None:
    assert "_publish_history_log_or_setup(" in inspect.getsource(
        original(CloudWatchLoggingSession, "publish_history_log")
    )


def test_what_comes_while_others_are_delivered_goes_together() -> None:
    """Of all executions of a state machine, in the order of their time; putting does not wait."""
    calls: list[list[str]] = []
    gate, delivery = threading.Event(), states_logs.Delivery()
    session, other = Session(calls, gate=gate), Session(calls)
    delivery.put(session, event(1))
    wait_for("the first to be delivered", lambda: calls, 60)
    for number in (4, 2):
        delivery.put(session, event(number))
    delivery.put(other, event(3))
    assert calls == [["1"]]
    gate.set()
    wait_for("the others", lambda: len(calls) > 1, 60)
    assert calls == [["1"], ["2", "3", "4"]]


def test_each_stream_has_a_call_of_its_own() -> None:
    calls: list[list[str]] = []
    states_logs.deliver([(Session(calls), event(2)), (Session(calls, "b"), event(1))])
    assert calls == [["2"], ["1"]]


def test_a_call_is_no_larger_than_logs_take() -> None:
    delivery = states_logs.Delivery()
    for number in range(4):
        delivery._waiting.put((None, event(number, size=states_logs.MOST_CHARACTERS // 2)))
    assert [len(delivery._next()) for _ in range(2)] == [2, 2]
    for number in range(states_logs.MOST_EVENTS + 1):
        delivery._waiting.put((None, event(number)))
    assert [len(delivery._next()) for _ in range(2)] == [states_logs.MOST_EVENTS, 1]


def test_an_event_is_written_as_it_is_now() -> None:
    """The history may change before its turn comes."""
    calls: list[list[str]] = []
    publish = states_logs._beside(original(CloudWatchLoggingSession, "publish_history_log"))
    at = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    history: dict[str, Any] = {"id": "1", "event_timestamp": at}
    publish(Session(calls), history)
    history["id"] = "2"
    wait_for("its delivery", lambda: calls, 60)
    assert '"id":"1"' in calls[0][0].replace(" ", "")
