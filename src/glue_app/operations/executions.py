"""One execution of the pipeline for one source version, under a name by which it is found again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from glue_app.e2e.execution import one_line
from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import OperationError

POLL_SECONDS = 2.0


@dataclass(frozen=True)
class Ended:
    """How an execution ended. ``why``: of what did not succeed, in a sentence."""

    arn: str
    succeeded: bool
    why: str = ""


class Pipeline:
    """The state machine. ``wait``: sleeps so many seconds."""

    def __init__(self, deployment: Deployment, wait: Callable[[float], None] = time.sleep) -> None:
        self._sfn = deployment.connect("stepfunctions")
        self._arn = str(deployment.outputs["state_machine_arn"])
        self._wait = wait

    def takes_force(self) -> bool:
        """Whether what is deployed passes on that a delivery is forced."""
        definition = self._sfn.describe_state_machine(stateMachineArn=self._arn)["definition"]
        return "detail.force" in definition

    def process(self, stem: str, event: Mapping[str, Any]) -> Ended:
        """Run ``event`` to its end. An earlier attempt that still runs is followed, one that failed repeated.

        stem: what its name begins with. https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        attempt = 0
        while True:
            arn = self._execution(f"{stem}-{attempt}")
            status = self._status(arn)
            if status in ("RUNNING", "SUCCEEDED"):
                return self._end_of(arn)
            if status is None and self._started(f"{stem}-{attempt}", event):
                return self._end_of(arn)
            attempt += 1

    def _started(self, name: str, event: Mapping[str, Any]) -> bool:
        try:
            self._sfn.start_execution(stateMachineArn=self._arn, name=name, input=json.dumps(event))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionAlreadyExists":
                return False
            raise
        return True

    def _end_of(self, arn: str) -> Ended:
        while True:
            found = self._sfn.describe_execution(executionArn=arn)
            if found["status"] != "RUNNING":
                break
            self._wait(POLL_SECONDS)
        if found["status"] == "SUCCEEDED":
            return Ended(arn, True)
        why = one_line(found.get("cause") or found.get("error") or "no cause given")
        return Ended(arn, False, f"{found['status']}: {why}")

    def _status(self, arn: str) -> str | None:
        try:
            return str(self._sfn.describe_execution(executionArn=arn)["status"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
                return None
            raise

    def _execution(self, name: str) -> str:
        parts = self._arn.split(":")
        if len(parts) != 7:
            raise OperationError(f"{self._arn} is no ARN of a state machine")
        return ":".join([*parts[:5], "execution", parts[6], name])
