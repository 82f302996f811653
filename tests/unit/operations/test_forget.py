"""`make forget`: one person is gone from everything, everybody else is there, wherever it is killed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from glue_app.operations import forget as command
from glue_app.operations import person
from glue_app.operations.currency import Currency
from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import OperationError, PipelineFailedError
from glue_app.operations.person import Person
from glue_app.operations.queue import Queue
from glue_app.operations.source_versions import marker_key
from pipeline.contract.loader import load_contract
from pipeline.errors import ObjectMissingError
from pipeline.reading import S3Body, open_csv
from pipeline.source import SourceObject
from pipeline.storage import Storage
from pipeline.uploads.position import position
from tests.unit.operations.fake_deployment import DATASET, MACHINE, error
from tests.unit.operations.versioned_s3 import KilledError, VersionedS3

CONTRACT = """
title: Orders
columns:
  - {name: id, type: string, required: true}
  - {name: email, type: string, required: true, pattern: '\\S+@\\S+'}
  - {name: words, type: string}
record_key: [id]
free_text: [words]
enrich:
  instructions: Judge.
  answer:
    type: object
    properties: {mood: {type: string}}
    required: [mood]
    additionalProperties: false
"""
AYA, BO = "aya@example.com", "bo@example.com"
HEAD = "id,email,words\n"
FILES = (
    ("a.csv", f"1,{AYA},hello from aya\n2,{BO},hello\n"),
    ("b.csv", f"3,{BO},thank you\n"),
    ("a.csv", f'2,{BO},"again\n, better"\n4,{AYA},thank you\n'),
    ("a.csv", f"5,{BO},\n"),
    ("c.csv", f"6,{AYA}\n7,nobody,x\n2,{BO},best\n"),
)
"""The last one has a row without a cell, and one that is refused."""


@dataclass
class World:
    """Buckets, the state machines and the job, which keeps its tables as JSON files.

    ``rows``: id → position and row, in Silver. ``gold``: what the last load left.
    """

    s3: VersionedS3 = field(default_factory=VersionedS3)
    gold: list[str] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    breaks: bool = False
    runs: int = 0

    def __post_init__(self) -> None:
        self._put("assets", f"datasets/{DATASET}.yaml", CONTRACT.encode())
        self.contract = load_contract(CONTRACT, f"{DATASET}.yaml")

    @property
    def deployment(self) -> Deployment:
        names = {f"{name}_bucket": name for name in ("bronze", "silver", "assets")}
        outputs = {**names, "state_machine_arn": MACHINE, "glue_job_name": "job"}
        return Deployment(outputs, lambda service: {"s3": self.s3}.get(service, self))

    def get_job(self, **_: Any) -> dict[str, Any]:
        return {"Job": {"DefaultArguments": {"--bedrock_model_id": "amazon.nova-lite-v1:0"}}}

    # ------------------------------------------------------------------ what is stored
    def _put(self, bucket: str, key: str, body: bytes | None, **head: Any) -> None:
        self.s3._add(bucket, key, body, head)

    def _json(self, key: str) -> Any:
        found = self.s3.stored.get(("silver", key))
        return json.loads(found[-1].body) if found and found[-1].body is not None else None

    def table(self, name: str) -> dict[str, Any]:
        return self._json(f"{name}/{DATASET}/part.json") or {}

    def _write(self, name: str, rows: dict[str, Any]) -> None:
        if rows != self.table(name):
            self._put("silver", f"{name}/{DATASET}/part.json", json.dumps(rows).encode())

    def upload(self, name: str, rows: str) -> None:
        self._put("bronze", f"bronze/{DATASET}/{name}", (HEAD + rows).encode(), ContentType="text/csv")
        self.work()

    # ------------------------------------------------------------------ the job
    def work(self) -> None:
        """Events of all that is new, what waits, Gold."""
        self.s3.dies_at, dies_at, calls = None, self.s3.dies_at, self.s3.calls
        prefix = f"pending/{DATASET}/"
        for (bucket, key), versions in sorted(self.s3.stored.items()):
            if bucket == "bronze":
                for one in versions:
                    if one.body is not None:
                        self._process(SourceObject(bucket, key, one.id))
        for bucket, key in list(self.s3.stored):
            if bucket == "silver" and key.startswith(prefix) and self._json(key) is not None:
                self._put("silver", key, None)
        self.gold = sorted(row["email"] for row in self.table("silver").values())
        self.s3.dies_at, self.s3.calls = dies_at, calls

    def _process(self, source: SourceObject) -> None:
        storage = Storage(self.s3)
        key = marker_key(DATASET, source)
        if self._json(key) is not None:
            return
        try:
            facts = storage.describe(source)
        except ObjectMissingError:
            return
        replaces = facts.replaces
        given = (replaces.sequencer, replaces.version_id) if replaces else ("AA", source.version_id)
        at = position(facts.modified_at, source.object_uri, *given)
        rows = {key: row for key, row in self.table("silver").items() if row["at"] != at}
        refused = {spot: raw for spot, raw in self.table("quarantine").items()
                   if not spot.startswith(f"{source.version_id}|")}  # fmt: skip
        file = open_csv(S3Body(source, facts.size, lambda: self.s3), self.contract)
        for record in file.data_records():
            cells = file.header.reader.read(record.raw).values
            if len(cells) < 3 or "@" not in cells[1]:
                refused[f"{source.version_id}|{source.object_uri}|{record.line}"] = record.raw
            elif cells[0] not in rows or rows[cells[0]]["at"] <= at:
                rows[cells[0]] = {"at": at, "email": cells[1], "words": cells[2]}
        self._write("silver", rows)
        self._write("quarantine", refused)
        self.runs += 1
        now = Currency.of(self.contract, self.deployment)
        marker = {"contract_digest": now.silver_digest, "asked": now.asked, "sequencer": "AA", "position": at}
        self._put("silver", key, json.dumps(marker).encode())

    def _forget(self, request: str) -> None:
        asked = self._json(f"forgotten/{DATASET}/{request}.json")

        def is_meant(row: dict[str, Any]) -> bool:
            salted = f"{asked['salt']}{row[asked['column']]}"
            return bool(hashlib.sha256(salted.encode()).hexdigest() == asked["digest"])

        self._write("silver", {key: row for key, row in self.table("silver").items() if not is_meant(row)})
        gone = {(uri, version) for uri, version in asked["gone"]}
        self._write("quarantine", {spot: raw for spot, raw in self.table("quarantine").items()
                                   if _version(spot) not in gone})  # fmt: skip

    # ------------------------------------------------------------------ the state machines
    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803, A002
        self.s3._called()
        assert len(name) <= 80
        assert AYA not in input
        given = json.loads(input)
        arn = f"{stateMachineArn}:{name}"
        self.ended[arn] = "SUCCEEDED"
        if "task" in given:
            assert stateMachineArn.endswith("-maintenance")
            self.ended[arn] = "FAILED" if self.breaks else "SUCCEEDED"
            if not self.breaks:
                self._forget(given["task"]["request"])
        self.work()
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        self.s3._called()
        if executionArn not in self.ended:
            raise error("ExecutionDoesNotExist", "DescribeExecution")
        return {"status": self.ended[executionArn], "cause": "the machine's words"}

    # ------------------------------------------------------------------ what there is
    def everything(self) -> Iterable[tuple[str, bytes]]:
        for (bucket, key), versions in self.s3.stored.items():
            for one in versions:
                if one.body is not None:
                    yield f"{bucket}/{key}", one.body + json.dumps(one.head, default=str).encode()


def _version(spot: str) -> tuple[str, str]:
    version, uri, _ = spot.split("|")
    return uri, version


def in_tables(deployment: Deployment, dataset: str, who: Person, files: Any) -> dict[str, int | None]:
    world = WORLDS[-1]
    lines = {f"{one.version.source.version_id}|{one.version.source.object_uri}|{line}"
             for one in files for line in [*one.lines, *one.unclear]}  # fmt: skip
    silver = sum(row["email"] == who.value for row in world.table("silver").values())
    return {"silver": silver, "aside": 0, "quarantine": len(lines & world.table("quarantine").keys())}


WORLDS: list[World] = []


def made(files: Iterable[tuple[str, str]]) -> World:
    world = World()
    for name, rows in files:
        world.upload(name, rows)
    for text in ("hello from aya", "thank you", "hello"):
        name = hashlib.sha256(text.encode()).hexdigest()
        world._put("silver", f"bedrock-cache/m/p/{name[:2]}/{name}.json", f"about {text}".encode())
    WORLDS[:] = [world]
    return world


@pytest.fixture(autouse=True)
def _tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables are JSON here; delta-rs reads the real ones in the end-to-end test."""
    monkeypatch.setattr(person, "in_tables", in_tables)
    monkeypatch.setattr(person, "texts_in_tables", lambda *_: set())
    monkeypatch.setattr(
        person, "refused_versions", lambda *_: {_version(spot) for spot in WORLDS[-1].table("quarantine")}
    )


