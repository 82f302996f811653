"""What can go wrong on the way, each with the sentence a user needs."""

from __future__ import annotations

from glue_app.errors import GlueAppError


class E2eError(GlueAppError):
    """A run of the pipeline failed; its remedy is the command to look closer."""

    remedy_label = "look closer"

    def __init__(self, problem: str, remedy: str = "make status") -> None:
        super().__init__(problem, remedy)


class WhatToRunError(E2eError):
    """Nothing is chosen for the user: a mistyped variable would send another file than theirs."""

    def __init__(self) -> None:
        super().__init__(
            "name the file and what it is: CSV=path and DATASET=name, or a contract's YAML file",
            "make run CSV=data/customer_feedback.csv DATASET=customer_feedback",
        )


class StackNotRunningError(E2eError):
    """No stack answers, or nothing is applied on it."""

    def __init__(self, why: str, remedy: str = "make up") -> None:
        super().__init__(f"no working stack: {why}", remedy)


class InputError(E2eError):
    """The CSV or the dataset that the user named cannot be used."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, "make run CSV=path/to/file.csv DATASET=name-or-yaml")


class ExecutionNotStartedError(E2eError):
    """The upload started no execution within the deadline."""

    def __init__(self, uri: str, state_machine_arn: str, seconds: float) -> None:
        self.uri = uri
        super().__init__(
            f"{uri} started no execution of {state_machine_arn} within {seconds:.0f} s; "
            "undelivered events are in the queue that `terraform output dlq_url` names",
            "make logs SERVICE=localstack",
        )


class ExecutionFailedError(E2eError):
    """The execution did not end in SUCCEEDED."""

    def __init__(self, arn: str, status: str, why: str, run_id: str | None) -> None:
        self.arn, self.status = arn, status
        super().__init__(
            f"execution {status}: {why}",
            f"make logs RUN={run_id}" if run_id else "make logs SERVICE=localstack",
        )


class CheckFailedError(E2eError):
    """The pipeline said SUCCEEDED, and what it left is not what it should be."""

    def __init__(self, what: str) -> None:
        super().__init__(f"check failed: {what}")
