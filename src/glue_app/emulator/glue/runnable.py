"""Which runs this stack can carry out: those of the one version of Glue that it has (ADR 0013).

Any other run fails at once and says what to do: the answer of the Spark that happens to be there would be
worth nothing.
"""

from __future__ import annotations

from glue_app import glue_versions
from glue_app.aws.glue_versions import PYTHON_SHELL, RAY, what_it_needs
from glue_app.emulator.glue.models import JobRun
from glue_app.errors import OneLineError


class NotRunnableError(OneLineError):
    """Raised for a run that this stack can't carry out; its text is the run's ErrorMessage."""


class OtherGlueVersionError(NotRunnableError):
    """Raised for a run of a job with another GlueVersion than the stack's; says how to get that one."""

    def __init__(self, runs: str, asked_for: str) -> None:
        if asked_for in glue_versions.VERSIONS:
            remedy = f"make up GLUE_VERSION={asked_for}"
        else:
            remedy = f"{what_it_needs(asked_for)}; set the job's GlueVersion to {glue_versions.WANTED}"
        super().__init__(f"this stack runs Glue {runs} jobs; the job asks for {asked_for}", remedy)
        self.asked_for = asked_for


def version_for_runner(run: JobRun, of_stack: str) -> str | None:
    """Return the version of Glue the runner must have; None where any will do. Raises NotRunnableError."""
    if run.command == RAY:
        raise NotRunnableError("glue-app has no Ray: a glueray job runs on AWS only")
    if run.command == PYTHON_SHELL:
        return None  # AWS ignores the version, too
    if run.glue_version != of_stack:
        raise OtherGlueVersionError(of_stack, run.glue_version)
    return run.glue_version
