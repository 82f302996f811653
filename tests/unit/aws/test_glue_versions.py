"""Which jobs AWS Glue has by now: versions, commands, Pythons, timeouts, worker types and how many."""

from __future__ import annotations

import subprocess
import sys

import pytest

from glue_app.aws.glue_versions import (
    DEFAULT,
    VERSIONS,
    GlueInputError,
    check_command,
    check_timeout,
    check_version,
    what_it_needs,
)
from glue_app.aws.glue_workers import WORKER_TYPES, check_dpus, check_execution_class, check_workers


def test_a_job_without_a_version_gets_the_newest() -> None:
    assert DEFAULT == list(VERSIONS)[-1] == "6.0"


@pytest.mark.parametrize("command", ["glueetl", "gluestreaming"])
@pytest.mark.parametrize("version", ["3.0", "4.0", "5.0", "5.1", "6.0"])
def test_versions_that_are_there(version: str, command: str) -> None:
    check_version(version, command)


@pytest.mark.parametrize("version", ["0.9", "1.0", "2.0"])
def test_ended_versions_are_refused_with_the_day_of_their_end(version: str) -> None:
    with pytest.raises(GlueInputError) as refused:
        check_version(version, "glueetl")
    assert str(refused.value) == (
        f"Given GlueVersion [{version}] is not valid. Glue {version} reached its end of life on 2026-04-01."
    )


@pytest.mark.parametrize("version", ["banana", "5", "5.2", "7.0", "", "4.0.0"])
def test_unknown_versions_are_refused(version: str) -> None:
    with pytest.raises(GlueInputError) as refused:
        check_version(version, "glueetl")
    assert str(refused.value) == f"Given GlueVersion [{version}] is not valid."


def test_a_python_shell_job_has_no_version_and_a_ray_job_one_from_4_on() -> None:
    check_version("1.0", "pythonshell")
    check_version("4.0", "glueray")
    with pytest.raises(GlueInputError, match=r"Glue Version 3\.0 is not supported for Job Command glueray"):
        check_version("3.0", "glueray")


@pytest.mark.parametrize(
    ("command", "python", "runtime", "chosen"),
    [
        ("glueetl", None, None, "3"),
        ("glueetl", "3", "whatever", "3"),
        ("gluestreaming", "", None, "3"),
        ("pythonshell", None, None, "3.9"),
        ("pythonshell", "3.9", None, "3.9"),
        ("glueray", "3.9", "Ray2.4", "3.9"),
    ],
)
def test_the_python_of_a_command(command: str, python: str | None, runtime: str | None, chosen: str) -> None:
    assert check_command(command, python, runtime) == chosen


@pytest.mark.parametrize(
    ("command", "python", "message"),
    [
        ("ruby", None, "Unsupported command name 'ruby'."),
        ("", None, "Unsupported command name ''."),
        ("glueetl", "3.9", "PythonVersion 3.9 is not supported. Choose from one of the following: [3]"),
        ("glueetl", "2", "PythonVersion 2 is not supported. Choose from one of the following: [3]"),
        ("pythonshell", "3", "Python Shell version selected is no longer available"),
        ("pythonshell", "2", "Python Shell version selected is no longer available"),
        ("glueray", "3.9", "Runtime parameter is required for GlueRay command"),
    ],
)
def test_commands_that_are_refused(command: str, python: str | None, message: str) -> None:
    with pytest.raises(GlueInputError) as refused:
        check_command(command, python, None)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("minutes", "version", "command", "expected"),
    [
        (None, "4.0", "glueetl", 2880),
        (None, "5.0", "glueetl", 480),
        (None, "5.1", "gluestreaming", 480),
        (None, "6.0", "glueetl", 480),
        (None, "6.0", "pythonshell", 2880),
        (None, "1.0", "pythonshell", 2880),
        (10080, "6.0", "glueetl", 10080),
        (None, "6.0", "glueray", None),
    ],
)
def test_timeouts(minutes: int | None, version: str, command: str, expected: int | None) -> None:
    assert check_timeout(minutes, version, command) == expected


@pytest.mark.parametrize(
    ("minutes", "command", "message"),
    [(10081, "glueetl", "at most 10080 minutes"), (5, "glueray", "Timeout not supported for Ray jobs")],
)
def test_timeouts_that_are_refused(minutes: int, command: str, message: str) -> None:
    with pytest.raises(GlueInputError, match=message):
        check_timeout(minutes, "6.0", command)


@pytest.mark.parametrize(
    ("name", "dpu", "vcpu", "memory_gb"),
    [
        ("Standard", 1, 4, 16),
        ("G.025X", 0.25, 2, 4),
        ("G.1X", 1, 4, 16),
        ("G.2X", 2, 8, 32),
        ("G.4X", 4, 16, 64),
        ("G.8X", 8, 32, 128),
        ("G.12X", 12, 48, 192),
        ("G.16X", 16, 64, 256),
        ("R.1X", 1, 4, 32),
        ("R.2X", 2, 8, 64),
        ("R.4X", 4, 16, 128),
        ("R.8X", 8, 32, 256),
        ("Z.2X", 2, 8, 64),
    ],
)
def test_sizes_of_workers(name: str, dpu: float, vcpu: int, memory_gb: int) -> None:
    worker = WORKER_TYPES[name]
    assert (worker.dpu, worker.vcpu, worker.memory_gb) == (dpu, vcpu, memory_gb)


