"""The marker that a source version is fully in Silver: written last, read first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.silver.job import SilverJob
from pipeline.storage import Storage

_DIGEST = "contract_digest"
_ASKED = "asked"


def key(job: SilverJob) -> str:
    return f"sources/{job.contract.name}/{job.source.digest}.json"


def read(storage: Storage, job: SilverJob) -> dict[str, Any] | None:
    """Return what an earlier run reported, when it went through under the contract, the model and the prompt
    as they are now.
    """
    found = storage.json(job.bucket, key(job))
    if found is None or found.get(_DIGEST) != job.contract.silver_digest:
        return None
    return found if found.get(_ASKED) == _answered_by(job) else None


def sequencer(storage: Storage, job: SilverJob) -> str | None:
    """Return the sequencer that an earlier run over the source version was given."""
    found = storage.json(job.bucket, key(job))
    return None if found is None else found.get("sequencer")


def remember(storage: Storage, job: SilverJob) -> None:
    """Write the sequencer down before the tables are written with it. It makes no run a finished one."""
    found = storage.json(job.bucket, key(job)) or {}
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


def _answered_by(job: SilverJob) -> dict[str, str] | None:
    return job.answered_by.to_dict() if job.answered_by else None
