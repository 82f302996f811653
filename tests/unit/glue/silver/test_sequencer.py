"""The place of an upload among the versions of its key."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from pipeline import silver
from pipeline.contract.loader import load_contract
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts, Storage
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
