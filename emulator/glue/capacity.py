"""Workers and DPUs: what a job or run asks for, checked and turned into one Capacity.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html (MaxCapacity, WorkerType)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.glue.exceptions import InvalidInputException
from emulator.glue.models import Capacity

DPU_PER_WORKER = {
    "Standard": 1.0,
    "G.025X": 0.25,
    "G.1X": 1.0,
    "G.2X": 2.0,
    "G.4X": 4.0,
    "G.8X": 8.0,
    "Z.2X": 2.0,
}
_DEFAULT_DPU = {"glueetl": 10.0, "gluestreaming": 10.0, "pythonshell": 0.0625}
_PYTHON_SHELL_DPU = (0.0625, 1.0)


def capacity_of_job(fields: Mapping[str, Any], command: str) -> Capacity:
    """The capacity of CreateJob's or UpdateJob's fields. Raises InvalidInputException."""
    _refuse_contradictions(fields)
    worker_type, workers = fields.get("WorkerType"), fields.get("NumberOfWorkers")
    if (worker_type is None) != (workers is None):
        raise InvalidInputException("Please set both Worker Type and Number of Workers.")
    if worker_type is not None and workers is not None:
        return _workers(worker_type, workers)
    return _dpus(fields, command) or Capacity(_DEFAULT_DPU.get(command, 10.0))


def capacity_of_run(fields: Mapping[str, Any], of_job: Capacity, command: str) -> Capacity:
    """The capacity of StartJobRun's fields; what it leaves out is the job's. Raises InvalidInputException."""
    _refuse_contradictions(fields)
    if dpus := _dpus(fields, command):
        return dpus
    worker_type = fields.get("WorkerType", of_job.worker_type)
    workers = fields.get("NumberOfWorkers", of_job.number_of_workers)
    if worker_type is None and workers is None:
        return of_job
    if worker_type is None or workers is None:
        raise InvalidInputException("Please set both Worker Type and Number of Workers.")
    return _workers(worker_type, workers)


def _refuse_contradictions(fields: Mapping[str, Any]) -> None:
    dpus = "MaxCapacity" in fields or _allocated(fields)
    if dpus and ("WorkerType" in fields or "NumberOfWorkers" in fields):
        raise InvalidInputException(
            "Please do not set Max Capacity if using Worker Type and Number of Workers."
        )
    if "MaxCapacity" in fields and _allocated(fields):
        raise InvalidInputException("Please set only Allocated Capacity or Max Capacity.")


def _allocated(fields: Mapping[str, Any]) -> int:
    """AllocatedCapacity, the deprecated field: SDKs send 0 for "not set"."""
    return int(fields.get("AllocatedCapacity") or 0)


def _workers(worker_type: str, number: int) -> Capacity:
    if worker_type not in DPU_PER_WORKER:
        raise InvalidInputException(f"Worker Type {worker_type} is not supported.")
    if number < 2:
        raise InvalidInputException(f"Number of workers is {number}: a job needs at least 2.")
    return Capacity(DPU_PER_WORKER[worker_type] * number, worker_type, number)


def _dpus(fields: Mapping[str, Any], command: str) -> Capacity | None:
    dpus = fields.get("MaxCapacity", _allocated(fields) or None)
    if dpus is None:
        return None
    if command == "pythonshell" and dpus not in _PYTHON_SHELL_DPU:
        raise InvalidInputException("For a Python shell job, Max Capacity is either 0.0625 or 1.")
    if command != "pythonshell" and dpus < 2:
        raise InvalidInputException(f"Max Capacity is {dpus}: a Spark job needs at least 2.")
    return Capacity(float(dpus))
