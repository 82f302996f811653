"""Stack, database servers and Terraform's state end together: `make up` works after whatever happened.

One story in order, on one state folder: a start of LocalStack takes seconds. Nothing is kept here across
restarts; `test_kept_state.py` is about that.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.stack import ports, processes
from glue_app.stack.errors import NotRunningError, PortTakenError, ServiceFailedError, TerraformFailedError
from tests.integration.stack.world import World, made_world
from tests.support.polling import wait_for


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with made_world(keep_state=False) as world:
        yield world


def test_nothing_runs_before_up(world: World) -> None:
    assert world.commands.status() is False
    with pytest.raises(NotRunningError):
        world.commands.apply()


def test_a_port_that_another_program_holds_is_named_with_its_holder(world: World) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", world.settings.edge_port))
        server.listen()
        with pytest.raises(PortTakenError, match=rf"pid {os.getpid()}"):
            world.commands.up()


def test_a_process_that_does_not_start_is_named_with_its_last_words(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEDROCK_STUB_LATENCY_MS", "never")
    with pytest.raises(ServiceFailedError, match="stub ended"):
        world.commands.up()
    assert processes.of_stack(world.settings.state) == []


def test_up_twice_at_a_time_is_one_stack(world: World) -> None:
    both = [world.up_in_another_process() for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("localstack ready" in text for text in said) == 1
    assert sum("another command works on this stack" in text for text in said) == 1
    assert world.groups() == ["one"]


def test_up_keeps_a_stack_that_runs_and_applies_nothing_new(world: World) -> None:
    before = world.record
    world.commands.up()
    assert world.record == before
    assert any("nothing changed" in line for line in world.said)
    assert world.commands.status() is True


def test_a_changed_configuration_is_applied_to_the_same_stack(world: World) -> None:
    before = world.record.generation
    extra = world.infra / "two.tf"
    extra.write_text('resource "aws_cloudwatch_log_group" "two" {\n  name = "two"\n}\n')
    world.commands.up()
    assert (world.record.generation, sorted(world.groups())) == (before, ["one", "two"])
    extra.unlink()
    world.commands.apply()
    assert world.groups() == ["one"]


def test_the_runner_and_the_stub_are_started_again_and_the_resources_stay(world: World) -> None:
    before = world.record
    world.kill("runner", "stub")
    world.commands.up()
    assert world.record.generation == before.generation
    assert world.record.runner_url == before.runner_url
    assert world.commands.status() is True
    assert world.groups() == ["one"]


def test_an_apply_killed_half_way_is_continued(world: World) -> None:
    before = world.record.generation
    (world.infra / "wait.tf").write_text(
        'resource "terraform_data" "wait" {\n  provisioner "local-exec" { command = "sleep 30" }\n}\n'
    )
    up = world.up_in_another_process()
    state = world.layout.terraform(before)
    wait_for("the apply's begin", lambda: (state / "applying").exists(), 60)
    wait_for("terraform at work", lambda: "sleep 30" in all_commands(world), 60)
    os.killpg(up.pid, signal.SIGKILL)  # make, python and terraform: as a closed terminal does, and worse
    up.wait()
    (world.infra / "wait.tf").write_text('resource "terraform_data" "wait" {}\n')
    world.commands.up()
    assert world.record.generation == before
    assert world.groups() == ["one"]
    assert world.commands.status() is True


def test_an_interrupted_apply_that_cannot_be_continued_begins_anew(world: World) -> None:
    """Killed between making a resource and writing it down, Terraform would find it taken for ever."""
    before = world.record.generation
    world.client("logs").create_log_group(logGroupName="three")
    (world.infra / "three.tf").write_text(
        'resource "aws_cloudwatch_log_group" "three" {\n  name = "three"\n}\n'
    )
    with pytest.raises(TerraformFailedError, match="already exists"):
        world.commands.apply()  # nobody killed it, so the user is told
    assert world.record.generation == before
    (world.layout.terraform(before) / "applying").touch()  # as a kill leaves it
    world.commands.up()
    assert world.record.generation != before
    assert sorted(world.groups()) == ["one", "three"]


def test_a_machine_that_stopped_leaves_nothing_in_the_way(world: World) -> None:
    """Every process killed at once, a database server too; its lock file and Terraform's stay behind."""
    before = world.record.generation
    server = postgres_under(world.layout.rds)
    world.kill("localstack", "runner", "stub")
    assert world.commands.status() is False
    assert server.alive  # orphaned: nobody's child that is known
    (world.infra / "localstack_providers_override.tf").write_text("# left by a killed tflocal\nbroken {\n")
    (world.layout.terraform(before) / ".terraform.tfstate.lock.info").write_text("{}")
    world.commands.up()
    assert not server.alive
    assert world.record.generation != before
    assert not world.layout.terraform(before).exists()  # it spoke of resources which are gone
    assert world.groups()
    assert world.commands.status() is True


def test_a_configuration_that_fails_says_the_one_line_that_matters(world: World) -> None:
    (world.infra / "bad.tf").write_text('resource "aws_cloudwatch_log_group" "one" {\n  name = "again"\n}\n')
    with pytest.raises(TerraformFailedError, match="Duplicate resource") as caught:
        world.commands.apply()
    assert "make logs SERVICE=terraform" in caught.value.remedy
    (world.infra / "bad.tf").unlink()


def test_down_ends_everything_and_twice_is_fine(world: World) -> None:
    world.commands.down()
    assert processes.of_stack(world.settings.state) == []
    assert ports.is_free(world.settings.edge_port)
    world.commands.down()
    assert any("nothing was running" in line for line in world.said)


def all_commands(world: World) -> str:
    commands = []
    for process in processes.of_stack(world.settings.state):
        shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(process.pid)], capture_output=True)
        commands.append(shown.stdout.decode(errors="replace"))
    return " ".join(commands)


def postgres_under(folder: Path) -> processes.Process:
    """A server in a folder as the emulator makes them, started by nobody we know."""
    binaries = Path(Toolchain.load().postgres_bin)
    data = folder / "db-ORPHAN" / "data"  # the resource id is its name
    data.mkdir(parents=True)
    as_user: list[str] = []
    if os.getuid() == 0:
        for path in (folder, folder.parent, folder / "db-ORPHAN"):
            path.chmod(0o755)
        shutil.chown(data, "nobody")
        as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    initdb = [*as_user, binaries / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N"]
    subprocess.run(initdb, env=env, check=True, capture_output=True)
    options = f"-p {ports.free_port()} -k {data} -c listen_addresses=127.0.0.1"
    start = [*as_user, binaries / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start"]
    subprocess.run(start, env=env, check=True, stdout=subprocess.DEVNULL)
    process = processes.Process.of(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
    assert process
    return process
