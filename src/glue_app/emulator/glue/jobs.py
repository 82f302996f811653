"""Jobs: create, read, update, delete.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glue_app.aws.glue_versions import DEFAULT, check_command, check_timeout, check_version
from glue_app.aws.glue_workers import check_execution_class
from glue_app.emulator.glue.capacity import capacity_of_job
from glue_app.emulator.glue.exceptions import (
    AlreadyExistsException,
    EntityNotFoundException,
    InvalidInputException,
    invalid_input,
)
from glue_app.emulator.glue.models import Capacity, GlueStore, Job
from glue_app.emulator.service.clock import now

_CAPACITY_FIELDS = ("AllocatedCapacity", "MaxCapacity", "WorkerType", "NumberOfWorkers")


def create_job(store: GlueStore, request: Mapping[str, Any]) -> Job:
    """Create a job. Raises AlreadyExistsException, InvalidInputException."""
    name = request["Name"]
    if name in store.jobs:
        raise AlreadyExistsException.named("Job", name)
    definition, capacity = _checked({k: v for k, v in request.items() if k not in ("Name", "Tags")})
    job = store.jobs[name] = Job(name, definition, capacity)
    return job


def get_job(store: GlueStore, name: str) -> Job:
    """Return a job. Raises EntityNotFoundException."""
    if name not in store.jobs:
        raise EntityNotFoundException.named("Job", name)
    return store.jobs[name]


def update_job(store: GlueStore, name: str, update: Mapping[str, Any]) -> Job:
    """Overwrite the whole definition: a field the update leaves out goes back to its default."""
    job = get_job(store, name)
    job.definition, job.capacity = _checked(update)
    job.last_modified_on = now()
    return job


def delete_job(store: GlueStore, name: str) -> None:
    """Delete a job. One that does not exist is no error (AWS: "no exception is thrown"). Its runs go on."""
    store.jobs.pop(name, None)


def _checked(fields: Mapping[str, Any]) -> tuple[dict[str, Any], Capacity]:
    """Return a definition with Glue's defaults, and its capacity. Raises InvalidInputException.

    Fields without a default stay away, as in AWS's answers: Terraform sees ExecutionClass as a change else.
    """
    command = dict(fields.get("Command") or {})
    if not fields.get("Role"):
        raise InvalidInputException("Role cannot be null or empty.")
    name, version = command.get("Name") or "", fields.get("GlueVersion") or DEFAULT
    with invalid_input():
        command["PythonVersion"] = check_command(name, command.get("PythonVersion"), command.get("Runtime"))
        if not command.get("ScriptLocation"):
            raise InvalidInputException("ScriptLocation cannot be null or empty.")
        check_version(version, name)
        capacity = capacity_of_job(fields, version, name)
        check_execution_class(fields.get("ExecutionClass"), capacity.worker_type, name)
        timeout = check_timeout(fields.get("Timeout"), version, name)
    definition = {
        "JobMode": "SCRIPT",
        "MaxRetries": 0,
        "DefaultArguments": {},
        **{name: value for name, value in fields.items() if name not in _CAPACITY_FIELDS},
        "ExecutionProperty": {"MaxConcurrentRuns": 1, **(fields.get("ExecutionProperty") or {})},
        "Command": command,
        "GlueVersion": version,
        **({"Timeout": timeout} if timeout else {}),
    }
    if not 0 <= definition["MaxRetries"] <= 10:
        raise InvalidInputException("MaxRetries must be between 0 and 10.")
    return definition, capacity
