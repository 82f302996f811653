"""The reports of a run, in the Silver bucket, and a line each in the log.

``runs/<dataset>/<job run id>/silver/<digest of the source version>.json`` for each upload, ``…/gold.json``.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pipeline.source import SourceObject
from pipeline.storage import Storage

log = logging.getLogger(__name__)


class Stopwatch:
    """Seconds a phase, for the report."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._phases: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            seconds = time.monotonic() - start
            self._phases[name] = self._phases.get(name, 0.0) + seconds
            log.info("%s took %.1f s", name, seconds)

    @property
    def seconds(self) -> dict[str, float]:
        """Each phase, and ``total`` since the stopwatch was made."""
        phases = {**self._phases, "total": time.monotonic() - self._start}
        return {name: round(seconds, 3) for name, seconds in phases.items()}


@dataclass(frozen=True)
class RunReport:
    """``content`` is what the step found out, over what all reports have."""

    step: str
    dataset: str
    source: SourceObject | None
    """None of a step that is for the dataset."""
    job_run_id: str
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        upload = f"/{self.source.digest}" if self.source else ""
        return f"runs/{self.dataset}/{self.job_run_id}/{self.step}{upload}.json"

    def as_dict(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "dataset": self.dataset,
            "source": self.source.uri if self.source else None,
            "job_run_id": self.job_run_id,
            **self.content,
        }

    def write(self, storage: Storage, bucket: str) -> None:
        """Write the report to S3 and, as one line of JSON, to the log. It holds counts and names, no row."""
        storage.put_json(bucket, self.key, self.as_dict())
        log.info(
            "report s3://%s/%s %s",
            bucket,
            self.key,
            json.dumps(self.as_dict(), ensure_ascii=False, default=str),
        )
