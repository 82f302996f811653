"""The marker that a source version is fully in Silver: written last, read first."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipeline.silver.job import SilverJob
from pipeline.storage import Storage

_DIGEST = "contract_digest"
_ASKED = "asked"
_AT_A_TIME = 16


def key(job: SilverJob) -> str:
    return f"{_prefix(job.contract.name)}{job.source.digest}.json"


def _prefix(dataset: str) -> str:
    return f"sources/{dataset}/"


def read(storage: Storage, job: SilverJob) -> Mapping[str, Any]:
    """Return what earlier runs over the source version wrote down; nothing where there was none."""
    return storage.json(job.bucket, key(job)) or {}


def is_done(found: Mapping[str, Any], job: SilverJob) -> bool:
    """Tell whether a run went through under the contract, the model and the prompt as they are now."""
    return found.get(_DIGEST) == job.contract.silver_digest and found.get(_ASKED) == _answered_by(job)


def is_in_silver(found: Mapping[str, Any]) -> bool:
    """Tell whether a run went through, under whatever contract."""
    return _DIGEST in found


def remember(storage: Storage, job: SilverJob, found: Mapping[str, Any]) -> None:
    """Write the sequencer down before the tables are written with it. It makes no run a finished one."""
    storage.put_json(job.bucket, key(job), {**found, "sequencer": job.sequencer})


def write(storage: Storage, job: SilverJob, report: Mapping[str, Any]) -> None:
    """Remember the report's lasting parts.

    ``contract_digest``: the parts of the contract that Silver depends on; ``asked``: model and prompt.
    """
    content = {name: report[name] for name in ("rows", "quarantine_reasons", "silver", "encoding")}
    content |= {
        _DIGEST: job.contract.silver_digest,
        _ASKED: _answered_by(job),
        "source": job.source.uri,
        "sequencer": job.sequencer,
        "position": job.position,
        "job_run_id": job.job_run_id,
        "completed_at": job.started_at.isoformat(),
    }
    storage.put_json(job.bucket, key(job), content)


def void(storage: Storage, bucket: str, dataset: str) -> None:
    """Let no source version of ``dataset`` count as done. Their order, and what the runs counted, stays.

    Raises ObjectRefusedError, BrokenObjectError.
    """

    def void_one(name: str) -> None:
        found = storage.json(bucket, name) or {}
        if found.pop(_DIGEST, None) is not None:
            storage.put_json(bucket, name, found)

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        list(pool.map(void_one, storage.keys(bucket, _prefix(dataset))))  # list: for the errors


def _answered_by(job: SilverJob) -> dict[str, str] | None:
    return job.answered_by.to_dict() if job.answered_by else None
