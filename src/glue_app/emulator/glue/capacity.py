"""Workers and DPUs: what a job or run asks for, checked and turned into one Capacity.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html (MaxCapacity, WorkerType)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glue_app.aws.glue_versions import GlueInputError
from glue_app.aws.glue_workers import check_dpus, check_workers
from glue_app.emulator.glue.models import Capacity


def capacity_of_job(fields: Mapping[str, Any], version: str, command: str) -> Capacity:
    """Return the capacity of CreateJob's or UpdateJob's fields. Raises GlueInputError."""
    _refuse_contradictions(fields)
    worker_type, workers = fields.get("WorkerType"), fields.get("NumberOfWorkers")
    if worker_type is None and workers is None:
        return Capacity(check_dpus(_dpus(fields), command))
    return _workers(worker_type, workers, version, command)


def capacity_of_run(fields: Mapping[str, Any], of_job: Capacity, version: str, command: str) -> Capacity:
    """Return the capacity of StartJobRun's fields; what it leaves out is the job's. Raises GlueInputError."""
    _refuse_contradictions(fields)
    if (dpus := _dpus(fields)) is not None:
        return Capacity(check_dpus(dpus, command))
    worker_type = fields.get("WorkerType", of_job.worker_type)
    workers = fields.get("NumberOfWorkers", of_job.number_of_workers)
    if worker_type is None and workers is None:
        return of_job
    return _workers(worker_type, workers, version, command)


def _refuse_contradictions(fields: Mapping[str, Any]) -> None:
    dpus = "MaxCapacity" in fields or _allocated(fields)
    if dpus and ("WorkerType" in fields or "NumberOfWorkers" in fields):
        raise GlueInputError("Please do not set Max Capacity if using Worker Type and Number of Workers.")
    if "MaxCapacity" in fields and _allocated(fields):
        raise GlueInputError("Please set only Allocated Capacity or Max Capacity.")


def _allocated(fields: Mapping[str, Any]) -> int:
    """AllocatedCapacity, the deprecated field: SDKs send 0 for "not set"."""
    return int(fields.get("AllocatedCapacity") or 0)


def _dpus(fields: Mapping[str, Any]) -> float | None:
    dpus: float | None = fields.get("MaxCapacity", _allocated(fields) or None)
    return dpus


def _workers(worker_type: str | None, number: int | None, version: str, command: str) -> Capacity:
    if worker_type is None or number is None:
        raise GlueInputError("Please set both Worker Type and Number of Workers.")
    worker = check_workers(worker_type, number, version, command)
    return Capacity(worker.dpu * number, worker_type, number)