@pytest.mark.parametrize(
    ("worker_type", "number", "version", "command"),
    [
        *[(name, 2, "6.0", "glueetl") for name in ("G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X")],
        *[(name, 2, "4.0", "glueetl") for name in ("G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X")],
        ("R.8X", 2, "5.1", "gluestreaming"),
        ("G.025X", 299, "3.0", "gluestreaming"),
        ("Standard", 1, "4.0", "glueetl"),
        ("Z.2X", 1, "4.0", "glueray"),
        ("G.1X", 299, "5.0", "glueetl"),
    ],
)
def test_workers_that_aws_has(worker_type: str, number: int, version: str, command: str) -> None:
    assert check_workers(worker_type, number, version, command).name == worker_type


@pytest.mark.parametrize(
    ("worker_type", "number", "version", "command", "message"),
    [
        ("banana", 2, "4.0", "glueetl", "Worker type banana is not supported."),
        ("g.1x", 2, "4.0", "glueetl", "Worker type g.1x is not supported."),
        ("G.12X", 2, "3.0", "glueetl", "Worker type G.12X is not supported for Glue Version 3.0"),
        ("R.1X", 2, "3.0", "glueetl", "Worker type R.1X is not supported for Glue Version 3.0"),
        ("Standard", 2, "5.0", "glueetl", "Worker type Standard is not supported for Glue Version 5.0"),
        ("G.025X", 2, "4.0", "glueetl", "Worker type G.025X is not supported for Job Command glueetl"),
        ("Z.2X", 2, "4.0", "glueetl", "Worker type Z.2X is not supported for Job Command glueetl"),
        ("G.1X", 2, "4.0", "pythonshell", "Worker Type is not supported for Job Command pythonshell"),
        (
            "G.1X", 2, "4.0", "glueray",
            "Worker type cannot be null and only [Z.2X] worker types are supported for glueray jobs.",
        ),
        (
            "G.1X", 1, "4.0", "glueetl",
            "To use Worker Type G.1X, minimum allowed value of Number of Workers is 2.",
        ),
        (
            "G.025X", 300, "4.0", "gluestreaming",
            "To use Worker Type G.025X, maximum allowed value of Number of Workers is 299.",
        ),
    ],
)  # fmt: skip
def test_workers_that_are_refused(
    worker_type: str, number: int, version: str, command: str, message: str
) -> None:
    with pytest.raises(GlueInputError) as refused:
        check_workers(worker_type, number, version, command)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("dpus", "command", "expected"),
    [
        (None, "glueetl", 10.0),
        (None, "pythonshell", 0.0625),
        (1, "pythonshell", 1.0),
        (2, "gluestreaming", 2.0),
        (100.0, "glueetl", 100.0),
    ],
)
def test_max_capacity(dpus: float | None, command: str, expected: float) -> None:
    assert check_dpus(dpus, command) == expected


@pytest.mark.parametrize(
    ("dpus", "command"),
    [
        (0.0, "glueetl"),
        (1.0, "glueetl"),
        (2.5, "glueetl"),
        (101.0, "glueetl"),
        (2.0, "pythonshell"),
        (None, "glueray"),
    ],
)
def test_max_capacities_that_are_refused(dpus: float | None, command: str) -> None:
    with pytest.raises(GlueInputError):
        check_dpus(dpus, command)


def test_flexible_runs_are_of_glueetl_on_the_two_smallest_types() -> None:
    for worker_type in ("G.1X", "G.2X"):
        check_execution_class("FLEX", worker_type, "glueetl")
    check_execution_class("STANDARD", "R.8X", "gluestreaming")
    check_execution_class(None, None, "pythonshell")
    for worker_type, command in (("G.4X", "glueetl"), ("R.1X", "glueetl"), ("G.1X", "gluestreaming")):
        with pytest.raises(GlueInputError, match="Execution class FLEX is not supported"):
            check_execution_class("FLEX", worker_type, command)


def test_what_a_version_needs_is_said_in_full() -> None:
    assert what_it_needs("6.0") == (
        "Glue 6.0, what a job gets that names no GlueVersion, needs Spark 4.1.1, Python 3.13 and Java 17, "
        "which glue-app does not have"
    )
    assert what_it_needs("5.1").startswith("Glue 5.1 needs Spark 3.5.6, Python 3.11 and Java 17")
    assert what_it_needs("2.0") == "AWS has no Glue 2.0 now"


def test_the_commands_can_read_the_table_before_anything_is_installed() -> None:
    """src/glue_app/bootstrap imports it: standard library only."""
    script = (
        "import sys; before = set(sys.modules); import glue_app.aws.glue_versions; "
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(*new - set(sys.stdlib_module_names))"
    )
    said = subprocess.run(
        [sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout.split() == ["glue_app"]
