"""One stack, applied once, for all end-to-end tests: what `make up` gives, in a state folder of its own.

`make test-e2e` sets GLUE_APP_STATE and EDGE_PORT, so that a developer's stack is never touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scripts.bootstrap.toolchain import Toolchain
from scripts.e2e.stack import RunningStack
from scripts.settings import Settings
from scripts.stack.commands import Commands


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    """The developer's commands on the tests' stack, which is up and applied; it ends with the session."""
    if "GLUE_APP_STATE" not in os.environ:
        pytest.fail("run these by `make test-e2e`: it gives them a stack of their own")
    settings = Settings.from_environment()
    commands = Commands(settings, Toolchain.load(settings.tools), print)
    commands.up()
    yield commands
    commands.down()


@pytest.fixture(scope="session")
def stack(commands: Commands) -> RunningStack:
    return RunningStack.connect()


@pytest.fixture
def failures(stack: RunningStack) -> Iterator[str]:
    """URL of a queue that hears what the failure topic is told."""
    sqs, sns = stack.client("sqs"), stack.client("sns")
    url = sqs.create_queue(QueueName="e2e-failures")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(
        TopicArn=stack.outputs["failure_topic_arn"],
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true"},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    yield url
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=url)
