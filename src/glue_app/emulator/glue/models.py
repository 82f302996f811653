"""The state of the Glue room: plain dataclasses, one store an account and region, all of it picklable."""

from __future__ import annotations

import datetime
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from glue_app.aws.job_run_states import JobRunState
from glue_app.emulator.service.clock import now
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.service.stores import Stores

RUNS_KEPT = 500  # finished runs remembered per store


@dataclass(frozen=True)
class Capacity:
    """What a job or run is given. max_capacity is in DPUs; a job without workers has no worker fields."""

    max_capacity: float
    worker_type: str | None = None
    number_of_workers: int | None = None

    def as_fields(self) -> dict[str, Any]:
        """Return the fields of Job and JobRun; AllocatedCapacity is MaxCapacity in whole DPUs."""
        fields: dict[str, Any] = {
            "AllocatedCapacity": int(self.max_capacity),
            "MaxCapacity": self.max_capacity,
        }
        if self.worker_type:
            fields |= {"WorkerType": self.worker_type, "NumberOfWorkers": self.number_of_workers}
        return fields


@dataclass
class Job:
    """A job. `definition` has the fields of AWS's JobUpdate, Glue's defaults filled in, without capacity."""

    name: str
    definition: dict[str, Any]
    capacity: Capacity
    created_on: datetime.datetime = field(default_factory=now)
    last_modified_on: datetime.datetime = field(default_factory=now)

    @property
    def max_concurrent_runs(self) -> int:
        return int(self.definition["ExecutionProperty"]["MaxConcurrentRuns"])

    def as_dict(self) -> dict[str, Any]:
        """AWS's Job structure."""
        return {
            "Name": self.name,
            "CreatedOn": self.created_on,
            "LastModifiedOn": self.last_modified_on,
            **self.definition,
            **self.capacity.as_fields(),
        }


@dataclass
class Connection:
    """A connection; `input` is AWS's ConnectionInput."""

    name: str
    input: dict[str, Any]
    creation_time: datetime.datetime = field(default_factory=now)
    last_updated_time: datetime.datetime = field(default_factory=now)


@dataclass
class SecurityConfiguration:
    """A security configuration; `encryption` is AWS's EncryptionConfiguration."""

    name: str
    encryption: dict[str, Any]
    created: datetime.datetime = field(default_factory=now)


@dataclass
class JobRun:
    """A run of a job, with all it needs from the job: a later change of the job does not touch it."""

    id: str
    job_name: str
    account_id: str
    region: str
    role: str
    script: str
    # arguments may hold secrets: none of them shows in a log
    arguments: dict[str, str] = field(repr=False)  # those of StartJobRun: what GetJobRun shows
    merged_arguments: dict[str, str] = field(repr=False)  # those the script gets
    capacity: Capacity
    timeout: int | None  # minutes; a Ray job has none
    glue_version: str
    execution_class: str | None
    command: str = "glueetl"  # its JobCommand's name; an older save has none
    connections: tuple[str, ...] = ()
    security_configuration: str | None = None
    notification_property: dict[str, Any] | None = None
    attempt: int = 0
    max_retries: int = 0
    previous_run_id: str | None = None
    state: JobRunState = JobRunState.STARTING
    error_message: str | None = None
    started_on: datetime.datetime = field(default_factory=now)
    running_since: datetime.datetime | None = None
    last_modified_on: datetime.datetime = field(default_factory=now)
    completed_on: datetime.datetime | None = None

    @property
    def scope(self) -> Scope:
        """Where it runs."""
        return Scope(self.account_id, self.region)

    @property
    def role_name(self) -> str:
        return self.role.rpartition("/")[2]

    @property
    def log_group_name(self) -> str:
        """A security configuration has log groups of its own, named by role and configuration."""
        if self.security_configuration:
            return f"/aws-glue/jobs-{self.role_name}-{self.security_configuration}"
        return "/aws-glue/jobs"


@dataclass
class GlueStore:
    """Everything of one account and region. Change it under `lock`."""

    jobs: dict[str, Job] = field(default_factory=dict)
    runs: dict[str, JobRun] = field(default_factory=dict)  # in the order they started
    connections: dict[str, Connection] = field(default_factory=dict)
    security_configurations: dict[str, SecurityConfiguration] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)  # by ARN

    def runs_of(self, job_name: str) -> list[JobRun]:
        """Newest first."""
        return [run for run in reversed(self.runs.values()) if run.job_name == job_name]

    def add_run(self, run: JobRun) -> None:
        """Add a run and forget the oldest finished ones beyond RUNS_KEPT."""
        self.runs[run.id] = run
        finished = [run_id for run_id, old in self.runs.items() if old.state.terminal]
        for run_id in finished[: max(0, len(finished) - RUNS_KEPT)]:
            del self.runs[run_id]


class GlueStores(Stores[GlueStore]):
    """The stores of all accounts and regions."""

    def __init__(self) -> None:
        super().__init__(GlueStore)

    def fingerprint(self) -> Hashable:
        """Return a value that differs when a run has begun, ended or changed its state."""
        with self.lock:
            return tuple((run.id, run.state) for _, store in self.items() for run in store.runs.values())
