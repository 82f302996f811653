"""The dataset's lock, seen from the job: it is the state machine that takes and releases it.

Two runs that write one Delta table lose commits without an error, so a run looks before it writes. The lock
(``locks/<dataset>.json``) names the execution that may; a run that is another's does not begin. And a run
that passed this earlier may still be there: Step Functions stops the run of an execution that is stopped or
timed out, and asking Glue for that takes it seconds to minutes. It is in Glue's list since it was started, so
the next holder's run sees it there and waits for its end. A run that is started later finds the lock
another's. A run of the step gold is waited for as well: it would call Gold loaded that lacks what this run
is about to write. https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobRuns.html
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from pipeline.arguments import JobArguments
from pipeline.clients import aws_client
from pipeline.errors import NotLockedError, StillWritingError
from pipeline.storage import Storage

log = logging.getLogger(__name__)

FREE = "none"
_ACTIVE = ("STARTING", "RUNNING", "STOPPING", "WAITING")
_LONGEST_RUN = timedelta(days=7)
"""Glue's longest timeout: what began earlier has ended."""
_WAIT_S = 600.0


@dataclass(frozen=True)
class OtherRuns:
    """The job's runs that Glue knows of. ``client`` is boto3's of Glue."""

    client: Any
    job_name: str
    job_run_id: str
    wait_s: float = _WAIT_S
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def wait_for_end(self, dataset: str) -> None:
        """Return when no other run of the dataset is active. Raises StillWritingError."""
        deadline = time.monotonic() + self.wait_s
        while active := list(self._active(dataset)):
            if time.monotonic() > deadline:
                raise StillWritingError(dataset, active, self.wait_s)
            log.warning("waiting for the end of job run %s", ", ".join(active))
            self.sleep(5)

    def _active(self, dataset: str) -> Iterator[str]:
        oldest = datetime.now(timezone.utc) - _LONGEST_RUN
        for page in self.client.get_paginator("get_job_runs").paginate(JobName=self.job_name):
            runs = page["JobRuns"]
            for run in runs:
                same = run.get("Arguments", {}).get("--dataset") == dataset
                if same and run["JobRunState"] in _ACTIVE and run["Id"] != self.job_run_id:
                    yield run["Id"]
            if runs and max(run["StartedOn"] for run in runs) < oldest:
                return


def check(arguments: JobArguments, storage: Storage, runs: OtherRuns | None = None) -> None:
    """Return when this run alone may write the dataset's tables.

    Raises NotLockedError, StillWritingError, BrokenObjectError, ObjectRefusedError.
    """
    if not arguments.unlocked:
        found = storage.json(arguments.silver_bucket, key(arguments.dataset)) or {}
        holder = found.get("holder", FREE)
        if holder == FREE or holder != arguments.execution_arn:
            raise NotLockedError(
                arguments.dataset, None if holder == FREE else holder, arguments.execution_arn
            )
    if runs is None:
        glue = aws_client("glue", arguments.region, retries={"mode": "standard", "max_attempts": 5})
        runs = OtherRuns(glue, arguments.job_name, arguments.job_run_id)
    runs.wait_for_end(arguments.dataset)


def key(dataset: str) -> str:
    return f"locks/{dataset}.json"
