"""`make reprocess`: what it shows, that it does it in order, and that it goes on where it was cut off."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from glue_app.operations import reprocess as command
from glue_app.operations.errors import OperationError, PipelineFailedError
from glue_app.operations.plan import CURRENT, Choice
from tests.unit.operations.fake_deployment import CONTRACT, DATASET, FIRST, World

OTHER = CONTRACT.replace("required: true", "required: true, max_length: 9")


class KilledError(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def killed(line_with: str) -> Callable[[str], None]:
    """Say nothing, and die at a line."""

    def say(line: str) -> None:
        if line_with in line:
            raise KilledError

    return say


def run(world: World, yes: bool = True, **choice: Any) -> int:
    def wait(_: float) -> None:
        raise AssertionError("nothing to wait for")

    return command.reprocess(world.deployment, DATASET, Choice(**choice), yes, world.said.append, wait)


@pytest.fixture
def world() -> World:
    """Three uploads that were processed, in an order that is not that of their names."""
    found = World()
    for minutes, name in enumerate(["c.csv", "a.csv", "b.csv"]):
        found.process(found.upload(name, minutes))
    return found


def test_what_is_current_is_left_alone(world: World) -> None:
    """No contract, model or prompt has changed: nothing is started, and that is no failure."""
    assert run(world) == 0
    assert world.files == []
    assert any("skipped     3" in line and CURRENT in line for line in world.said)


def test_after_a_change_of_the_contract_all_are_processed_in_the_order_of_the_uploads(world: World) -> None:
    world.contract(OTHER)
    assert run(world) == 0
    assert world.files == ["c.csv", "a.csv", "b.csv"]
    assert run(world) == 0
    assert world.files == ["c.csv", "a.csv", "b.csv"]


def test_two_versions_of_a_key_are_two_uploads(world: World) -> None:
    """The older one is shown first."""
    world.upload("a.csv", 9, "v0")
    world.upload("a.csv", 5, "v9")
    assert run(world) == 0
    assert world.files == ["a.csv", "a.csv"]
    said = "\n".join(world.said)
    assert said.index("        v9") < said.index("        v0")


def test_all_are_taken_by_one_execution_and_gold_is_loaded_once(world: World) -> None:
    """However many they are."""
    world.contract(OTHER)
    assert run(world) == 0
    assert world.sfn.started == [{"dataset": DATASET}]
    assert world.loads == 1


def test_an_upload_keeps_the_sequencer_of_its_event(world: World) -> None:
    """Without it the job could not tell two versions of one second apart."""
    found = world.upload("d.csv", 4)
    world.process(found, sequencer="00AB", contract_digest="old")
    world.sfn.work = lambda: "SUCCEEDED"
    with pytest.raises(AssertionError, match="nothing to wait for"):
        run(world)
    (request,) = [json.loads(body) for (_, key), body in world.s3.objects.items() if "/uploads/" in key]
    assert request["source"]["sequencer"] == "00AB"
    assert "force" not in request


def test_it_shows_what_it_would_cost_and_does_nothing_unasked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts that the model of now has answered are cached; those of another model are asked anew."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    world.contract(OTHER)
    world.process(world.upload("d.csv", 3), asked={"model_id": "other", "prompt_digest": "x"})
    assert run(world, yes=False) == 1
    assert world.files == []
    assert ("silver", f"reprocess/{DATASET}.json") not in world.s3.objects
    said = "\n".join(world.said)
    assert "4 source versions in Bronze, 4 to process (20 rows that are known, 40 bytes)" in said
    assert "4 texts to ask anew (about 400 tokens in, 80 out)" in said
    assert "12 texts cached" in said
    assert "about 2 min: 30 s each, the median of their last runs" in said
    assert "YES=1 does it" in said


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"since": FIRST.replace(minute=1)}, ["a.csv", "b.csv", "failed.csv"]),
        ({"quarantined": True}, ["b.csv", "failed.csv"]),
        ({"model": True}, ["a.csv"]),
    ],
)
def test_the_user_chooses(world: World, choice: dict[str, Any], expected: list[str]) -> None:
    """SINCE; QUARANTINED: refused rows, but superseded, or never in Silver; MODEL: another's answers."""
    sources = [world.upload(name, 10 + n, "v2") for n, name in enumerate(["c.csv", "a.csv", "b.csv"])]
    world.s3.versions = world.s3.versions[:3]
    for minute, one in enumerate(reversed(world.s3.versions)):
        one["LastModified"] = FIRST.replace(minute=minute)
    superseded = {"rows": {"read": 5, "quarantined": 2}, "quarantine_reasons": {"superseded": 2}}
    refused = {
        "rows": {"read": 5, "quarantined": 3},
        "quarantine_reasons": {"superseded": 2, "not_in_enum": 1},
    }
    world.process(sources[0], contract_digest="old", **superseded)
    world.process(sources[1], asked={"model_id": "other", "prompt_digest": "x"})
    world.process(sources[2], contract_digest="old", **refused)
    world.upload("failed.csv", 20)
    assert run(world, **choice) == 0
    assert world.files == expected


