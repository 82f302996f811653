"""The rules of uploads against a plain model: sequences of every kind, without Spark."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.contract.modes import Changes
from pipeline.uploads import decisions, redelivery
from pipeline.uploads.position import position
from pipeline.uploads.positions import Positions
from pipeline.uploads.regrouping import Regrouping
from tests.support import upload_lake, upload_model
from tests.support.upload_lake import MemoryLake
from tests.support.upload_sequences import DELETE, RULES, Row, Rules, Sequence, Upload, seeded, sequence

T = TypeVar("T")


@st.composite
def sequences(draw: st.DrawFn, rules: Rules) -> Sequence:
    class Drawn:
        def choice(self, options: Many[T]) -> T:
            return draw(st.sampled_from(options))

        def integer(self, least: int, most: int) -> int:
            return draw(st.integers(least, most))

    return sequence(Drawn(), rules)


def delivered(rules: Rules, drawn: Sequence) -> MemoryLake:
    """Return what is there after all deliveries."""
    lake = MemoryLake(rules)
    for delivery in drawn.deliveries:
        lake.run(delivery.upload, delivery.dies_after)
    return lake


def try_out(rules: Rules, examples: int) -> None:
    """Raise AssertionError at a sequence after which Silver or Gold is not what the model says."""

    @settings(max_examples=examples)
    @given(sequences(rules))
    def run(drawn: Sequence) -> None:
        lake = delivered(rules, drawn)
        expected = upload_model.silver(rules, drawn.uploads)
        assert lake.seen() == expected
        assert upload_model.gold(lake.seen()) == upload_model.gold(expected)
        for upload in drawn.uploads:
            lake.run(upload)
            assert lake.written == 0, upload

    run()


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.name)
def test_silver_is_what_the_uploads_say_however_they_come(rules: Rules) -> None:
    """Versions, corrections, duplicates, deletions, any order of delivery, kills between commits.

    300 sequences in all; delivered once more, no upload writes a row.
    """
    try_out(rules, 300 // len(RULES))


def refusing(upload: Upload, value: str) -> Upload:
    """The same object version under a contract that refuses the rows with this value."""
    rows = (
        replace(row, value=None) if row.value == value and row.op != DELETE else row for row in upload.rows
    )
    return replace(upload, rows=tuple(rows))


def redelivered(lake: MemoryLake, rules: Rules, uploads: Many[Upload]) -> None:
    """All come again, as a run of the job takes them."""
    changes = Changes(sequence_by="at" if rules.sequenced else None)
    again = []
    for upload in redelivery.order(uploads, upload_lake.position_of, lambda _: True):
        lake.run(upload)
        if redelivery.comes_once_more(changes, lake.superseded):
            again.append(upload)
    for upload in again:
        lake.run(upload)


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.name)
def test_after_a_change_of_the_contract_uploads_are_delivered_again(rules: Rules) -> None:
    """Silver is then what the changed contract says of all of them.

    Otherwise a record that is refused by now hides an earlier one until its own upload comes.
    """

    @settings(max_examples=300 // len(RULES))
    @given(sequences(rules), st.randoms(use_true_random=False))
    def run(drawn: Sequence, random: Random) -> None:
        lake = delivered(rules, drawn)
        again = [refusing(upload, "x") for upload in drawn.uploads]
        redelivered(lake, rules, random.sample(again, len(again)))
        assert lake.seen() == upload_model.silver(rules, again)

    run()


REDELIVERY_BREAKS = {
    "the earliest first": (Rules("columns", "upsert"), "order", lambda found, at, _: sorted(found, key=at)),
    "once only": (RULES[2], "comes_once_more", lambda changes, superseded: False),
}


@pytest.mark.parametrize("name", REDELIVERY_BREAKS)
def test_each_rule_of_redelivery_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are there for a sequence that goes wrong without."""
    rules, what, broken = REDELIVERY_BREAKS[name]
    monkeypatch.setattr(redelivery, what, broken)

    def wrong(drawn: Sequence) -> bool:
        lake = delivered(rules, drawn)
        again = [refusing(upload, "x") for upload in drawn.uploads]
        redelivered(lake, rules, again)
        return lake.seen() != upload_model.silver(rules, again)

    assert any(wrong(sequence(seeded(Random(seed)), rules)) for seed in range(1000))


def test_what_an_upload_said_under_another_contract_does_not_supersede_it() -> None:
    """Its later state of a record is refused by now: the earlier one is there at once."""
    rules = Rules("columns", "upsert", sequenced=True, keep="last")
    upload = Upload("a", "v0", 0, "00", (Row(1, "y", at=0), Row(1, "x", at=1)))
    lake = MemoryLake(rules)
    lake.run(upload)
    lake.run(refusing(upload, "x"))
    assert lake.seen() == upload_model.silver(rules, [refusing(upload, "x")])


def _position(modified_at: datetime, object_uri: str, sequencer: str | None, version_id: str) -> str:
    """As if S3's event had no sequencer: of two versions of a second the version id decides."""
    return position(modified_at, object_uri, None, version_id)


BREAKS: dict[str, tuple[Rules, object, str, object]] = {
    "no sequencer": (Rules("columns", "upsert"), upload_lake, "position", _position),
    "a row that another object still has is gone": (
        Rules("content", "snapshot"),
        decisions,
        "CHANGES",
        decisions.CHANGES.replace("WHERE d.was <> d.place", "WHERE d.was <> d.place AND d.place = 'silver'"),
    ),
    "a deletion is forgotten": (
        Rules("columns", "cdc", keep="last"),
        decisions,
        "CHANGES",
        decisions.CHANGES.replace("WHERE d.was <> d.place", "WHERE d.was <> d.place AND d.place = 'silver'"),
    ),
    "a row that is said again keeps its old position": (
        Rules("columns", "upsert"),
        upload_lake,
        "regroup",
        lambda *_: Regrouping({}, frozenset(), {}),
    ),
    "a row that is not said again gets a new position": (
        Rules("columns", "upsert"),
        upload_lake,
        "regroup",
        lambda said, rows, known, at: Regrouping(dict.fromkeys(said, at), frozenset(), {}),
    ),
    "an empty snapshot is forgotten": (
        Rules("columns", "snapshot"),
        Positions,
        "with_head",
        lambda self, scope, at: self,
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rule_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sequences are long and odd enough: each rule is needed for one of them."""
    rules, where, what, broken = BREAKS[name]
    monkeypatch.setattr(where, what, broken)
    drawn = (sequence(seeded(Random(seed)), rules) for seed in range(1000))
    assert any(delivered(rules, one).seen() != upload_model.silver(rules, one.uploads) for one in drawn)
