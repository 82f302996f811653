"""AWS Glue's versions and job commands: what each has, what is over, what a job without a version gets.

https://docs.aws.amazon.com/glue/latest/dg/release-notes.html
https://docs.aws.amazon.com/glue/latest/dg/glue-version-support-policy.html
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html (no GlueVersion)

Texts are AWS's where callers report them. Not verified: the texts for an ended version, for FLEX and for
Python versions of a Spark job; whether a Ray job takes each version from 4.0 on; which Python a Python shell
job has that names none (here 3.9, the one that is left). Runs on Python 3.8, for the commands read it too.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT = "6.0"
"""What a job gets that names no version."""
ENDED = {"0.9": "2026-04-01", "1.0": "2026-04-01", "2.0": "2026-04-01"}
"""Versions of which there are no new jobs and no runs any more, with the day of their end."""
SPARK, PYTHON_SHELL, RAY = frozenset({"glueetl", "gluestreaming"}), "pythonshell", "glueray"
COMMANDS = SPARK | {PYTHON_SHELL, RAY}
LONGEST_TIMEOUT_MINUTES = 7 * 24 * 60


class GlueInputError(Exception):
    """What Glue answers as InvalidInputException, with HTTP status 400."""


@dataclass(frozen=True)
class Runtime:
    """What a Spark job finds in a version of Glue."""

    version: str
    spark: str
    python: str
    java: str

    def __str__(self) -> str:
        return f"Spark {self.spark}, Python {self.python} and Java {self.java}"


VERSIONS = {
    runtime.version: runtime
    for runtime in (
        Runtime("3.0", "3.1.1", "3.7", "8"),
        Runtime("4.0", "3.3.0", "3.10", "8"),
        Runtime("5.0", "3.5.4", "3.11", "17"),
        Runtime("5.1", "3.5.6", "3.11", "17"),
        Runtime("6.0", "4.1.1", "3.13", "17"),
    )
}
_PYTHONS = {PYTHON_SHELL: ("3.9",), RAY: ("3.9", "3")}
_RAY_FROM = "4.0"


def at_least(version: str, first: str) -> bool:
    """Is a version that AWS has this one or a later one?"""
    order = list(VERSIONS)
    return order.index(version) >= order.index(first)


def what_it_needs(version: str) -> str:
    """For who asks for a version that glue-app does not have: what that is on AWS."""
    if version not in VERSIONS:
        return f"AWS has no Glue {version} now"
    default = ", what a job gets that names no GlueVersion," if version == DEFAULT else ""
    return f"Glue {version}{default} needs {VERSIONS[version]}, which glue-app does not have"


def check_version(version: str, command: str) -> None:
    """Would AWS make, or run, a job of this version? Raises GlueInputError."""
    if command == PYTHON_SHELL:
        return
    if version in ENDED:
        raise GlueInputError(
            f"Given GlueVersion [{version}] is not valid. Glue {version} reached its end of life on "
            f"{ENDED[version]}."
        )
    if version not in VERSIONS:
        raise GlueInputError(f"Given GlueVersion [{version}] is not valid.")
    if command == RAY and not at_least(version, _RAY_FROM):
        raise GlueInputError(f"Glue Version {version} is not supported for Job Command {RAY}")


def check_command(name: str, python: str | None, runtime: str | None) -> str:
    """Return the Python version of a job's command, chosen where none is named. Raises GlueInputError."""
    if name not in COMMANDS:
        raise GlueInputError(f"Unsupported command name {name!r}.")
    known = _PYTHONS.get(name, ("3",))
    chosen = python or known[0]
    if chosen not in known:
        if name == PYTHON_SHELL:
            raise GlueInputError("Python Shell version selected is no longer available")
        raise GlueInputError(
            f"PythonVersion {chosen} is not supported. Choose from one of the following: [{', '.join(known)}]"
        )
    if name == RAY and not runtime:
        raise GlueInputError("Runtime parameter is required for GlueRay command")
    return chosen


def check_timeout(minutes: int | None, version: str, command: str) -> int | None:
    """Return a job's timeout in minutes, AWS's default where it names none; a Ray job has none.

    Raises GlueInputError.
    """
    if command == RAY:
        if minutes:
            raise GlueInputError("Timeout not supported for Ray jobs")
        return None
    if not minutes:
        return 480 if command in SPARK and at_least(version, "5.0") else 2880
    if minutes > LONGEST_TIMEOUT_MINUTES:
        raise GlueInputError(
            f"Timeout is {minutes}: it can be at most {LONGEST_TIMEOUT_MINUTES} minutes (7 days)."
        )
    return minutes
