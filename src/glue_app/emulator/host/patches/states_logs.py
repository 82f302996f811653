"""LocalStack's executions wait for CloudWatch Logs: a PutLogEvents for each event of their history.

With the level ALL that is 48 requests for an upload that is handed over, more than all that it does, and
those of a burst wait for each other. On AWS the log is delivered beside the execution, at best effort:
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html. Here, too: by one thread, many at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Any

from localstack.services.stepfunctions.asl.eval.event.logging import CloudWatchLoggingSession
from localstack.services.stepfunctions.asl.utils.encoding import to_json_str

from .patch import Patch, replace

MOST_EVENTS = 500
MOST_CHARACTERS = 250_000
"""PutLogEvents takes 10,000 events and 1,048,576 bytes, an event counting 26 and a character up to 4.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""

Waiting = tuple[Any, dict[str, Any]]


class Delivery:
    """What waits to be logged, and the thread that does it; begun by the first event."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Waiting] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, session: Any, event: dict[str, Any]) -> None:
        self._waiting.put((session, event))
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="states-logs", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            deliver(self._next())

    def _next(self) -> list[Waiting]:
        """Wait for an event, and return it with those that wait behind it."""
        found = [self._waiting.get()]
        size = len(found[0][1]["message"])
        while len(found) < MOST_EVENTS and size < MOST_CHARACTERS:
            try:
                found.append(self._waiting.get_nowait())
            except Empty:
                break
            size += len(found[-1][1]["message"])
        return found


def deliver(waiting: Iterable[Waiting]) -> None:
    """Log the events, those of a stream by one call, in the order of their time."""
    streams: dict[tuple[str, ...], list[Waiting]] = {}
    for session, event in waiting:
        to = session.configuration
        stream = (to.log_account_id, to.log_region, to.log_group_name, to.log_stream_name)
        streams.setdefault(stream, []).append((session, event))
    for found in streams.values():
        events = sorted((event for _, event in found), key=lambda event: int(event["timestamp"]))
        found[0][0]._publish_history_log_or_setup(log_events=events)  # which tells of errors itself


_DELIVERY = Delivery()


def _beside(original: Callable[..., None]) -> Callable[..., None]:
    def publish_history_log(self: Any, history_log: Any) -> None:
        at = int(history_log["event_timestamp"].timestamp() * 1000)
        _DELIVERY.put(self, {"timestamp": at, "message": to_json_str(history_log)})

    return publish_history_log


def apply() -> None:
    replace(CloudWatchLoggingSession, "publish_history_log", _beside)


PATCH = Patch("states-logs", "an execution does not wait for its log, which is delivered beside it", apply)
