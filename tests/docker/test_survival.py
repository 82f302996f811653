"""`docker kill` in the middle of a run: a retried success or a clear failure; a restart of the engine."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from glue_app.bootstrap.console import Console
from glue_app.containers.engine import find
from glue_app.e2e import proof
from glue_app.e2e.stack import RunningStack
from glue_app.settings import Settings
from glue_app.stack.commands import Commands
from glue_app.stack.compose import Compose
from scripts.standins import daemon
from scripts.standins.daemon import Daemon
from tests.e2e.executions import SAMPLE, outcome, started
from tests.support.polling import wait_for


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.from_environment()


@pytest.fixture(scope="module")
def compose(settings: Settings) -> Compose:
    docker = find(tools=settings.tools)
    assert docker
    return Compose(docker, settings, print)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("service", ["glue", "bedrock-stub", "postgres", "localstack"])
def test_a_service_is_killed_in_the_middle_of_a_run(
    stack: RunningStack, commands: Commands, compose: Compose, tmp_path: Path, service: str
) -> None:
    execution = started(stack, tmp_path, f"killed-{service}")
    if service == "localstack":
        commands.save("the test")  # what is younger than the newest save is gone with a crash
    compose.run("kill", "--signal", "KILL", service)
    commands.up()
    found = outcome(stack, execution)
    if found["status"] != "SUCCEEDED":
        assert found["error"], found
        assert found["cause"], found
    assert commands.pending_changes() == ""


@pytest.mark.timeout(300)
def test_the_engine_starts_killed_containers_again_with_their_state(
    stack: RunningStack, commands: Commands, compose: Compose
) -> None:
    """Nobody says `make up`."""
    with the_same_stack_afterwards(stack, commands, compose):
        for container in compose.run("ps", "--quiet").split():
            pid = compose.docker("inspect", "--format", "{{.State.Pid}}", container).strip()
            subprocess.run(["kill", "-9", pid], check=True)  # not `docker kill`, which is meant to last


@pytest.mark.timeout(300)
def test_an_engine_that_is_started_again_brings_the_stack_back(
    stack: RunningStack, commands: Commands, compose: Compose, settings: Settings
) -> None:
    ours = Daemon.running()
    if not ours or os.environ.get("DOCKER_HOST") != ours.environment["DOCKER_HOST"]:
        pytest.skip("the Docker engine is the machine's: not ours to start again")
    with the_same_stack_afterwards(stack, commands, compose):
        ours.stop()
        daemon.start(settings.tools, Console(to=print), ours.kept)


@pytest.mark.timeout(300)
def test_after_all_of_it_a_file_arrives_whole(stack: RunningStack) -> None:
    """Whatever was killed before, nothing that is needed is gone."""
    assert proof.send(Settings.from_environment(), str(SAMPLE), "customer_feedback") == 0
    report = json.loads(stack.report_path.read_text())
    assert report["rows"]["read"] == report["rows"]["silver"] + report["rows"]["quarantined"]


@contextmanager
def the_same_stack_afterwards(stack: RunningStack, commands: Commands, compose: Compose) -> Iterator[None]:
    """It is saved, and after what is done to it it comes back by itself: new containers' lives, old state."""
    generation, before = commands.running().generation, started_at(compose)
    buckets = [b["Name"] for b in stack.client("s3").list_buckets()["Buckets"]]
    commands.save("the test")
    yield
    wait_for("the stack to be back", lambda: is_back(compose, before), 180)
    assert commands.running().generation == generation
    assert [b["Name"] for b in stack.client("s3").list_buckets()["Buckets"]] == buckets
    with stack.gold() as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def is_back(compose: Compose, before: dict[str, str]) -> bool:
    now = started_at(compose)
    again = now.keys() == before.keys() and all(now[name] != before[name] for name in before)
    return again and {state for _, state in compose.services()} == {"healthy"}


def started_at(compose: Compose) -> dict[str, str]:
    """Container → when its life began."""
    ids = compose.run("ps", "--all", "--quiet").split()
    shown = compose.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", *ids)
    return dict(line.split(" ", 1) for line in shown.splitlines())
