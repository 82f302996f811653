"""What can go wrong on the way, each with the sentence a user needs."""

from __future__ import annotations


class E2eError(Exception):
    """Base: shown as one line, with the command to look closer."""

    look_closer = "make status"


class WhatToRunError(E2eError):
    """Nothing is chosen for the user: a mistyped variable would send another file than theirs."""

    look_closer = "make run CSV=data/customer_feedback.csv DATASET=customer_feedback"

    def __init__(self) -> None:
        super().__init__("name the file and what it is: CSV=path and DATASET=name, or a contract's YAML file")


class StackNotRunningError(E2eError):
    """No stack answers, or nothing is applied on it."""

    look_closer = "make up"

    def __init__(self, why: str) -> None:
        super().__init__(f"no working stack: {why}")


class InputError(E2eError):
    """The CSV or the dataset that the user named cannot be used."""

    look_closer = "make run CSV=path/to/file.csv DATASET=name-or-yaml"


class ExecutionNotStartedError(E2eError):
    """The upload started no execution within the deadline."""

    look_closer = "make logs SERVICE=localstack"

    def __init__(self, uri: str, state_machine_arn: str, seconds: float) -> None:
        self.uri = uri
        super().__init__(
            f"{uri} started no execution of {state_machine_arn} within {seconds:.0f} s; "
            "undelivered events are in the queue that `terraform output dlq_url` names"
        )


class ExecutionFailedError(E2eError):
    """The execution did not end in SUCCEEDED."""

    def __init__(self, arn: str, status: str, why: str, run_id: str | None) -> None:
        self.arn, self.status = arn, status
        self.look_closer = f"make logs RUN={run_id}" if run_id else "make logs SERVICE=localstack"
        super().__init__(f"execution {status}: {why}")


class CheckFailedError(E2eError):
    """The pipeline said SUCCEEDED, and what it left is not what it should be."""

    def __init__(self, what: str) -> None:
        super().__init__(f"check failed: {what}")
