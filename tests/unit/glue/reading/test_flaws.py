"""The table of the kinds of dirt that a whole record can have."""

from __future__ import annotations

from pipeline import reasons
from pipeline.reading.flaws import FLAWS, flaw_of


def test_each_flaw_has_a_documented_reason_of_its_own() -> None:
    """Every entry's reason is one of ``pipeline.reasons``, and none stands twice."""
    names = [flaw.reason for flaw in FLAWS]
    assert set(names) <= reasons.ALL
    assert len(set(names)) == len(names)


def test_a_flaw_found_while_reading_comes_before_those_of_the_text() -> None:
    """A record with a stray quote and a NUL has the reason of the quote, a NUL alone that of the NUL."""
    assert _reason(reasons.STRAY_QUOTE, "a\0") == reasons.STRAY_QUOTE
    assert _reason(None, "a\0") == reasons.NUL_CHARACTER
    assert _reason(None, "a") is None


def test_whatever_reading_finds_in_a_header_is_explained() -> None:
    """A flaw that is found while reading can be in the header line, so it says what is wrong there."""
    assert all(flaw.in_header for flaw in FLAWS if flaw.find is None)


def _reason(found: str | None, raw: str) -> str | None:
    flaw = flaw_of(found, raw)
    return None if flaw is None else flaw.reason
