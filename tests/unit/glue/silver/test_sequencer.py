"""The place of an upload among the versions of its key."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from pipeline import silver
from pipeline.contract.loader import load_contract
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts, Storage
from pipeline.uploads.replaced import Replaced
from tests.support.fake_s3 import MODIFIED, FakeS3

CONTRACT = "title: t\ncolumns:\n  - {name: id, type: string, required: true}\nrecord_key: [id]\n"


def test_a_killed_run_is_repeated_by_hand_under_the_same_sequencer() -> None:
    """It is remembered before any table is written with it, and makes no run a finished one."""
    job = silver.SilverJob(
        load_contract(CONTRACT, "orders.yaml"),
        SourceObject("bronze", "bronze/orders/a.csv", "v1"),
        SourceFacts(1, MODIFIED),
        None,
        "silver",
        "/x",
        "jr",
        datetime.now(timezone.utc),
    )
    storage = Storage(FakeS3())
    assert silver.sequencer_of(replace(job, sequencer="AB"), storage, {}) == "AB"
    found = silver.marker.read(storage, job)
    assert silver.sequencer_of(job, storage, found) == "AB"
    assert silver.skip(job, storage, found) is None


def test_a_version_that_replaces_another_has_its_place() -> None:
    """Whatever the event of the new one says; twins of today decide nothing."""
    contract = load_contract(CONTRACT, "orders.yaml")
    now = datetime.now(timezone.utc)
    old = silver.SilverJob(
        contract, SourceObject("bronze", "bronze/orders/a.csv", "v1"), SourceFacts(1, MODIFIED), None,
        "silver", "/x", "jr", now, sequencer="AB",
    )  # fmt: skip
    facts = SourceFacts(1, MODIFIED, Replaced(MODIFIED, "AB", "v1"))
    new = replace(old, source=SourceObject("bronze", "bronze/orders/a.csv", "v9"), facts=facts)
    new = replace(new, sequencer="FF")
    s3 = FakeS3()
    new = replace(new, sequencer=silver.sequencer_of(new, Storage(s3), {"sequencer": "EE"}))
    assert new.position == old.position
    assert s3.log == []
