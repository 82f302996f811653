"""AWS Glue's worker types: their size, which version and job command has them, how many there may be.

https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html (WorkerType, MaxCapacity)
https://docs.aws.amazon.com/glue/latest/dg/flex.html (FLEX: glueetl on G.1X and G.2X)

Texts are AWS's where callers report them. Not verified: that Standard ends with 4.0 and the newest types
begin with it; the smallest number of Standard and Z.2X workers (callers report jobs of one), the largest of
all but G.1X and G.025X. The regions that lack a type are not known here. MaxCapacity is taken for a Spark
job, though the documentation says that versions from 2.0 on want workers instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from glue_app.aws.glue_versions import PYTHON_SHELL, RAY, SPARK, VERSIONS, GlueInputError, at_least


@dataclass(frozen=True)
class WorkerType:
    """A worker: DPUs (M-DPUs of R types), vCPUs, memory in GB; who has it and how many there may be."""

    name: str
    dpu: float
    vcpu: int
    memory_gb: int
    commands: frozenset[str] = SPARK
    first: str = "3.0"
    last: str = list(VERSIONS)[-1]
    fewest: int = 2
    most: int | None = None


WORKER_TYPES = {
    worker.name: worker
    for worker in (
        WorkerType("Standard", 1, 4, 16, last="4.0", fewest=1),
        WorkerType("G.025X", 0.25, 2, 4, commands=frozenset({"gluestreaming"}), most=299),
        WorkerType("G.1X", 1, 4, 16, most=299),
        WorkerType("G.2X", 2, 8, 32),
        WorkerType("G.4X", 4, 16, 64),
        WorkerType("G.8X", 8, 32, 128),
        WorkerType("G.12X", 12, 48, 192, first="4.0"),
        WorkerType("G.16X", 16, 64, 256, first="4.0"),
        WorkerType("R.1X", 1, 4, 32, first="4.0"),
        WorkerType("R.2X", 2, 8, 64, first="4.0"),
        WorkerType("R.4X", 4, 16, 128, first="4.0"),
        WorkerType("R.8X", 8, 32, 256, first="4.0"),
        WorkerType("Z.2X", 2, 8, 64, commands=frozenset({RAY}), first="4.0", fewest=1),
    )
}
DEFAULT_DPU = {PYTHON_SHELL: 0.0625}
_PYTHON_SHELL_DPU = (0.0625, 1.0)
_SPARK_DPU = (2, 100)
_FLEXIBLE = frozenset({"G.1X", "G.2X"})


def check_workers(worker_type: str, number: int, version: str, command: str) -> WorkerType:
    """Return the type, if AWS has that many of it for this version and command. Raises GlueInputError."""
    if command == PYTHON_SHELL:
        raise GlueInputError(f"Worker Type is not supported for Job Command {PYTHON_SHELL}")
    worker = WORKER_TYPES.get(worker_type)
    if command == RAY and (worker is None or RAY not in worker.commands):
        raise GlueInputError(
            f"Worker type cannot be null and only [Z.2X] worker types are supported for {RAY} jobs."
        )
    if worker is None:
        raise GlueInputError(f"Worker type {worker_type} is not supported.")
    if command not in worker.commands:
        raise GlueInputError(f"Worker type {worker_type} is not supported for Job Command {command}")
    if not at_least(version, worker.first) or not at_least(worker.last, version):
        raise GlueInputError(f"Worker type {worker_type} is not supported for Glue Version {version}")
    use = f"To use Worker Type {worker_type}"
    if number < worker.fewest:
        raise GlueInputError(f"{use}, minimum allowed value of Number of Workers is {worker.fewest}.")
    if worker.most is not None and number > worker.most:
        raise GlueInputError(f"{use}, maximum allowed value of Number of Workers is {worker.most}.")
    return worker


def check_dpus(dpus: float | None, command: str) -> float:
    """MaxCapacity of a job without workers, AWS's default where it names none. Raises GlueInputError."""
    if command == RAY:
        raise GlueInputError(
            f"Worker type cannot be null and only [Z.2X] worker types are supported for {RAY} jobs."
        )
    if dpus is None:
        return DEFAULT_DPU.get(command, 10.0)
    if command == PYTHON_SHELL:
        if dpus not in _PYTHON_SHELL_DPU:
            raise GlueInputError("For a Python shell job, Max Capacity is either 0.0625 or 1.")
    elif not _SPARK_DPU[0] <= dpus <= _SPARK_DPU[1] or dpus != int(dpus):
        raise GlueInputError(f"Max Capacity is {dpus}: a Spark job takes whole numbers from 2 to 100.")
    return float(dpus)


def check_execution_class(wanted: str | None, worker_type: str | None, command: str) -> None:
    """Would AWS run a job of this command and worker type in this class? Raises GlueInputError."""
    if wanted != "FLEX":
        return
    if command != "glueetl":
        raise GlueInputError(f"Execution class FLEX is not supported for Job Command {command}")
    if worker_type is not None and worker_type not in _FLEXIBLE:
        raise GlueInputError(f"Execution class FLEX is not supported for Worker Type {worker_type}")
