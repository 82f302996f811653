"""The sequencer of an upload whose run was started without one, as by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.errors import SequencerNeededError
from pipeline.silver import marker
from pipeline.silver.job import SilverJob
from pipeline.storage import Storage


def sequencer_of(job: SilverJob, storage: Storage, found: Mapping[str, Any]) -> str | None:
    """Return the sequencer of the run, or of an earlier one over the same source version.

    found: what that wrote down (``marker.read``).

    Where neither has one it is not needed, unless S3 holds another version of the key of the same second:
    nothing else says which of the two was later, and guessing would give one today and the other tomorrow.
    Raises SequencerNeededError then.
    """
    if job.facts.replaces:
        return job.facts.replaces.sequencer
    remembered: str | None = found.get("sequencer")
    if job.sequencer and remembered is None:
        marker.remember(storage, job, found)  # a run by hand after this one was killed has to know it
    known = job.sequencer or remembered
    if known is not None:
        return known
    twins = storage.twins(job.source, job.facts)
    if twins:
        raise SequencerNeededError(job.source.uri, twins)
    return None