@pytest.fixture
def world() -> World:
    return made(FILES)


def run(world: World, key: str = AYA, yes: bool = True) -> int:
    return command.forget(world.deployment, DATASET, key, "email", yes, world.said.append, lambda _: None)


def assert_forgotten(world: World, expected: World) -> None:
    """Nobody's trace is left but of the others, who are as if the person had never been there."""
    assert [name for name, body in world.everything() if AYA.encode() in body] == []
    assert shown_of(world) == shown_of(expected)
    assert sorted(world.table("quarantine").values()) == sorted(expected.table("quarantine").values())
    assert world.gold == expected.gold


def shown_of(world: World) -> dict[str, tuple[str, str]]:
    return {key: (row["email"], row["words"]) for key, row in world.table("silver").items()}


def without_aya(files: Iterable[tuple[str, str]]) -> World:
    """The same uploads, if she had never been in them."""
    found = made(
        (name, "".join(f"{line}\n" for line in rows.rstrip("\n").split("\n") if AYA not in line))
        for name, rows in files
    )
    WORLDS.clear()
    return found


CLEAR = (*FILES[:4], ("c.csv", f"6,{AYA},x\n7,nobody,x\n2,{BO},best\n"))


def test_the_person_is_gone_from_every_version_of_everything() -> None:
    """And everybody else is as if she had never been there."""
    expected = without_aya(CLEAR)
    world = made(CLEAR)
    assert run(world) == 0
    assert_forgotten(world, expected)
    assert [name for name, body in world.everything() if b"about hello from aya" in body] == []
    assert [name for name, body in world.everything() if b"about hello" in body]
    assert run(world) == 0
    assert world.said[-1] == "nothing to remove"


