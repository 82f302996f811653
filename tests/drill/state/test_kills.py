"""SUITE=drill-state: the stack is killed at random points, many times, and comes back consistent each time.

A writer puts numbers into S3, then SSM, then SQS, one after the other, so that any moment shows in what they
hold. A second client asks for saves all the time, so that kills fall into them; some fall into the start.
Each kill has its own seed, which is printed: `DRILL_SEED=… DRILL_KILLS=1` repeats it.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from glue_app.stack import processes
from glue_app.stack.errors import StackError
from tests.integration.stack.world import World, made_world

KILLS = int(os.environ.get("DRILL_KILLS", "50"))
FIRST_SEED = int(os.environ.get("DRILL_SEED", "1"))
BUCKET = QUEUE = "drill"
PARAMETER = "/drill"
NO_OLDER_THAN_S = 30.0
VICTIMS = ("localstack", "localstack", "everything", "runner", "stub", "start")
"""The emulator more often: it is what holds the resources."""


@dataclass
class Writer:
    """Writes numbers until it is stopped, and remembers when each was acknowledged by all three."""

    world: World
    number: int
    acknowledged: dict[int, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._threads = [threading.Thread(target=self._write), threading.Thread(target=self._save)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        s3, ssm, sqs = (self.world.client(name) for name in ("s3", "ssm", "sqs"))
        url = self.world.client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"]
        while not self._stop.is_set():
            number = str(self.number + 1)
            try:
                s3.put_object(Bucket=BUCKET, Key="number", Body=number.encode())
                ssm.put_parameter(Name=PARAMETER, Value=number, Type="String", Overwrite=True)
                sqs.send_message(QueueUrl=url, MessageBody=number)
            except (BotoCoreError, ClientError):
                return  # killed
            self.number += 1
            self.acknowledged[self.number] = time.monotonic()

    def _save(self) -> None:
        while not self._stop.wait(0.05):
            with contextlib.suppress(StackError):
                self.world.commands.save("the drill")


def prepare(world: World) -> None:
    world.commands.up()
    world.client("s3").create_bucket(Bucket=BUCKET)
    world.client("sqs").create_queue(QueueName=QUEUE)
    world.client("s3").put_object(Bucket=BUCKET, Key="number", Body=b"0")
    world.client("ssm").put_parameter(Name=PARAMETER, Value="0", Type="String")
    world.commands.save("the drill begins")


def held(world: World) -> tuple[int, int, int]:
    """The newest number in S3, SSM and SQS. Its messages are counted: each number was sent once."""
    s3, ssm, sqs = (world.client(name) for name in ("s3", "ssm", "sqs"))
    in_s3 = int(s3.get_object(Bucket=BUCKET, Key="number")["Body"].read())
    in_ssm = int(ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"])
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    attributes: Any = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return in_s3, in_ssm, int(attributes["Attributes"]["ApproximateNumberOfMessages"])


def kill(world: World, chance: random.Random, victim: str) -> float:
    """Kill it; when."""
    if victim in ("runner", "stub", "localstack"):
        world.kill(victim)
        return time.monotonic()
    for process in processes.of_stack(world.settings.state):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    killed = time.monotonic()
    if victim == "start":
        up = world.up_in_another_process()
        with contextlib.suppress(subprocess.TimeoutExpired):
            up.wait(chance.uniform(0.5, 8))
        with contextlib.suppress(ProcessLookupError):  # it was quicker
            os.killpg(up.pid, signal.SIGKILL)
        up.wait()
        for process in processes.of_stack(world.settings.state):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
    return killed


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with made_world(keep_state=True) as world:
        prepare(world)
        yield world


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + KILLS))
def test_it_comes_back_consistent(world: World, seed: int) -> None:
    chance = random.Random(seed)
    victim = chance.choice(VICTIMS)
    generation, before = world.record.generation, held(world)
    writer = Writer(world, before[0])
    try:
        threading.Event().wait(chance.uniform(0.2, 5))  # the random point itself
        killed = kill(world, chance, victim)
    finally:
        writer.stop()
    world.commands.up()

    in_s3, in_ssm, in_sqs = held(world)
    assert in_s3 >= in_ssm >= in_sqs >= in_s3 - 1, "the three are not of one moment"
    due = [number for number, at in writer.acknowledged.items() if at < killed - NO_OLDER_THAN_S]
    assert in_s3 >= max(due, default=before[0]), "what was acknowledged half a minute before is gone"
    if victim in ("runner", "stub"):
        assert in_s3 >= max(writer.acknowledged, default=0), "nothing that holds resources was killed"
    assert world.record.generation == generation, "it began anew"
    assert world.commands.pending_changes() == ""
    assert world.commands.status()
    print(f"seed {seed}: {victim}, {len(writer.acknowledged)} acknowledged, {in_s3 - before[0]} there")
    level(world, in_s3)


def level(world: World, number: int) -> None:
    """All three at `number`, for the next kill."""
    world.client("ssm").put_parameter(Name=PARAMETER, Value=str(number), Type="String", Overwrite=True)
    if held(world)[2] < number:
        url = world.client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"]
        world.client("sqs").send_message(QueueUrl=url, MessageBody=str(number))
