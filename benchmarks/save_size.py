"""What each save costs for what went through the stack before it.

    PYTHONPATH=.:glue .tools/host/bin/python -m benchmarks.save_size

A save is written every few seconds of a stack at work: what it holds of the past is written again and again.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from benchmarks.figure import Figure
from tests.integration.local_stack import ACCOUNT_ID
from tests.integration.state.kept_stack import KeptStack, running_stack
from tests.support.polling import wait_for

LOG_MEGABYTES = 20
COUNT = 200
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/bench"
MACHINE = {
    "StartAt": "First",
    "States": {"First": {"Type": "Pass", "Next": "Second"}, "Second": {"Type": "Succeed"}},
}


def measure(count: int = COUNT) -> list[Figure]:
    """Bytes that a save has more: per byte logged before it, and per 1,000 of other things."""
    with running_stack() as stack:
        work = _Work(stack)
        work.log(LOG_MEGABYTES)
        first = stack.save()
        work.log(LOG_MEGABYTES)
        second = stack.save()
        slope = (second["bytes"] - first["bytes"]) / (LOG_MEGABYTES * 1e6)
        figures = [
            Figure("growth of a save per byte logged before", f"{slope:.4f}", "0.01"),
            Figure(f"a save after {2 * LOG_MEGABYTES} MB of logs", _told(second)),
        ]
        size = second["bytes"]
        kinds: dict[str, Callable[[int], None]] = {
            "executions of two states": work.execute,
            "messages of 1 kB in a queue": work.send,
            "points of a metric": work.count,
            "events that no rule matches": work.tell,
            "log streams of three lines": work.run,
        }
        for name, do in kinds.items():
            do(count)
            after = stack.save()
            grown = (after["bytes"] - size) / count
            figures.append(Figure(f"growth of a save per 1,000 {name}", f"{grown:.1f} kB"))
            size = after["bytes"]
        return figures


class _Work:
    """What a stack at work does."""

    def __init__(self, stack: KeptStack) -> None:
        self._logs, self._states = stack.client("logs"), stack.client("stepfunctions")
        self._sqs, self._events, self._metrics = (
            stack.client("sqs"),
            stack.client("events"),
            stack.client("cloudwatch"),
        )
        self._logs.create_log_group(logGroupName="/bench")
        self._logs.create_log_stream(logGroupName="/bench", logStreamName="long")
        self._machine = self._states.create_state_machine(
            name="bench", definition=json.dumps(MACHINE), roleArn=ROLE
        )["stateMachineArn"]
        self._queue = self._sqs.create_queue(QueueName="bench")["QueueUrl"]

    def log(self, megabytes: int) -> None:
        events = [{"timestamp": int(time.time() * 1000), "message": "x" * 100}] * 5000
        for _ in range(2 * megabytes):
            self._logs.put_log_events(logGroupName="/bench", logStreamName="long", logEvents=events)

    def execute(self, count: int) -> None:
        for _ in range(count):
            self._states.start_execution(stateMachineArn=self._machine, input=json.dumps({"key": "a" * 200}))
        running = {"stateMachineArn": self._machine, "statusFilter": "RUNNING"}
        wait_for("them to end", lambda: not self._states.list_executions(**running)["executions"], 120)

    def send(self, count: int) -> None:
        for _ in range(count):
            self._sqs.send_message(QueueUrl=self._queue, MessageBody="x" * 1000)

    def count(self, count: int) -> None:
        for number in range(count):
            self._metrics.put_metric_data(
                Namespace="bench", MetricData=[{"MetricName": "m", "Value": number, "Unit": "Count"}]
            )

    def tell(self, count: int) -> None:
        for _ in range(count):
            self._events.put_events(Entries=[{"Source": "bench", "DetailType": "d", "Detail": '{"a": 1}'}])

    def run(self, count: int) -> None:
        lines = [{"timestamp": int(time.time() * 1000), "message": "x" * 100}] * 3
        for number in range(count):
            where = {"logGroupName": "/bench", "logStreamName": f"run-{number}"}
            self._logs.create_log_stream(**where)
            self._logs.put_log_events(**where, logEvents=lines)


def _told(save: dict[str, float]) -> str:
    return f"{save['bytes'] / 1e6:.1f} MB, {save['seconds']:.2f} s, held {save['held_seconds']:.2f} s"


def main(count: int = COUNT) -> None:
    """Print the table."""
    for figure in measure(count):
        print(f"save, {figure.name:60s}{figure.value}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
