"""The job parameters AWS Glue itself consumes, and what this runner makes of each.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
Honoured here: --conf, --extra-py-files, --extra-jars, --extra-files, --additional-python-modules,
--python-modules-installer-option, --datalake-formats, --user-jars-first. Parameters that only tune or watch a
run (--enable-metrics, --enable-auto-scaling, --TempDir ...) are passed on and have no effect. What would
change a job's results and is not emulated fails the run.
"""

from __future__ import annotations

from collections.abc import Mapping

DATALAKE_FORMATS = ("delta",)


class LaunchError(Exception):
    """Raised when a run cannot start; its text is the run's ErrorMessage, as AWS words it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"LAUNCH ERROR | {reason} Please refer logs for details.")


def refuse_not_emulated(arguments: Mapping[str, str]) -> None:
    """Raise LaunchError naming the first parameter whose effect a job may rely on and would not get."""
    if arguments.get("--job-language", "python") != "python":
        raise _not_emulated("--job-language", arguments["--job-language"])
    if arguments.get("--enable-glue-datacatalog", "false").lower() not in ("false",):
        raise _not_emulated("--enable-glue-datacatalog", arguments["--enable-glue-datacatalog"])
    if arguments.get("--job-bookmark-option", "job-bookmark-disable") != "job-bookmark-disable":
        raise _not_emulated("--job-bookmark-option", arguments["--job-bookmark-option"])
    for name in datalake_formats(arguments):
        if name not in DATALAKE_FORMATS:
            raise _not_emulated("--datalake-formats", name)


def datalake_formats(arguments: Mapping[str, str]) -> list[str]:
    """`delta,iceberg` as a list."""
    return split_list(arguments.get("--datalake-formats", ""))


def split_list(value: str) -> list[str]:
    """Return a comma-separated parameter as a list without empty entries."""
    return [entry.strip() for entry in value.split(",") if entry.strip()]


def _not_emulated(parameter: str, value: str) -> LaunchError:
    return LaunchError(
        f"NotEmulatedByGlueApp: {parameter} {value} works on AWS and is not emulated by glue-app."
    )
