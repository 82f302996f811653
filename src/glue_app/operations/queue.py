"""What waits of a dataset, seen from outside the job: docs/adr/0025.

An object ``pending/<dataset>/uploads/<name>`` in the Silver bucket asks for an upload to be processed; it
goes when that is done, or has failed, which ``quarantine-notes/<name>`` tells. An execution of the state
machine with the input ``{"dataset": …}`` takes all of them in the order of the uploads, and loads Gold once.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from glue_app.e2e.execution import one_line
from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import PipelineFailedError
from glue_app.operations.source_versions import SourceVersion, now

_AT_A_TIME = 16
_POLL_SECONDS = 5.0
_AGAIN_SECONDS = 60.0
"""From the end of an execution that left work to another one, to the next that looks whether it is done."""

_NOBODY = ("ExecutionDoesNotExist", "InvalidArn")


@dataclass(frozen=True)
class Ended:
    """How an execution ended. ``why``: of what did not succeed, in a sentence."""

    arn: str
    succeeded: bool
    why: str = ""


@dataclass(frozen=True)
class Queue:
    """The queue of one dataset."""

    deployment: Deployment
    dataset: str

    def waiting(self) -> set[str]:
        """Return the names of all requests that wait."""
        keys = self.deployment.keys(self.deployment.silver, self._uploads)
        return {key.removeprefix(self._uploads) for key in keys}

    def is_gold_due(self) -> bool:
        """Whether Gold lacks what Silver has."""
        key = f"pending/{self.dataset}/gold.json"
        return key in self.deployment.keys(self.deployment.silver, key)

    def is_held(self) -> bool:
        """Whether an execution has the dataset's lock: docs/adr/0025."""
        lock = self.deployment.json(self.deployment.silver, f"locks/{self.dataset}.json") or {}
        holder = lock.get("holder", "none")
        if holder == "none":
            return False
        try:
            return self.ended(holder) is None
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOBODY:
                return False
            raise

    def put(self, requests: Mapping[str, SourceVersion], force: bool) -> None:
        """Ask for each version under its name; what waits under that name already is written anew."""

        def one(request: tuple[str, SourceVersion]) -> None:
            name, version = request
            source = {**version.described(), "uri": version.source.uri}
            told = {"execution_arn": None, "started_at": now(), "pipeline": self._pipeline}
            body: dict[str, Any] = {"source": source, **told}
            self.deployment.put_json(
                self.deployment.silver, f"{self._uploads}{name}", body | ({"force": True} if force else {})
            )

        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            list(pool.map(one, requests.items()))

    def failure(self, name: str) -> str:
        """Return why a request failed, as far as it was told by now."""
        for key in (f"quarantine-notes/{name}", f"pending/{self.dataset}/failures/{name}"):
            note = self.deployment.json(self.deployment.silver, key)
            if note:
                return one_line(str(note.get("cause", "")))
        return f"it failed; quarantine-notes/{name} tells why"

    # ------------------------------------------------------------------ who works on it
    def start(self, name: str) -> str:
        """Start an execution that takes what waits, or ends at once where another one does. Return its ARN.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        started = self.deployment.connect("stepfunctions").start_execution(
            stateMachineArn=self.deployment.outputs["state_machine_arn"],
            name=name,
            input=json.dumps({"dataset": self.dataset}),
        )
        return str(started["executionArn"])

    def follow(self, name: str, is_over: Callable[[], bool], wait: Callable[[float], None]) -> None:
        """Return when it is over; start executions as long as it is not. Raises PipelineFailedError.

        name: of the executions, up to a dash.
        """
        arn, idle = self.start(f"{name}-{uuid.uuid4().hex[:12]}"), 0.0
        while True:
            ended = self.ended(arn)  # before the queue is looked at: what it has done is seen
            if is_over():
                return
            if ended is not None and not ended.succeeded:
                remedy = "mend it and run the same command: it goes on"
                raise PipelineFailedError(self.dataset, f"{ended.why} ({ended.arn})", remedy)
            if ended is not None:
                idle += _POLL_SECONDS
                if idle >= _AGAIN_SECONDS:
                    arn, idle = self.start(f"{name}-{uuid.uuid4().hex[:12]}"), 0.0
            wait(_POLL_SECONDS)

    def ended(self, arn: str) -> Ended | None:
        """Return how an execution ended; None while it runs."""
        found = self.deployment.connect("stepfunctions").describe_execution(executionArn=arn)
        if found["status"] == "RUNNING":
            return None
        why = one_line(found.get("cause") or found.get("error") or "no cause given")
        succeeded = found["status"] == "SUCCEEDED"
        return Ended(arn, succeeded, "" if succeeded else f"{found['status']}: {why}")

    def is_known(self) -> bool:
        """Whether the deployed state machine has a queue at all."""
        machine = self.deployment.outputs["state_machine_arn"]
        found = self.deployment.connect("stepfunctions").describe_state_machine(stateMachineArn=machine)
        return "pending/" in found["definition"]

    @property
    def _pipeline(self) -> str:
        """What messages of the state machine call it."""
        return str(self.deployment.outputs["state_machine_arn"]).rpartition(":")[2].removesuffix("-pipeline")

    @property
    def _uploads(self) -> str:
        return f"pending/{self.dataset}/uploads/"
