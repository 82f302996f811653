"""awsglue.job.Job: marks the begin and the end of a job's work.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-glue-context.html
Bookmarks are not emulated; the launcher refuses a run that turns them on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Job:
    """init() and commit() as every generated Glue script calls them; without bookmarks they keep nothing."""

    def __init__(self, glue_context: Any) -> None:
        self._glue_context = glue_context
        self._name: str | None = None

    def init(self, job_name: str, args: Mapping[str, str] | None = None) -> None:
        """Begin the job. Raise ValueError when called a second time for another job."""
        if self._name is not None and self._name != job_name:
            raise ValueError(f"this job was initialised as {self._name!r}, not {job_name!r}")
        self._name = job_name

    def commit(self) -> None:
        """Commit the job. Raise RuntimeError before init()."""
        if self._name is None:
            raise RuntimeError("Job.commit() was called before Job.init()")
