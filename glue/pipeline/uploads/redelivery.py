"""Uploads that were in Silver before and come again: after a change of the contract, the model, or the job.

What an upload says now may be less than it said: a record that is refused by now hid an earlier one until
then, and hides it for as long as its own upload has not come again. So these are taken the latest first, each
before those that it may hide. Where not the upload but ``sequence_by`` says which state is later, no order of
uploads does: what found itself superseded then comes once more, when all have come. A property test holds
both to the model (tests/unit/test_uploads.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from pipeline.contract.modes import Changes

T = TypeVar("T")


def order(uploads: Iterable[T], position: Callable[[T], str], was_there: Callable[[T], bool]) -> list[T]:
    """Those that were there before, the latest first; then the new ones, the earliest first."""
    by_time = sorted(uploads, key=position)
    again = [upload for upload in reversed(by_time) if was_there(upload)]
    return [*again, *(upload for upload in by_time if not was_there(upload))]


def comes_once_more(changes: Changes, superseded: int) -> bool:
    """Tell it of an upload that was there before. superseded: how many of its rows are by now."""
    return changes.sequence_by is not None and superseded > 0
