"""One stack, applied once and restored for each module: what `make up` gives, in a state folder of its own.

`make test SUITE=e2e` sets GLUE_APP_STATE and EDGE_PORT, so that a developer's stack is never touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.e2e.stack import RunningStack
from glue_app.settings import Settings
from glue_app.snapshots.commands import SnapshotCommands
from glue_app.snapshots.store import SnapshotStore
from glue_app.stack.commands import Commands


@dataclass(frozen=True)
class Applied:
    """A stack with nothing but what an apply makes, and the snapshot of it."""

    commands: Commands
    snapshots: SnapshotCommands
    name: str


@pytest.fixture(scope="session")
def applied() -> Iterator[Applied]:
    """Applied once, also for the next SUITE=e2e as long as `infra/` and `glue/` stay what they are."""
    if "GLUE_APP_STATE" not in os.environ:
        pytest.fail("run these by `make test SUITE=e2e`: it gives them a stack of their own")
    settings = Settings.from_environment()
    commands = Commands(settings, Toolchain.load(settings.tools, settings.glue_version), print)
    snapshots = SnapshotCommands(settings, commands, print)
    name = f"applied-{settings.edge_port}-{commands.inputs()[:16]}"
    commands.forget()
    store = SnapshotStore(settings.snapshots)
    if name not in [store.name_of(file) for file in store.all()]:
        for old in store.all():
            old.unlink()
        commands.up()
        snapshots.create(name)
    yield Applied(commands, snapshots, name)
    commands.forget()


@pytest.fixture(scope="module")
def commands(applied: Applied) -> Commands:
    """The developer's commands on the tests' stack, which is as the apply left it."""
    applied.snapshots.restore(applied.name, trust=False)
    return applied.commands


@pytest.fixture(scope="module")
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole executions take long under load, and have limits of their own (executions.py)."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(3600))
