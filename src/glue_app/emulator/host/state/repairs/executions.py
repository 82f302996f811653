"""Step Functions: an execution that was running has no worker any more, so it ends here, and says why."""

from __future__ import annotations

import datetime
import json
from typing import Any

from localstack.aws.api.stepfunctions import ExecutionStatus, HistoryEventType
from localstack.services.stepfunctions.backend.store import sfn_stores

ERROR = "EmulatorRestarted"
CAUSE = "The stack stopped while this execution was running"

_STATUS_OF_LAST_EVENT = {
    "ExecutionSucceeded": ExecutionStatus.SUCCEEDED,
    "ExecutionFailed": ExecutionStatus.FAILED,
    "ExecutionAborted": ExecutionStatus.ABORTED,
    "ExecutionTimedOut": ExecutionStatus.TIMED_OUT,
}


def end() -> None:
    """End every execution that is RUNNING: as its history says, or ABORTED."""
    for _account, _region, store in list(sfn_stores.iter_stores()):
        for execution in list(store.executions.values()):
            if execution.exec_status == ExecutionStatus.RUNNING:
                end_one(execution)


def end_one(execution: Any) -> None:
    """End one as its history says, or as ABORTED.

    A worker writes the last event first and the status a moment later: a save may lie between.
    """
    history = execution.exec_worker.env.event_manager._history_event_list
    last = history[-1] if history else {}
    kind = last.get("type", "")
    if status := _STATUS_OF_LAST_EVENT.get(getattr(kind, "value", kind)):
        _reflect(execution, status, last)
    else:
        _abort(execution, history)


def _reflect(execution: Any, status: Any, last: dict[str, Any]) -> None:
    details: dict[str, Any] = next(
        (value for name, value in last.items() if name.startswith("execution") and isinstance(value, dict)),
        {},
    )
    execution.exec_status = status
    execution.stop_date = last["timestamp"]
    if status == ExecutionStatus.SUCCEEDED:
        execution.output = json.loads(details["output"])
    else:
        execution.error, execution.cause = details.get("error"), details.get("cause")


def _abort(execution: Any, history: list[Any]) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    execution.exec_status, execution.stop_date = ExecutionStatus.ABORTED, now
    execution.error, execution.cause = ERROR, CAUSE
    history.append(
        {
            "executionAbortedEventDetails": {"error": ERROR, "cause": CAUSE},
            "id": len(history) + 1,
            "previousEventId": history[-1]["id"] if history else 0,
            "type": HistoryEventType.ExecutionAborted,
            "timestamp": now,
        }
    )