def test_what_the_pipeline_would_refuse_by_name_or_size_is_left_out(world: World) -> None:
    world.upload("book.xlsx", 4)
    world.upload("empty.csv", 5, size=0)
    assert run(world) == 0
    assert world.files == []


# ---------------------------------------------------------------- cut off
def test_killed_after_it_has_asked_it_asks_for_nothing_twice(world: World) -> None:
    """What waits is adopted, and followed to its end."""
    world.contract(OTHER)
    world.sfn.work = lambda: "RUNNING"

    def dies(_: float) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        command.reprocess(world.deployment, DATASET, Choice(), True, world.said.append, dies)
    waiting = {key for _, key in world.s3.objects if "/uploads/" in key}
    assert len(waiting) == 3
    seen = []

    def work() -> str:
        seen.append({key for _, key in world.s3.objects if "/uploads/" in key})
        return world.work()

    world.sfn.work = work
    assert run(world) == 0
    assert seen == [waiting]
    assert world.files == ["c.csv", "a.csv", "b.csv"]
    assert any("goes on with what was begun" in line for line in world.said)


def test_killed_in_the_middle_it_goes_on_with_the_rest(world: World) -> None:
    """FORCE=1 too, where neither the contract nor the model tells which are done."""
    world.kill_before = "b.csv"
    with pytest.raises(PipelineFailedError, match="the machine's words"):
        run(world, force=True)
    world.kill_before = ""
    assert run(world, force=True) == 0
    assert world.processed == [("c.csv", True), ("a.csv", True), ("b.csv", True)]


def test_a_forced_one_that_was_killed_and_went_on_by_itself_is_not_done_twice(world: World) -> None:
    with pytest.raises(KilledError):
        command.reprocess(world.deployment, DATASET, Choice(force=True), True, killed("✓    3/3"))
    assert run(world, force=True) == 0
    assert world.files == ["c.csv", "a.csv", "b.csv"]


def test_an_upload_that_fails_is_told_with_its_cause_and_the_others_are_done(world: World) -> None:
    """It ends with 1; the same command tries it again."""
    world.contract(OTHER)
    world.fails = {"a.csv"}
    assert run(world) == 1
    assert world.files == ["c.csv", "b.csv"]
    assert any("✗" in line and "the job's words" in line for line in world.said)
    world.fails = set()
    assert run(world) == 0
    assert world.files == ["c.csv", "b.csv", "a.csv"]


def test_where_gold_failed_the_same_command_loads_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silver has all, Gold has not."""
    world.contract(OTHER)
    world.gold_fails = True
    with pytest.raises(PipelineFailedError, match="the machine's words"):
        run(world)
    world.gold_fails = False
    world.said.clear()
    asked: list[str] = []

    def agree(_: bool, question: str, __: object) -> bool:
        asked.append(question)
        return True

    monkeypatch.setattr(command, "agreed", agree)
    assert run(world) == 0
    assert asked == ["load Gold?"]
    assert world.said[-1] == "done: Gold is loaded"
    assert world.loads == 1
    assert world.files == ["c.csv", "a.csv", "b.csv"]
    assert any("Gold    lacks what Silver has" in line for line in world.said)


def test_another_choice_begins_anew(world: World) -> None:
    world.contract(OTHER)
    world.kill_before = "a.csv"
    with pytest.raises(PipelineFailedError):
        run(world)
    world.kill_before = ""
    assert run(world, since=FIRST.replace(minute=2)) == 0
    assert any("gives up the unfinished reprocess" in line for line in world.said)


# ---------------------------------------------------------------- the rest of the platform
def test_where_another_execution_holds_the_lock_it_waits_for_that_one(world: World) -> None:
    """Its own ends at once; it looks again now and then."""
    world.contract(OTHER)
    world.sfn.work = lambda: "SUCCEEDED"
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if sum(waits) > 90:
            world.work()

    assert command.reprocess(world.deployment, DATASET, Choice(), True, world.said.append, wait) == 0
    assert world.files == ["c.csv", "a.csv", "b.csv"]
    assert len(world.sfn.started) == 2


def test_a_state_machine_without_a_queue_is_refused(world: World) -> None:
    """Nobody would take what is put there."""
    world.sfn.definition = "{}"
    with pytest.raises(OperationError, match="has no queue"):
        run(world)


def test_the_record_says_when_it_was_done(world: World) -> None:
    world.contract(OTHER)
    assert run(world) == 0
    record = json.loads(world.s3.objects["silver", f"reprocess/{DATASET}.json"])
    assert record["finished_at"]
    assert len(record["versions"]) == 3
