"""`make quality`: what is shown of the uploads that were, and of those that failed."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rich.console import Console

from glue_app.operations import quality
from glue_app.operations.errors import OperationError, UsageError
from tests.unit.operations.fake_deployment import DATASET, FIRST, World


def upload(name: str, refused: int, **reasons: int) -> dict[str, Any]:
    return {
        "source": f"s3://bronze/bronze/{DATASET}/{name}",
        "version_id": "v1",
        "uploaded_at": "2026-01-01T09:01:00+00:00",
        "processed_at": "2026-01-01T09:01:42+00:00",
        "job_run_id": "jr_1",
        "rows": {"read": 1000, "silver": 1000 - refused, "quarantined": refused},
        "reasons": reasons,
        "quarantined_share": refused / 1000,
    }


def shown(world: World, last: int = 30, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width)
    assert quality.quality(world.deployment, DATASET, last, console) == 0
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


@pytest.fixture
def world() -> World:
    found = World()
    uploads = [upload("old.csv", 0), upload("[red]a.csv", 250, not_in_enum=200, out_of_range=50)]
    found.put(f"quality/{DATASET}.json", {"uploads": uploads})
    return found


def test_each_upload_is_a_line_with_its_share_and_reasons(world: World) -> None:
    """A file's name is shown as it is, whatever Rich would make of it."""
    (line,) = [line for line in shown(world).splitlines() if "a.csv" in line]
    for part in (
        "2026-01-01 09:01",
        "[red]a.csv",
        "1,000",
        "750",
        "25.0%",
        "██··",
        "not_in_enum 200",
        "42 s",
    ):
        assert part in line


def test_a_narrow_terminal_shows_what_matters_in_full(world: World) -> None:
    """The reasons stand in the trend."""
    (line,) = [line for line in shown(world, width=80).splitlines() if "a.csv" in line]
    for part in ("2026-01-01 09:01", "[red]a.csv", "1,000", "250", "25.0%", "42 s"):
        assert part in line


def test_the_trend_is_a_picture_of_share_and_reasons(world: World) -> None:
    lines = shown(world).splitlines()
    (share,) = [line for line in lines if "share refused" in line]
    assert "▁█" in share
    assert "25.0%" in share
    assert any("out_of_range" in line and "▁█" in line for line in lines)


def test_only_the_last_ones_are_shown(world: World) -> None:
    assert "old.csv" not in shown(world, last=1)


def test_what_failed_is_told_with_its_cause(world: World) -> None:
    """From the notes of the state machine; those of other datasets are not this one's."""
    for dataset in (DATASET, "others"):
        source = {"key": f"bronze/{dataset}/bad.csv"}
        note = {
            "source": source,
            "error": "SilverFailed",
            "cause": "no\nheader",
            "started_at": "2026-01-02T10:00:00Z",
        }
        world.put(f"quarantine-notes/{dataset}.json", note)
    text = shown(world)
    assert f"failed  2026-01-02 10:00  bronze/{DATASET}/bad.csv: SilverFailed: no header" in text
    assert "others" not in text


def test_what_failed_without_an_upload_of_its_own_is_told_too(world: World) -> None:
    """A run for {"dataset": …}; a request that nobody could read, whose note names no source."""
    failed = {"error": "QueueFailed", "cause": "S3 said no", "started_at": "2026-01-02T10:00:00Z"}
    world.put("quarantine-notes/a.json", {**failed, "source": {"dataset": DATASET}})
    world.put("quarantine-notes/b.json", {**failed, "source": {"dataset": "others"}})
    unread = {"source": None, "started_at": None, "error": "SilverFailed"}
    for dataset in (DATASET, "others"):
        cause = f"s3://silver/pending/{dataset}/uploads/x names no upload"
        world.put(f"quarantine-notes/{dataset}.json", {**unread, "cause": cause})
    text = shown(world)
    assert text.count("what waited: QueueFailed: S3 said no") == 1
    assert f"failed  2026-01-01 09:00  a request: SilverFailed: s3://silver/pending/{DATASET}/" in text
    assert "others" not in text


def test_failures_of_a_noisy_dataset_hide_no_other_ones(world: World) -> None:
    """However many notes of another dataset came before."""
    for nth in range(450):
        key = f"bronze/{'others' if nth else DATASET}/{nth}.csv"
        world.put(f"quarantine-notes/{nth:04}.json", {"source": {"key": key}, "error": "E", "cause": "c"})
    world.s3.at["quarantine-notes/0000.json"] = FIRST - timedelta(days=1)
    assert [one.key for one in quality.failures_of(world.deployment, DATASET)] == [f"bronze/{DATASET}/0.csv"]
    assert len(quality.failures_of(world.deployment, "others")) < 449


def test_a_dataset_without_uploads_says_so() -> None:
    with pytest.raises(OperationError, match="no upload of orders has been through Gold yet"):
        shown(World())


def test_how_old_the_newest_data_are(world: World) -> None:
    now = datetime(2026, 1, 1, 11, 1, tzinfo=timezone.utc)
    assert "is 2.0 h old" in quality.freshness([upload("a", 0)], now)
    assert "nobody knows" in quality.freshness([upload("a", 0) | {"uploaded_at": None}], now)


@pytest.mark.parametrize(
    ("values", "picture"), [([], ""), ([0.0, 0.0], "▁▁"), ([0.0, 1.0, 2.0], "▁▅█"), ([3.0], "█")]
)
def test_a_sparkline_goes_from_nothing_to_the_most(values: list[float], picture: str) -> None:
    assert quality.sparkline(values) == picture


def test_a_bar_shows_what_is_not_nothing() -> None:
    assert [quality.bar(share).count("█") for share in (0.0, 0.001, 0.5, 1.0)] == [0, 1, 4, 8]


def test_last_is_a_number() -> None:
    assert (quality.how_many(""), quality.how_many("7")) == (30, 7)
    for text in ("0", "-1", "x", "²"):
        with pytest.raises(UsageError, match="LAST="):
            quality.how_many(text)
