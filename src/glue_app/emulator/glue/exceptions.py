"""AWS Glue's errors by their own names; each message is written here and nowhere else.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-exceptions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from localstack.aws.api import CommonServiceException

from glue_app.aws.glue_versions import GlueInputError


class GlueError(CommonServiceException):  # type: ignore[misc]
    """An error of AWS Glue's API: its class name is its code, and its status is 400."""

    def __init__(self, message: str) -> None:
        super().__init__(type(self).__name__, message, status_code=400, sender_fault=True)


class EntityNotFoundException(GlueError):  # noqa: N818  (AWS's name)
    """Raised when a job, run, connection or security configuration does not exist."""

    @classmethod
    def named(cls, kind: str, name: str) -> EntityNotFoundException:
        return cls(f"{kind} {name} not found.")


class AlreadyExistsException(GlueError):  # noqa: N818
    """Raised when a name is taken."""

    @classmethod
    def named(cls, kind: str, name: str) -> AlreadyExistsException:
        return cls(f"{kind} {name} already exists.")


class InvalidInputException(GlueError):  # noqa: N818
    """Raised when a request's fields are wrong, or contradict each other."""


@contextmanager
def invalid_input() -> Iterator[None]:
    """Answer what AWS's rules refuse inside as InvalidInputException."""
    try:
        yield
    except GlueInputError as refused:
        raise InvalidInputException(str(refused)) from refused


class ConcurrentRunsExceededException(GlueError):  # noqa: N818
    """Raised when a job already has as many runs as its MaxConcurrentRuns allows."""

    def __init__(self, job_name: str) -> None:
        super().__init__(f"Concurrent runs exceeded for {job_name}")
        self.job_name = job_name