def test_the_certificate_says_what_was_removed_and_has_no_digest_any_more() -> None:
    world = made(CLEAR)
    assert run(world) == 0
    ((key, versions),) = [(k, v) for (_, k), v in world.s3.stored.items() if k.startswith("forgotten/")]
    (only,) = versions
    certificate = json.loads(only.body or b"")
    assert certificate["found"] == {"silver": 3, "aside": 0, "quarantine": 0}
    assert sum(one["records"] for one in certificate["bronze"].values()) == 3
    assert certificate["verified"]["rows_found"] == 0
    assert certificate["verified"]["source_versions_looked_into"] == 5
    assert any("backups" in one for one in certificate["outside"])
    assert not {"salt", "digest", "texts", "gone"} & certificate.keys()
    assert not any(AYA in line for line in world.said)
    assert any(key in line for line in world.said)


def test_what_is_current_stays_current_and_what_was_deleted_stays_deleted() -> None:
    world = made([*CLEAR, ("d.csv", f"8,{AYA},\n9,{BO},\n")])
    world._put("bronze", f"bronze/{DATASET}/d.csv", None)
    before = {key: versions[-1].body for key, versions in world.s3.stored.items() if key[0] == "bronze"}
    assert run(world) == 0
    for (bucket, key), body in before.items():
        now = world.s3.stored[bucket, key][-1]
        assert (now.body is None) == (body is None)
        if body is not None and now.body is not None:
            assert now.body == body.replace(f"6,{AYA},x".encode(), b"")
            assert now.head["ContentType"] == "text/csv"


