"""Pickles of what the default pickler refuses, or brings back unusable."""

from __future__ import annotations

import collections
import datetime
import queue
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.aws.api.stepfunctions import ExecutionStatus, HistoryEventType, StateMachineType
from localstack.services.sqs.models import SqsMessage
from localstack.services.sqs.queue import InterruptiblePriorityQueue, InterruptibleQueue
from localstack.services.stepfunctions.asl.eval.event.event_manager import EventManager
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute
from moto.ssm.models import ParameterDict

from glue_app.emulator.host.state import pickling
from glue_app.emulator.host.state.containers import Container
from glue_app.emulator.host.state.repairs import executions


def there_and_back(value: Any, containers: dict[str, Any] | None = None) -> Any:
    return pickling.loads(pickling.dumps(value, containers or {}), containers or {})


@pytest.mark.parametrize("make", [threading.Lock, threading.RLock])
def test_a_lock_comes_back_free(make: Any) -> None:
    """Whoever held it is not there any more."""
    lock = make()
    with lock:
        restored = there_and_back({"lock": lock})["lock"]

    assert type(restored) is type(lock)
    taken: list[bool] = []
    thread = threading.Thread(target=lambda: taken.append(restored.acquire(blocking=False)))
    thread.start()
    thread.join(60)
    assert taken == [True]


def test_an_event_comes_back() -> None:
    assert not there_and_back(threading.Event()).is_set()


def message(body: str, created: int) -> SqsMessage:
    """Messages are put in order by their priority."""
    return SqsMessage(created, {"MessageId": body, "Body": body, "MD5OfBody": "", "Attributes": {}})


def test_a_queue_keeps_its_items_in_order() -> None:
    """And works: a get waits for a put, as before."""
    kept = InterruptiblePriorityQueue()
    for number in (3, 1, 2):
        kept.put(message(f"m{number}", number))

    restored = there_and_back(kept)

    assert [restored.get(block=False).message["Body"] for _ in range(3)] == ["m1", "m2", "m3"]
    with pytest.raises(queue.Empty):
        restored.get(block=False)
    threading.Timer(0.01, lambda: restored.put(message("late", 4))).start()
    assert restored.get(timeout=60).message["Body"] == "late"


def test_a_queue_that_was_shut_down_opens_again() -> None:
    """LocalStack shuts its queues down when it stops; afterwards every get would be empty."""
    kept = InterruptibleQueue()
    kept.put("m")
    kept.shutdown()

    assert there_and_back(kept).get(block=False) == "m"


def test_motos_parameters_take_a_first_write() -> None:
    """Without its default factory, reads are right and the first PutParameter of a name fails."""
    parameters = ParameterDict("000000000000", "us-east-1")
    dict.__setitem__(parameters, "/a", ["old"])

    restored = there_and_back(parameters)

    assert dict(restored) == {"/a": ["old"]}
    assert (restored.account_id, restored.region_name) == ("000000000000", "us-east-1")
    restored["/a/new"].append("value")
    assert dict(restored)["/a/new"] == ["value"]


def test_a_lambda_as_default_factory_works() -> None:
    kept: Any = collections.defaultdict(lambda: collections.defaultdict(dict))
    kept["a"]["b"]["c"] = 1

    restored = there_and_back(kept)

    assert restored["a"]["b"] == {"c": 1}
    assert restored["x"]["y"] == {}


class Store(BaseStore):  # type: ignore[misc]  # LocalStack carries no types
    things: dict[str, Any] = LocalAttribute(default=dict)


def test_a_reference_to_a_container_leads_to_this_processs_container() -> None:
    there, here = (AccountRegionBundle("s3", Store) for _ in range(2))

    data = pickling.dumps({"backends": there}, {"store-s3": there})

    assert pickling.loads(data, {"store-s3": here})["backends"] is here


def test_a_reference_to_an_unknown_container_is_refused() -> None:
    with pytest.raises(pickling.UnknownContainerError, match="s3"):
        pickling.dumps({"backends": AccountRegionBundle("s3", Store)}, {})


