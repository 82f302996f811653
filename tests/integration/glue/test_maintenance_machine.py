"""Executions of the upkeep's state machine: the lock of the uploads, a failure, what came meanwhile.

The job is one that ends at once: what it does to tables is tried in tests/unit/glue/silver.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.glue.conftest import GlueJob
from tests.integration.local_stack import ACCOUNT_ID
from tests.support.maintenance_machine import definition
from tests.support.polling import wait_for

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/tests"
SCRIPT = """
import sys
from awsglue.utils import getResolvedOptions
given = getResolvedOptions(sys.argv, ["step", "dataset", "rebuild", "execution_arn"])
print(given["step"], given["dataset"], given["rebuild"])
if given["dataset"] == "broken":
    raise ValueError("boom")
"""
WAITS = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
NOTES = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


@dataclass
class Upkeep:
    """The machine, and what it works with."""

    client: Callable[[str], Any]
    job: GlueJob
    machine: str
    pipeline: str
    holders: str

    def start(self, *datasets: str) -> str:
        given = json.dumps({"datasets": list(datasets)})
        return str(self._sfn.start_execution(stateMachineArn=self.machine, input=given)["executionArn"])

    def ended(self, execution: str) -> str:
        def over() -> str | None:
            status = str(self._sfn.describe_execution(executionArn=execution)["status"])
            return status if status != "RUNNING" else None

        return wait_for("the upkeep", over, 240)

    def hold(self, dataset: str) -> str:
        """An upload's execution that runs and holds the lock."""
        holder = str(self._sfn.start_execution(stateMachineArn=self.holders)["executionArn"])
        self.put_lock(dataset, json.dumps({"holder": holder}))
        return holder

    def put_lock(self, dataset: str, body: str) -> None:
        self._s3.put_object(Bucket=self.job.bucket, Key=_lock(dataset), Body=body.encode())

    def holder(self, dataset: str) -> str:
        body = self._s3.get_object(Bucket=self.job.bucket, Key=_lock(dataset))["Body"]
        return str(json.load(body)["holder"])

    def failures(self, execution: str) -> list[Any]:
        pages = self._sfn.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [
            event["taskFailedEventDetails"]
            for page in pages
            for event in page["events"]
            if "taskFailedEventDetails" in event
        ]

    def states(self, execution: str) -> list[str]:
        pages = self._sfn.get_paginator("get_execution_history").paginate(executionArn=execution)
        events = [event for page in pages for event in page["events"]]
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in events
            if "stateEnteredEventDetails" in event
        ]

    def runs(self) -> list[tuple[str, str]]:
        """Dataset and state of the job's runs, the first first."""
        found = self.client("glue").get_job_runs(JobName=self.job.name)["JobRuns"]
        return [(run["Arguments"]["--dataset"], run["JobRunState"]) for run in reversed(found)]

    def handed_on(self) -> list[Any]:
        """The inputs that the pipeline was started with, the first first."""
        found = self._sfn.list_executions(stateMachineArn=self.pipeline)["executions"]
        found.sort(key=lambda one: one["startDate"])
        return [
            json.loads(self._sfn.describe_execution(executionArn=one["executionArn"])["input"])
            for one in found
        ]

    def stop(self, execution: str) -> None:
        """Return when it has ended: it goes on for a moment."""
        self._sfn.stop_execution(executionArn=execution)
        self.ended(execution)

    @property
    def _sfn(self) -> Any:
        return self.client("stepfunctions")

    @property
    def _s3(self) -> Any:
        return self.client("s3")


def _lock(dataset: str) -> str:
    return f"locks/{dataset}.json"


