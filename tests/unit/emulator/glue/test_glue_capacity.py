"""Workers and DPUs: what Glue takes and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from glue_app.aws.glue_versions import GlueInputError
from glue_app.emulator.glue.capacity import capacity_of_job, capacity_of_run
from glue_app.emulator.glue.models import Capacity

WORKERS = {"WorkerType": "G.2X", "NumberOfWorkers": 3}


@pytest.mark.parametrize(
    ("fields", "command", "expected"),
    [
        (WORKERS, "glueetl", Capacity(6.0, "G.2X", 3)),
        ({"MaxCapacity": 4.0}, "glueetl", Capacity(4.0)),
        ({"AllocatedCapacity": 5}, "glueetl", Capacity(5.0)),
        ({"AllocatedCapacity": 0, **WORKERS}, "glueetl", Capacity(6.0, "G.2X", 3)),
        ({}, "glueetl", Capacity(10.0)),
        ({}, "pythonshell", Capacity(0.0625)),
        ({"WorkerType": "G.12X", "NumberOfWorkers": 2}, "glueetl", Capacity(24.0, "G.12X", 2)),
        ({"WorkerType": "R.1X", "NumberOfWorkers": 3}, "glueetl", Capacity(3.0, "R.1X", 3)),
    ],
)
def test_capacity_of_a_job(fields: dict[str, Any], command: str, expected: Capacity) -> None:
    assert capacity_of_job(fields, "4.0", command) == expected


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"WorkerType": "G.1X"}, "Please set both Worker Type and Number of Workers."),
        ({"NumberOfWorkers": 2}, "Please set both Worker Type and Number of Workers."),
        ({"MaxCapacity": 2.0, **WORKERS}, "Please do not set Max Capacity if using Worker Type"),
        ({"AllocatedCapacity": 2, **WORKERS}, "Please do not set Max Capacity if using Worker Type"),
        ({"AllocatedCapacity": 2, "MaxCapacity": 2.0}, "Please set only Allocated Capacity or Max Capacity."),
        ({"WorkerType": "G.1X", "NumberOfWorkers": 1}, "minimum allowed value of Number of Workers is 2"),
        ({"WorkerType": "G.99X", "NumberOfWorkers": 2}, "G.99X is not supported"),
        ({"MaxCapacity": 1.0}, "from 2 to 100"),
    ],
)
def test_contradictions_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(GlueInputError, match=message):
        capacity_of_job(fields, "4.0", "glueetl")


def test_a_run_may_change_the_number_of_workers_alone() -> None:
    job = Capacity(2.0, "G.1X", 2)
    assert capacity_of_run({"NumberOfWorkers": 5}, job, "4.0", "glueetl") == Capacity(5.0, "G.1X", 5)
    assert capacity_of_run({}, job, "4.0", "glueetl") == job
    assert capacity_of_run({"MaxCapacity": 3.0}, job, "4.0", "glueetl") == Capacity(3.0)


def test_a_run_of_a_job_without_workers_needs_both_fields() -> None:
    with pytest.raises(GlueInputError):
        capacity_of_run({"NumberOfWorkers": 5}, Capacity(10.0), "4.0", "glueetl")


def test_fields_are_those_of_aws() -> None:
    assert Capacity(0.5, "G.025X", 2).as_fields() == {
        "AllocatedCapacity": 0, "MaxCapacity": 0.5, "WorkerType": "G.025X", "NumberOfWorkers": 2,
    }  # fmt: skip