def test_a_container_is_filled_in_place() -> None:
    """Everybody imported it; what was in it before is gone."""
    there, here = (AccountRegionBundle("s3", Store) for _ in range(2))
    there["000000000000"]["us-east-1"].things["a"] = 1
    there["000000000000"]["us-west-2"].things["b"] = 2
    for region in ("us-east-1", "eu-west-1"):
        here["000000000000"][region].things["old"] = 0

    Container("store-s3", here).inject(there_and_back(Container("store-s3", there).to_plain()))

    assert here["000000000000"]["us-east-1"].things == {"a": 1}
    assert here["000000000000"]["us-west-2"].things == {"b": 2}
    assert here["000000000000"]["us-east-1"]._region_name == "us-east-1"
    assert set(here["000000000000"]) == {"us-east-1", "us-west-2"}


# ---------------------------------------------------------------- executions
def execution(status: str, *events: dict[str, Any]) -> Any:
    """An execution as it is while its worker has written `events`."""
    made = Execution(
        name="e",
        sm_type=StateMachineType.STANDARD,
        role_arn="role",
        exec_arn="arn:e",
        account_id="000000000000",
        region_name="us-east-1",
        state_machine=SimpleNamespace(arn="arn:machine"),
        start_date=datetime.datetime.now(datetime.timezone.utc),
        cloud_watch_logging_session=threading.current_thread(),  # has what cannot be pickled
        activity_store={},
    )
    manager = EventManager()
    manager._history_event_list.extend(events)
    made.exec_status = ExecutionStatus(status)
    made.exec_worker = SimpleNamespace(
        env=SimpleNamespace(event_manager=manager), thread=threading.current_thread()
    )
    return made


def event(number: int, kind: str, **details: Any) -> dict[str, Any]:
    when = datetime.datetime.now(datetime.timezone.utc)
    return {"id": number, "type": HistoryEventType(kind), "timestamp": when, **details}


def test_an_execution_keeps_its_history_and_not_its_worker() -> None:
    started = event(1, "ExecutionStarted")

    restored = there_and_back(execution("RUNNING", started))

    assert restored.to_history_output() == {"events": [started]}
    assert restored.exec_worker.env.map_run_record_pool_manager.get_all() == []
    restored.stop(stop_date=None, error=None, cause=None)


def test_an_execution_whose_worker_waits_at_the_gate_is_not_waited_for() -> None:
    """It holds its history's mutex while it sends a log event, and the gate is held by the save."""
    running = execution("RUNNING", {"id": 1, "type": HistoryEventType.ExecutionStarted})
    found: list[Any] = []
    with running.exec_worker.env.event_manager._mutex:
        thread = threading.Thread(target=lambda: found.append(there_and_back(running)), daemon=True)
        thread.start()
        thread.join(60)
    assert [event["id"] for event in found[0].exec_worker.env.event_manager.get_event_history()] == [1]


def test_an_execution_without_a_worker_has_no_history() -> None:
    pending = execution("RUNNING")
    pending.exec_worker = None
    assert there_and_back(pending).to_history_output() == {"events": []}


def test_a_running_execution_is_aborted_and_says_why() -> None:
    restored = there_and_back(execution("RUNNING", event(1, "ExecutionStarted")))

    executions.end_one(restored)

    described = restored.to_describe_output()
    assert (described["status"], described["error"]) == ("ABORTED", "EmulatorRestarted")
    assert described["cause"] == "The stack stopped while this execution was running"
    assert described["stopDate"]
    last = restored.to_history_output()["events"][-1]
    assert (last["id"], last["previousEventId"], last["type"]) == (2, 1, "ExecutionAborted")


@pytest.mark.parametrize(
    ("last", "status", "outcome"),
    [
        (
            event(2, "ExecutionSucceeded", executionSucceededEventDetails={"output": '{"rows": 3}'}),
            "SUCCEEDED",
            ({"rows": 3}, None, None),
        ),
        (
            event(2, "ExecutionFailed", executionFailedEventDetails={"error": "E", "cause": "why"}),
            "FAILED",
            (None, "E", "why"),
        ),
        (event(2, "ExecutionTimedOut"), "TIMED_OUT", (None, None, None)),
    ],
)
def test_an_execution_that_had_ended_keeps_its_end(last: Any, status: str, outcome: Any) -> None:
    """A save between the worker's last event and the status: the history decides."""
    restored = there_and_back(execution("RUNNING", event(1, "ExecutionStarted"), last))

    executions.end_one(restored)

    assert restored.exec_status == status
    assert restored.stop_date == last["timestamp"]
    assert (restored.output, restored.error, restored.cause) == outcome
    assert len(restored.to_history_output()["events"]) == 2
