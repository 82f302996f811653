"""`make reprocess`: what it shows, that it does it in order, and that it goes on where it was cut off."""

from __future__ import annotations

import json
from typing import Any

import pytest

from glue_app.operations import reprocess as command
from glue_app.operations.errors import OperationError, PipelineFailedError
from glue_app.operations.plan import CURRENT, Choice
from tests.unit.operations.fake_deployment import CONTRACT, DATASET, FIRST, World

OTHER = CONTRACT.replace("required: true", "required: true, max_length: 9")


class KilledError(BaseException):
    """Stands for SIGKILL: nothing catches it."""


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
    assert world.started == []
    assert any("skipped     3" in line and CURRENT in line for line in world.said)


def test_after_a_change_of_the_contract_all_are_processed_in_the_order_of_the_uploads(world: World) -> None:
    world.contract(OTHER)
    assert run(world) == 0
    assert world.started == ["c.csv", "a.csv", "b.csv"]
    assert run(world) == 0
    assert world.started == ["c.csv", "a.csv", "b.csv"]


def test_two_versions_of_a_key_go_the_older_one_first(world: World) -> None:
    world.upload("a.csv", 9, "v0")
    world.upload("a.csv", 5, "v9")
    assert run(world) == 0
    assert [event["detail"]["object"]["version-id"] for _, event in world.sfn.started] == ["v9", "v0"]


def test_an_upload_keeps_the_sequencer_of_its_event(world: World) -> None:
    """Without it the job could not tell two versions of one second apart."""
    world.contract(OTHER)
    world.process(world.upload("d.csv", 4), sequencer="00AB", contract_digest="old")
    assert run(world) == 0
    assert world.sfn.started[-1][1]["detail"]["object"]["sequencer"] == "00AB"
    assert "sequencer" not in world.sfn.started[0][1]["detail"]["object"]


def test_it_shows_what_it_would_cost_and_does_nothing_unasked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts that the model of now has answered are cached; those of another model are asked anew."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    world.contract(OTHER)
    world.process(world.upload("d.csv", 3), asked={"model_id": "other", "prompt_digest": "x"})
    world.sfn.past = [{"startDate": FIRST, "stopDate": FIRST.replace(second=30)}]
    assert run(world, yes=False) == 1
    assert world.started == []
    assert ("silver", f"reprocess/{DATASET}.json") not in world.s3.objects
    said = "\n".join(world.said)
    assert "4 source versions in Bronze, 4 to process (20 rows that are known, 40 bytes)" in said
    assert "4 texts to ask anew (about 400 tokens in, 80 out)" in said
    assert "12 texts cached" in said
    assert "about 2 min: 30 s each" in said
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
    assert world.started == expected


def test_what_the_pipeline_would_refuse_by_name_or_size_is_left_out(world: World) -> None:
    world.upload("book.xlsx", 4)
    world.upload("empty.csv", 5, size=0)
    assert run(world) == 0
    assert world.started == []


# ---------------------------------------------------------------- cut off
def test_killed_while_an_execution_runs_it_follows_that_one(world: World) -> None:
    """It starts no second execution of the same upload, and goes on after it."""
    world.contract(OTHER)
    job = world.sfn.job

    def killed(event: dict[str, Any]) -> str:
        if event["detail"]["object"]["key"].endswith("a.csv"):
            raise KilledError
        return job(event)

    world.sfn.job = killed
    with pytest.raises(KilledError):
        run(world)
    world.sfn.job = job
    arn = next(arn for arn, status in world.sfn.executions.items() if status == "RUNNING")
    name, event = world.sfn.started[-1]
    assert arn.endswith(name)

    def ended(_: float) -> None:
        world.sfn.executions[arn] = job(event)

    said = world.said
    assert command.reprocess(world.deployment, DATASET, Choice(), True, said.append, ended) == 0
    assert world.started == ["c.csv", "a.csv", "b.csv"]
    assert any("goes on with what was begun" in line for line in said)


def test_killed_between_two_uploads_it_goes_on_with_the_next(world: World) -> None:
    """FORCE=1 too, where the contract does not tell which are done."""
    world.sfn.definition = '"$.detail.force"'
    say = world.said.append

    def killed(line: str) -> None:
        say(line)
        if "1/3" in line:
            raise KilledError

    with pytest.raises(KilledError):
        command.reprocess(world.deployment, DATASET, Choice(force=True), True, killed)
    assert run(world, force=True) == 0
    assert world.started == ["c.csv", "a.csv", "b.csv"]
    assert all(event["detail"]["force"] is True for _, event in world.sfn.started)


def test_an_upload_that_was_in_silver_and_fails_stops_those_after_it(world: World) -> None:
    """And the same command goes on there, by a new execution."""
    world.contract(OTHER)
    world.fails = {"a.csv"}
    with pytest.raises(PipelineFailedError, match="the job's words"):
        run(world)
    assert world.started == ["c.csv", "a.csv"]
    world.fails = set()
    assert run(world) == 0
    assert world.started == ["c.csv", "a.csv", "a.csv", "b.csv"]
    assert len({name for name, _ in world.sfn.started}) == 4


def test_where_gold_failed_the_upload_is_run_again_though_its_marker_is_current(world: World) -> None:
    """Silver has it, Gold has not: nothing else would load it."""
    world.contract(OTHER)
    world.gold_fails = {"b.csv"}
    with pytest.raises(PipelineFailedError):
        run(world)
    world.gold_fails = set()
    assert run(world) == 0
    assert world.started == ["c.csv", "a.csv", "b.csv", "b.csv"]


def test_an_upload_that_never_was_in_silver_stops_nothing(world: World) -> None:
    """It has failed before, and is told; the command ends with 1."""
    world.upload("broken.csv", -1)
    world.contract(OTHER)
    world.fails = {"broken.csv"}
    assert run(world) == 1
    assert world.started == ["broken.csv", "c.csv", "a.csv", "b.csv"]
    assert any("the job's words" in line for line in world.said)


def test_another_choice_begins_anew(world: World) -> None:
    world.contract(OTHER)
    world.fails = {"a.csv"}
    with pytest.raises(PipelineFailedError):
        run(world)
    world.fails = set()
    assert run(world, since=FIRST.replace(minute=2)) == 0
    assert world.started == ["c.csv", "a.csv", "b.csv"]
    assert any("gives up the unfinished reprocess" in line for line in world.said)


# ---------------------------------------------------------------- the rest of the platform
def test_an_execution_that_only_queues_its_upload_is_waited_for(world: World) -> None:
    """It is done when its marker says so, not when the execution ends."""
    world.contract(OTHER)
    waiting: list[dict[str, Any]] = []
    job = world.sfn.job
    world.sfn.job = lambda event: waiting.append(event) or "SUCCEEDED"  # type: ignore[func-returns-value]

    def wait(_: float) -> None:
        for event in waiting:
            job(event)
        waiting.clear()

    assert command.reprocess(world.deployment, DATASET, Choice(), True, world.said.append, wait) == 0
    assert world.started == ["c.csv", "a.csv", "b.csv"]
    assert not waiting


def test_force_is_refused_where_the_state_machine_does_not_pass_it_on(world: World) -> None:
    """Its runs would find the marker and do nothing, and the command would say done."""
    with pytest.raises(OperationError, match="does not pass on FORCE=1"):
        run(world, force=True)


def test_the_record_says_when_it_was_done(world: World) -> None:
    world.contract(OTHER)
    assert run(world) == 0
    record = json.loads(world.s3.objects["silver", f"reprocess/{DATASET}.json"])
    assert record["finished_at"]
    assert len(record["versions"]) == 3
    assert record["under_way"] is None