def test_the_step_is_started_when_nobody_has_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine of the upkeep would wait for minutes before it looks again."""
    world = made(CLEAR)
    holder, waits, seen = f"{MACHINE}:other", [0.0], list[str]()
    world.ended[holder] = "RUNNING"
    world._put("silver", f"locks/{DATASET}.json", json.dumps({"holder": holder}).encode())
    erase = world._forget

    def forgetting(request: str) -> None:
        seen.append(world.ended[holder])
        erase(request)

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 3:
            world.ended[holder] = "SUCCEEDED"

    monkeypatch.setattr(world, "_forget", forgetting)
    command.forget(world.deployment, DATASET, AYA, "email", True, world.said.append, wait)
    assert seen == ["SUCCEEDED"]


@pytest.mark.parametrize("holder", ["none", "arn:of:one:that:is:long:gone"])
def test_a_lock_of_nobody_is_free(world: World, holder: str) -> None:
    world._put("silver", f"locks/{DATASET}.json", json.dumps({"holder": holder}).encode())
    assert not Queue(world.deployment, DATASET).is_held()


def test_killed_before_any_call_it_goes_on_to_the_same_end() -> None:
    """Over all calls to S3 and to Step Functions."""
    expected = without_aya(CLEAR)
    whole = made(CLEAR)
    whole.s3.calls = 0
    assert run(whole) == 0
    for nth in range(whole.s3.calls):
        world = made(CLEAR)
        world.s3.calls, world.s3.dies_at = 0, nth
        with pytest.raises(KilledError):
            run(world)
        world.s3.dies_at = None
        assert run(world) == 0
        assert_forgotten(world, expected)
        assert world.said[-1].startswith(("certificate", "nothing to remove"))


def test_killed_again_and_again_it_comes_to_an_end() -> None:
    """Each run dies a little later."""
    expected = without_aya(CLEAR)
    world = made(CLEAR)
    for nth in range(0, 400, 7):
        world.s3.calls, world.s3.dies_at = 0, nth
        try:
            if run(world) == 0:
                break
        except KilledError:
            continue
    assert_forgotten(world, expected)


emails = st.sampled_from([AYA, BO, "cy@example.com", "nobody"])
uploads = st.lists(
    st.tuples(
        st.sampled_from(["a.csv", "b.csv"]),
        st.lists(st.tuples(st.integers(1, 6), emails), min_size=1, max_size=4, unique_by=lambda row: row[0]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])
@given(uploads, st.integers(0, 60))
def test_any_uploads_killed_anywhere(drawn: list[tuple[str, list[tuple[int, str]]]], dies_at: int) -> None:
    """Ids are the person's own here: nobody else's record has one."""
    files = [
        (name, "".join(f"{number}{email[0]},{email},w\n" for number, email in rows)) for name, rows in drawn
    ]
    expected = without_aya(files)
    world = made(files)
    world.s3.calls, world.s3.dies_at = 0, dies_at
    try:
        run(world)
    except KilledError:
        world.s3.dies_at = None
        run(world)
    world.s3.dies_at = None
    assert_forgotten(world, expected)


def test_a_later_upload_of_the_person_is_a_new_fact() -> None:
    world = made(CLEAR)
    assert run(world) == 0
    world.upload("new.csv", f"9,{AYA},\n")
    assert AYA in world.gold


def test_a_record_that_no_program_can_cut_stops_it_before_anything_is_done(world: World) -> None:
    before = dict(world.s3.stored)
    with pytest.raises(OperationError, match="no program may cut them"):
        run(world)
    assert world.s3.stored == before


def test_unasked_it_removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = made(CLEAR)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    before = dict(world.s3.stored)
    assert run(world, yes=False) == 1
    assert world.s3.stored == before


def test_where_the_job_fails_there_is_no_certificate_and_the_same_command_goes_on() -> None:
    world = made(CLEAR)
    world.breaks = True
    with pytest.raises(PipelineFailedError, match="the machine's words"):
        run(world)
    assert not any(line.startswith("certificate") for line in world.said)
    with pytest.raises(OperationError, match="is not done yet"):
        run(world, key=BO)
    world.breaks = False
    assert run(world) == 0
    assert any("goes on with the request" in line for line in world.said)


def test_rows_that_are_still_there_are_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever went wrong: what was looked through last decides."""
    world = made(CLEAR)
    monkeypatch.setattr(world, "_forget", lambda request: None)
    monkeypatch.setattr(person, "in_tables", lambda *_: {"silver": 1, "aside": 0, "quarantine": 0})
    with pytest.raises(OperationError, match="there again, or still"):
        run(world)
    assert not any(line.startswith("certificate") for line in world.said)


def test_while_uploads_wait_it_does_not_begin() -> None:
    """Their versions would be gone when their turn comes."""
    world = made(CLEAR)
    world._put("silver", f"pending/{DATASET}/uploads/x.json", b"{}")
    with pytest.raises(OperationError, match="wait to be processed"):
        run(world)


def test_two_people_one_after_the_other() -> None:
    """A copy is written anew like any version, and keeps its place among the uploads."""
    world = made(CLEAR)
    assert run(world) == 0
    assert run(world, key=BO) == 0
    assert world.gold == []
