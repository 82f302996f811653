"""AWS/RDS metrics of real servers, and an alarm that one of them fires."""

from __future__ import annotations

import contextlib
import datetime
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.local_stack import LocalStack, stack_with
from tests.integration.rds.db_instance import Instance
from tests.support.polling import wait_for

pytestmark = [
    pytest.mark.database,
    pytest.mark.embedded("measures each second, by a setting of its own stack"),
]


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    """One that measures each second."""
    with stack_with(GLUE_APP_RDS_METRICS_S="1") as running:
        yield running


@pytest.fixture(scope="module")
def client(stack: LocalStack) -> Callable[[str], Any]:
    return stack.client


def test_too_many_connections_raise_the_alarm(
    create_instance: Callable[..., Instance], client: Callable[[str], Any], stack: LocalStack
) -> None:
    """The topic hears of it; the other metrics are there, too."""
    gold = create_instance()
    queue, dimensions = _subscribed(client), [{"Name": "DBInstanceIdentifier", "Value": gold.identifier}]
    client("cloudwatch").put_metric_alarm(
        AlarmName="gold-connections", Namespace="AWS/RDS", MetricName="DatabaseConnections",
        Dimensions=dimensions, Statistic="Maximum", Period=10, EvaluationPeriods=1, Threshold=4,
        ComparisonOperator="GreaterThanThreshold", AlarmActions=[queue["topic"]],
    )  # fmt: skip
    with contextlib.ExitStack() as clients:
        for _ in range(5):
            clients.enter_context(gold.connect("postgres_admin", "first-Passw0rd"))

        message = wait_for("the alarm's message", lambda: _message(client, queue["url"]), 60)

    assert (message["AlarmName"], message["NewStateValue"]) == ("gold-connections", "ALARM")
    newest = wait_for("all metrics", lambda: _all_of_them(client, dimensions), 30)
    assert newest["DatabaseConnections"] >= 5
    assert 19e9 < newest["FreeStorageSpace"] < 20 * 1024**3
    assert 0 <= newest["CPUUtilization"] <= 100
    assert newest["FreeableMemory"] > 0


def _subscribed(client: Callable[[str], Any]) -> dict[str, str]:
    """A topic, and a queue that hears of it."""
    name = f"alarms-{uuid.uuid4().hex[:8]}"
    topic = client("sns").create_topic(Name=name)["TopicArn"]
    url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    return {"topic": topic, "url": url}


def _message(client: Callable[[str], Any], url: str) -> dict[str, Any] | None:
    for message in client("sqs").receive_message(QueueUrl=url).get("Messages", []):
        found: dict[str, Any] = json.loads(json.loads(message["Body"])["Message"])
        return found
    return None


def _all_of_them(client: Callable[[str], Any], dimensions: list[dict[str, str]]) -> dict[str, float] | None:
    """The highest value of each metric; None until all are there."""
    now = datetime.datetime.now(datetime.timezone.utc)
    found = {}
    for name in ("DatabaseConnections", "FreeStorageSpace", "FreeableMemory", "CPUUtilization"):
        points = client("cloudwatch").get_metric_statistics(
            Namespace="AWS/RDS", MetricName=name, Dimensions=dimensions, Statistics=["Maximum"], Period=60,
            StartTime=now - datetime.timedelta(minutes=10), EndTime=now + datetime.timedelta(minutes=1),
        )["Datapoints"]  # fmt: skip
        if not points:
            return None
        found[name] = max(point["Maximum"] for point in points)
    return found
