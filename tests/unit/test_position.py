"""The order of uploads, and what is remembered of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from pipeline.uploads.position import position, sequencer
from pipeline.uploads.positions import Positions
from pipeline.uploads.regrouping import regroup

NOON = datetime(2024, 6, 1, 12, 0, 0, tzinfo=timezone.utc)


def at(key: str = "a", seconds: float = 0, sequence: str | None = None, version: str = "v") -> str:
    return position(NOON + timedelta(seconds=seconds), f"s3://b/{key}", sequencer(sequence), version)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (at("b", 0), at("a", 1)),
        (at("a"), at("b")),
        (at("a"), at("a.csv")),
        (at("a-"), at("a.")),
        (at("z"), at("売上")),
        (at("a", 0, "00FF", "v9"), at("a", 0, "01", "v1")),
        (at("a", 0, "0055aed6"), at("a", 0, "0055AED7")),
        (at("a", 0, "00AB"), at("a", 0, "00AB1")),
        (at("a", 0, None), at("a", 0, "00AB")),
        (at("a", 0, "00AB", "v1"), at("a", 0, "00AB", "v2")),
        (at("a", 0.9, "00AC"), at("a", 0.1, "00AD")),  # S3 says whole seconds of both
    ],
)
def test_time_then_key_then_sequencer_then_version(earlier: str, later: str) -> None:
    """Compared as text, by Python as by Spark: all of it is ASCII but for version ids."""
    assert earlier < later
    assert earlier.encode() < later.encode()


def test_the_shorter_sequencer_is_padded_with_zeros_on_the_right() -> None:
    """As S3 says: so zeros at the end say nothing."""
    assert at(sequence="00AB") == at(sequence="00AB00")
    assert sequencer("none") is None
    assert sequencer("") is None
    assert sequencer("0000") == "0"
    with pytest.raises(ValueError, match="must be hexadecimal"):
        sequencer("0x1")


def test_a_label_is_raised_where_all_of_its_rows_are_said_again() -> None:
    """Where half or fewer are, they are written; where most are, the others get a label of their own."""
    said = {"all": 3, "few": 1, "half": 2, "most": 3}
    found = regroup(said, {"all": 3, "few": 9, "half": 4, "most": 4, "other": 5}, Positions(), "x")
    assert found.raised == {"all": "x", "most": "x"}
    assert found.rewritten == {"few", "half"}
    assert found.split == {"most": "most~"}


def test_a_label_of_its_own_keeps_its_position() -> None:
    """That of the label it leaves, as it was raised; and it is no other row's."""
    known = Positions(raised={"a": "c"})
    assert known.spare("a", {}) == "c~"
    assert known.spare("a", {"c~": 1}) == "c~~"
    assert known.effective("c~") == known.effective("a") == "c"
    assert known.with_raised({"b": "d"}, {"b": 1}).raised == {"b": "d"}
    assert Positions.of(known.to_dict()) == known
    assert Positions.of(None) == Positions()
