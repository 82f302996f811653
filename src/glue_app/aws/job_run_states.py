"""The states of a job run of AWS Glue: https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html

The runner shares it with the emulator: standard library only.
"""

from __future__ import annotations

import enum


class JobRunState(str, enum.Enum):
    """A state by AWS's own name."""

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"

    @property
    def terminal(self) -> bool:
        """Whether a run stays in this state for good."""
        return self not in (JobRunState.STARTING, JobRunState.RUNNING, JobRunState.STOPPING)