@pytest.fixture
def upkeep(client: Callable[[str], Any], make_job: Callable[..., GlueJob]) -> Iterator[Upkeep]:
    job = make_job(SCRIPT)
    sfn, sns = client("stepfunctions"), client("sns")
    topic = sns.create_topic(Name=f"failures-{uuid.uuid4().hex[:8]}")["TopicArn"]

    def machine(kind: str, text: str) -> str:
        made = sfn.create_state_machine(name=f"{kind}-{job.name}", definition=text, roleArn=ROLE)
        return str(made["stateMachineArn"])

    pipeline = machine("pipeline", json.dumps(NOTES))
    values = {
        "silver_bucket": job.bucket,
        "glue_job_name": job.name,
        "failure_topic_arn": topic,
        "pipeline_arn": pipeline,
    }
    text = definition(values).replace('"Seconds": 300', '"Seconds": 1')
    made = Upkeep(client, job, machine("upkeep", text), pipeline, machine("holder", json.dumps(WAITS)))
    yield made
    for arn in (made.machine, made.pipeline, made.holders):
        for one in sfn.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]:
            sfn.stop_execution(executionArn=one["executionArn"])
        sfn.delete_state_machine(stateMachineArn=arn)
    sns.delete_topic(TopicArn=topic)


def test_each_dataset_is_maintained_under_its_lock_and_a_failure_stops_no_other(upkeep: Upkeep) -> None:
    """One after the other; each lock is free again, and what came meanwhile is for the pipeline to take."""
    execution = upkeep.start("orders", "broken", "tickets")
    assert upkeep.ended(execution) == "FAILED"
    assert upkeep.runs() == [("orders", "SUCCEEDED"), ("broken", "FAILED"), ("tickets", "SUCCEEDED")]
    assert {upkeep.holder(name) for name in ("orders", "broken", "tickets")} == {"none"}
    assert upkeep.handed_on() == [{"dataset": name} for name in ("orders", "broken", "tickets")]
    assert upkeep.states(execution).count("Publish the failure") == 1


def test_a_running_uploads_lock_is_waited_for_and_a_stopped_ones_is_taken(upkeep: Upkeep) -> None:
    """No run begins before; an execution that is stopped while it waits leaves the lock as it was."""
    holder = upkeep.hold("orders")
    stopped, execution = upkeep.start("orders"), upkeep.start("orders")
    for one in (stopped, execution):
        wait_for("a second look", lambda one=one: upkeep.states(one).count("Read the lock") > 1, 120)
    upkeep.stop(stopped)
    assert upkeep.runs() == []
    assert upkeep.holder("orders") == holder
    upkeep.stop(holder)
    assert upkeep.ended(execution) == "SUCCEEDED", upkeep.failures(execution)
    assert upkeep.runs() == [("orders", "SUCCEEDED")]
    assert upkeep.holder("orders") == "none"


def test_an_upkeep_that_is_stopped_half_way_leaves_a_lock_that_is_nobodys(upkeep: Upkeep) -> None:
    """The next execution takes it without waiting, as it takes one that was released."""
    first = upkeep.start("orders")
    wait_for("the run", upkeep.runs, 120)
    upkeep.stop(first)
    assert upkeep.holder("orders") == first
    second = upkeep.start("orders")
    assert upkeep.ended(second) == "SUCCEEDED", upkeep.failures(second)
    assert upkeep.states(second).count("Wait for the holder") == 0
    assert upkeep.holder("orders") == "none"


def test_a_broken_lock_is_told_of_and_stops_no_other_dataset(upkeep: Upkeep) -> None:
    """Whatever it says instead of a holder; it is left as it is, for somebody to look at."""
    broken = ("", "broken", '{"holder": ', '["a"]')
    names = [f"broken_{nth}" for nth in range(len(broken))]
    for name, body in zip(names, broken, strict=True):
        upkeep.put_lock(name, body)
    execution = upkeep.start(*names, "orders")
    assert upkeep.ended(execution) == "FAILED"
    assert upkeep.runs() == [("orders", "SUCCEEDED")]
    assert upkeep.states(execution).count("Tell that it is broken") == len(broken)
    assert upkeep.states(execution).count("Publish the failure") == len(broken)
    assert upkeep.holder("orders") == "none"
