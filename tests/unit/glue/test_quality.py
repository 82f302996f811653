"""The history of uploads: what the markers say, read once each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pipeline import quality
from pipeline.storage import Storage
from pipeline.uploads.position import position
from tests.support.fake_s3 import FakeS3

UPLOADED = datetime(2026, 1, 1, 9, 0, 0, tzinfo=timezone.utc)


class Markers(FakeS3):
    """With ListObjectsV2, which says when an object was written. ``read``: the markers that were."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, datetime] = {}
        self.read: list[str] = []

    def get_object(self, *, Bucket: str, Key: str, VersionId: str = "", Range: str = "") -> dict[str, Any]:  # noqa: N803
        if Key.startswith("sources/"):
            self.read.append(Key)
        return super().get_object(Bucket=Bucket, Key=Key, VersionId=VersionId, Range=Range)

    def get_paginator(self, operation: str) -> Markers:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # type: ignore[override] # noqa: N803
        yield {}
        for bucket, key in sorted(self.objects):
            if bucket == Bucket and key.startswith(Prefix):
                yield {"Contents": [{"Key": key, "LastModified": self.at[key]}]}

    def mark(self, name: str, minute: int, written: int, quarantined: int = 0, **more: Any) -> None:
        """The marker of an upload of that minute, written in another."""
        uri = f"s3://bronze/bronze/orders/{name}"
        at = UPLOADED + timedelta(minutes=minute)
        marker = {
            "contract_digest": "c",
            "source": f"{uri}?versionId=v1",
            "position": position(at, uri, None, "v1"),
            "completed_at": (at + timedelta(minutes=3)).isoformat(),
            "job_run_id": f"jr_{written}",
            "rows": {"read": 10, "silver": 10 - quarantined, "quarantined": quarantined},
            "quarantine_reasons": {"not_in_enum": quarantined} if quarantined else {},
            **more,
        }
        key = f"sources/orders/{name}.json"
        self.objects["silver", key] = json.dumps(marker).encode()
        self.at[key] = UPLOADED + timedelta(minutes=written)


@pytest.fixture
def markers() -> Markers:
    found = Markers()
    found.mark("b.csv", 0, written=9)
    found.mark("a.csv", 1, written=10, quarantined=5)
    return found


def history(markers: Markers) -> list[dict[str, Any]]:
    return quality.history(Storage(markers), "silver", "orders")


def test_it_has_each_upload_in_the_order_of_the_uploads(markers: Markers) -> None:
    """Also those of before it was kept, and it is JSON in the Silver bucket."""
    found = history(markers)
    assert [one["source"].rsplit("/", 1)[-1] for one in found] == ["b.csv", "a.csv"]
    assert found[1] == {
        "marker": "sources/orders/a.csv.json",
        "source": "s3://bronze/bronze/orders/a.csv",
        "version_id": "v1",
        "uploaded_at": "2026-01-01T09:01:00+00:00",
        "processed_at": "2026-01-01T09:04:00+00:00",
        "job_run_id": "jr_10",
        "rows": {"read": 10, "silver": 5, "quarantined": 5},
        "reasons": {"not_in_enum": 5},
        "quarantined_share": 0.5,
    }
    kept = json.loads(markers.objects["silver", "quality/orders.json"])
    assert kept["uploads"] == found


def test_only_markers_that_were_written_since_are_read(markers: Markers) -> None:
    """And those of the last one's second: a hundred thousand uploads are read once, not at every load."""
    history(markers)
    markers.mark("c.csv", 2, written=20)
    markers.read.clear()
    assert len(history(markers)) == 3
    assert sorted(markers.read) == ["sources/orders/a.csv.json", "sources/orders/c.csv.json"]
    markers.read.clear()
    written = markers.objects["silver", "quality/orders.json"]
    markers.log.clear()
    history(markers)
    assert markers.objects["silver", "quality/orders.json"] is written
    assert not [line for line in markers.log if line.startswith("PutObject")]


def test_an_upload_that_is_processed_again_stands_there_once(markers: Markers) -> None:
    history(markers)
    markers.mark("a.csv", 1, written=30, quarantined=1)
    assert [one["quarantined_share"] for one in history(markers)] == [0.0, 0.1]


def test_a_run_that_is_under_way_is_no_upload_yet(markers: Markers) -> None:
    """Its marker holds the sequencer only."""
    markers.objects["silver", "sources/orders/d.json"] = b'{"sequencer": "0A"}'
    markers.at["sources/orders/d.json"] = UPLOADED + timedelta(minutes=40)
    assert len(history(markers)) == 2


def test_markers_of_before_positions_have_no_time_of_upload(markers: Markers) -> None:
    markers.mark("old.csv", 5, written=11, position=None)
    assert history(markers)[0]["uploaded_at"] is None


def test_the_newest_uploads_stay(markers: Markers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "KEPT", 2)
    markers.mark("c.csv", 2, written=20)
    assert [one["source"].rsplit("/", 1)[-1] for one in history(markers)] == ["a.csv", "c.csv"]
