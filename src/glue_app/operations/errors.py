"""What can go wrong with an operation, each with the sentence a user needs."""

from __future__ import annotations

from glue_app.errors import BAD_SETTING, GlueAppError


class OperationError(GlueAppError):
    """An operation can't be done, or did not end well."""


class UsageError(OperationError):
    """What was asked for can't be understood."""

    exit_code = BAD_SETTING


class PipelineFailedError(OperationError):
    """An execution of the pipeline did not succeed, and what comes after it must wait.

    uri: the source version. why: one sentence.
    """

    def __init__(self, uri: str, why: str, remedy: str) -> None:
        self.uri = uri
        super().__init__(f"{uri}: {why}", remedy)
