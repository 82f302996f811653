"""The uploads of a dataset, in their order, each with what the job wrote down about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from glue_app.operations.deployment import Deployment
from pipeline.source import SourceObject
from pipeline.uploads.position import position

_AT_A_TIME = 16


@dataclass(frozen=True)
class SourceVersion:
    """One version of an object in Bronze. ``marker``: ``sources/<dataset>/<digest>.json``, {} without one."""

    source: SourceObject
    size: int
    modified_at: datetime
    marker: Mapping[str, Any] = field(default_factory=dict)

    @property
    def position(self) -> str:
        """Where it stands among all uploads: as the job said, or would say."""
        known: str | None = self.marker.get("position")
        if known:
            return known
        sequencer = self.marker.get("sequencer")
        return position(self.modified_at, self.source.object_uri, sequencer, self.source.version_id)

    @property
    def is_in_silver(self) -> bool:
        """Whether a run over it went through, under whatever contract."""
        return "contract_digest" in self.marker

    @property
    def run_id(self) -> str | None:
        """The job run that last went through."""
        return self.marker.get("job_run_id")

    @property
    def rows(self) -> int | None:
        """Rows read; None where no run went through."""
        found: int | None = self.marker.get("rows", {}).get("read")
        return found

    @property
    def refused(self) -> int:
        """Rows in quarantine, but for those that a later upload has said anew."""
        quarantined = int(self.marker.get("rows", {}).get("quarantined", 0))
        return quarantined - int(self.marker.get("quarantine_reasons", {}).get("superseded", 0))

    def described(self) -> dict[str, Any]:
        """Return what the state machine knows of an upload: the parts of its event that the job needs."""
        return {
            "bucket": self.source.bucket,
            "key": self.source.key,
            "version_id": self.source.version_id,
            "sequencer": self.marker.get("sequencer") or "none",
            "size": self.size,
        }


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def marker_key(dataset: str, source: SourceObject) -> str:
    """Where the job writes what it has done with a source version (glue/pipeline/silver/marker.py)."""
    return f"sources/{dataset}/{source.digest}.json"


def listed(deployment: Deployment, dataset: str) -> list[SourceVersion]:
    """Return all versions of all objects of the dataset, the first upload first."""
    there = set(deployment.keys(deployment.silver, f"sources/{dataset}/"))

    def with_marker(one: SourceVersion) -> SourceVersion:
        key = marker_key(dataset, one.source)
        marker = deployment.json(deployment.silver, key) if key in there else None
        return SourceVersion(one.source, one.size, one.modified_at, marker or {})

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        return sorted(
            pool.map(with_marker, without_markers(deployment, dataset)), key=lambda one: one.position
        )


def without_markers(deployment: Deployment, dataset: str) -> Iterator[SourceVersion]:
    """Yield the same in no order, without what the job wrote down."""
    for one in deployment.versions(deployment.bronze, f"bronze/{dataset}/"):
        if "Size" in one:
            source = SourceObject(deployment.bronze, one["Key"], one["VersionId"])
            yield SourceVersion(source, int(one["Size"]), one["LastModified"])
