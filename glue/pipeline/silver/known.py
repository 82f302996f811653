"""The positions of a dataset's uploads, in the Silver bucket: written after the tables, before the marker."""

from __future__ import annotations

from pipeline.errors import RecordKeyError
from pipeline.silver.job import SilverJob
from pipeline.silver.state import State
from pipeline.silver.table import Merged
from pipeline.storage import Storage
from pipeline.uploads.positions import Positions


def key(job: SilverJob) -> str:
    return key_of(job.contract.name)


def key_of(dataset: str) -> str:
    return f"positions/{dataset}.json"


def read(storage: Storage, job: SilverJob) -> Positions:
    return Positions.of(storage.json(job.bucket, key(job)))


def check(job: SilverJob, positions: Positions) -> None:
    """Raise RecordKeyError when the rows that there are were told apart by another key than the contract's:
    they would stay beside the same records under their new keys.
    """
    if positions.record_key not in (None, record_key(job)):
        raise RecordKeyError(job.contract.name, str(positions.record_key), record_key(job))


def record_key(job: SilverJob) -> str:
    """As the contract writes it. Of ``content`` the columns are no part: a new one makes new records."""
    key = job.contract.record_key
    return f"[{', '.join(key.columns)}]" if key.kind == "columns" else key.kind


def after(state: State, merged: Merged) -> Positions:
    """Return what is known once the upload is in the tables."""
    return _after(state, merged).with_record_key(record_key(state.job))


def _after(state: State, merged: Merged) -> Positions:
    if state.is_snapshot:
        return state.known if state.is_superseded else state.known.with_head(state.scope, state.job.position)
    return state.known.with_raised(merged.raised, merged.labels) if merged.raised else state.known


def write(storage: Storage, job: SilverJob, positions: Positions) -> None:
    storage.put_json(job.bucket, key(job), positions.to_dict())
