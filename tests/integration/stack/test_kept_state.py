"""A stack that was ended or killed comes back as it was, Terraform's state with it; so does a snapshot.

One story in order, on one state folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glue_app.snapshots.commands import SnapshotCommands
from glue_app.snapshots.errors import (
    SnapshotDamagedError,
    SnapshotError,
    SnapshotIncompatibleError,
    SnapshotNotTrustedError,
)
from glue_app.stack.embedded import EmbeddedEngine
from tests.integration.stack.world import World, made_world
from tests.support.polling import wait_for


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with made_world(keep_state=True) as world:
        yield world


@pytest.fixture
def snapshots(world: World) -> SnapshotCommands:
    world.said.clear()
    return SnapshotCommands(world.settings, world.commands, world.said.append)


def put(world: World, key: str, body: str) -> None:
    s3 = world.client("s3")
    if "kept" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key=key, Body=body.encode())


def get(world: World, key: str) -> str:
    return str(world.client("s3").get_object(Bucket="kept", Key=key)["Body"].read().decode())


def keys(world: World) -> list[str]:
    return [item["Key"] for item in world.client("s3").list_objects_v2(Bucket="kept").get("Contents", [])]


def save(world: World) -> None:
    world.commands.save("the test")


def newest_save(world: World) -> Path:
    return sorted(world.layout.saves.glob("*[0-9]"))[-1]


def test_down_and_up_bring_it_back_without_an_apply(world: World) -> None:
    world.commands.up()
    generation = world.record.generation
    put(world, "a", "before down")
    world.commands.down()
    world.commands.up()
    assert world.record.generation == generation
    assert any("brought back" in line for line in world.said)
    assert any("nothing changed since the last apply" in line for line in world.said)
    assert world.groups() == ["one"]
    assert get(world, "a") == "before down"
    assert world.commands.pending_changes() == ""


def test_what_was_saved_outlives_a_kill_and_what_was_not_is_gone(world: World) -> None:
    put(world, "b", "saved")
    save(world)
    world.kill("localstack", "runner", "stub")
    world.commands.up()
    assert get(world, "b") == "saved"
    assert world.commands.pending_changes() == ""


def test_changes_are_saved_without_being_asked(world: World) -> None:
    save(world)  # what changed earlier is no reason for another one
    before = newest_save(world)
    put(world, "c", "nobody asked")
    wait_for("a save by itself", lambda: newest_save(world) != before, 30)
    world.kill("localstack")
    world.commands.up()
    assert get(world, "c") == "nobody asked"


def test_terraforms_state_is_never_ahead_of_the_emulator(world: World) -> None:
    """Killed in the middle of an apply, the stack is that of before it, and so is Terraform's state."""
    save(world)
    (world.infra / "more.tf").write_text(
        'resource "aws_cloudwatch_log_group" "more" {\n  name = "more"\n}\n'
        'resource "terraform_data" "wait" {\n  depends_on = [aws_cloudwatch_log_group.more]\n'
        '  provisioner "local-exec" { command = "sleep 30" }\n}\n'
    )
    up = world.up_in_another_process("apply")
    wait_for("the new group", lambda: "more" in world.groups(), 60)
    world.kill("localstack")
    up.kill()
    up.wait()
    (world.infra / "more.tf").write_text('resource "aws_cloudwatch_log_group" "more" {\n  name = "more"\n}\n')
    world.commands.up()
    assert sorted(world.groups()) == ["more", "one"]
    assert world.commands.pending_changes() == ""


def test_an_execution_in_flight_is_shown_as_aborted_with_the_reason(world: World) -> None:
    execution = start_waiting_execution(world)
    save(world)
    world.kill("localstack")
    world.commands.up()
    found = world.client("stepfunctions").describe_execution(executionArn=execution)
    assert (found["status"], found["error"]) == ("ABORTED", "EmulatorRestarted")


def start_waiting_execution(world: World) -> str:
    sfn, iam = world.client("stepfunctions"), world.client("iam")
    role = iam.create_role(RoleName="waits", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
    machine = sfn.create_state_machine(name="waits", definition=json.dumps(definition), roleArn=role)
    execution = sfn.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]

    def entered() -> bool:
        history = sfn.get_execution_history(executionArn=execution)["events"]
        return any(event["type"] == "WaitStateEntered" for event in history)

    wait_for("the execution to wait", entered)
    return str(execution)


def test_a_damaged_save_is_named_and_the_one_before_taken(world: World) -> None:
    put(world, "d", "in both saves")
    save(world)
    put(world, "e", "in the damaged one only")
    save(world)
    world.kill("localstack")
    damaged = newest_save(world)
    victim = max(damaged.glob("*.pickle"), key=lambda file: file.stat().st_size)
    victim.write_bytes(victim.read_bytes()[:-1] + b"\0")
    world.commands.up()
    assert any(damaged.name in line and victim.name in line for line in world.said), world.said
    assert get(world, "d") == "in both saves"
    assert "e" not in keys(world)


def test_without_a_sound_save_the_stack_begins_anew(world: World) -> None:
    before = world.record.generation
    world.kill("localstack")
    for folder in world.layout.saves.glob("*[0-9]"):
        (folder / "manifest.json").write_text("{")
    world.commands.up()
    assert world.record.generation != before
    assert sorted(world.groups()) == ["more", "one"]
    assert world.commands.pending_changes() == ""


def test_a_snapshot_brings_the_stack_back_as_it_was(world: World, snapshots: SnapshotCommands) -> None:
    put(world, "f", "in the snapshot")
    snapshots.create("one")
    put(world, "f", "younger")
    put(world, "g", "younger")
    snapshots.diff("one", "")
    told = [line.strip() for line in world.said]
    assert any(line.startswith("+ s3 object  kept/g") for line in told), told
    assert told[-1].endswith("0 removed")
    snapshots.restore("one", trust=False)
    assert get(world, "f") == "in the snapshot"
    assert keys(world) == ["f"]
    assert world.commands.pending_changes() == ""
    snapshots.diff("one", "")
    assert world.said[-1] == "0 added, 0 changed, 0 removed"


def test_a_snapshot_that_is_refused_leaves_the_running_stack_alone(
    world: World, snapshots: SnapshotCommands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(world, "h", "running")
    before = world.record
    file = next(world.settings.snapshots.glob("one.*"))
    whole = file.read_bytes()

    file.write_bytes(whole[:-2000])
    with pytest.raises(SnapshotDamagedError):
        snapshots.restore("one", trust=True)
    file.write_bytes(whole)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("XDG_CONFIG_HOME", str(tmp_path))
        with pytest.raises(SnapshotNotTrustedError, match="executes code"):
            snapshots.restore("one", trust=False)
    other: dict[str, str] = {"python": "2.7"}
    with monkeypatch.context() as older:
        older.setattr(EmbeddedEngine, "versions", lambda _: other)
        with pytest.raises(SnapshotIncompatibleError, match=r"2\.7"):
            snapshots.restore("one", trust=False)
    with pytest.raises(SnapshotError, match="there is: one"):
        snapshots.restore("nothing", trust=False)

    assert world.record == before
    assert get(world, "h") == "running"


def test_the_list_says_what_there_is(world: World, snapshots: SnapshotCommands) -> None:
    snapshots.list()
    listed: Any = world.said
    assert len(listed) == 1
    assert "one" in listed[0]
    assert "2 terraform resources" in listed[0]
    assert "MB" in listed[0]
