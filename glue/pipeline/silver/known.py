"""The positions of a dataset's uploads, in the Silver bucket: written after the tables, before the marker."""

from __future__ import annotations

from pipeline.silver.job import SilverJob
from pipeline.silver.state import State
from pipeline.silver.table import Merged
from pipeline.storage import Storage
from pipeline.uploads.positions import Positions


def key(job: SilverJob) -> str:
    return f"positions/{job.contract.name}.json"


def read(storage: Storage, job: SilverJob) -> Positions:
    return Positions.of(storage.json(job.bucket, key(job)))


def after(state: State, merged: Merged) -> Positions:
    """Return what is known once the upload is in the tables."""
    if state.is_snapshot:
        return state.known if state.is_superseded else state.known.with_head(state.scope, state.job.position)
    return state.known.with_raised(merged.raised, merged.labels) if merged.raised else state.known


def write(storage: Storage, job: SilverJob, positions: Positions) -> None:
    storage.put_json(job.bucket, key(job), positions.to_dict())
