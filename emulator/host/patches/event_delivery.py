"""EventBridge neither retries a failed delivery nor uses the target's dead-letter queue.

Unpatched, an event whose target fails is logged and lost. Errors that a retry cannot cure (missing
permission, missing target) go to the queue at once, others after RetryPolicy is exhausted.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import copy
import json
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError
from localstack.aws.connect import connect_to
from localstack.services.events.target import TargetSender
from localstack.utils.aws.arns import parse_arn

from emulator.settings import settings

from .patch import Patch, replace

LOG = logging.getLogger(__name__)

MAXIMUM_RETRY_ATTEMPTS = 185
MAXIMUM_EVENT_AGE_S = 24 * 3600
MAXIMUM_DELAY_S = 60.0


@dataclass(frozen=True)
class Failure:
    """Why a delivery failed, in the words of a dead-letter message."""

    code: str
    message: str
    retriable: bool

    @classmethod
    def of(cls, error: Exception) -> Failure:
        if isinstance(error, EndpointConnectionError):
            return cls("CONNECTION_FAILURE", str(error), True)
        if not isinstance(error, ClientError):
            return cls("SDK_CLIENT_ERROR", str(error), True)
        name = error.response["Error"]["Code"]
        if "AccessDenied" in name or "NotAuthorized" in name:
            return cls("NO_PERMISSIONS", str(error), False)
        if any(mark in name for mark in ("DoesNotExist", "NotFound", "NonExistent", "Deleting")):
            return cls("NO_RESOURCE", str(error), False)
        if "Throttl" in name or "TooManyRequests" in name or "LimitExceeded" in name:
            return cls("THROTTLING", str(error), True)
        return cls("ERROR_FROM_TARGET", str(error), True)


@dataclass
class Redelivery:
    """One event on its way to one target, after the first attempt failed."""

    deliver: Callable[[], None]
    target: dict[str, Any]
    rule_arn: str
    event: dict[str, Any]
    failure: Failure
    first_attempt: float
    attempts: int = 0

    def next_step(self) -> None:
        """Wait and try again, or give the event up."""
        if exhausted := self._exhausted():
            self._give_up(exhausted)
            return
        self.attempts += 1
        base = settings().event_retry_s * float(2 ** min(self.attempts - 1, 20))
        delay = min(base, MAXIMUM_DELAY_S) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        timer = threading.Timer(delay, self._attempt)
        timer.daemon = True
        timer.start()

    def _attempt(self) -> None:
        try:
            self.deliver()
        except Exception as error:
            self.failure = Failure.of(error)
            self.next_step()

    def _exhausted(self) -> str | None:
        """The condition that ends the retries: empty for an error which none can cure, None to go on."""
        policy = self.target.get("RetryPolicy") or {}
        if not self.failure.retriable:
            return "NotRetriable"
        if self.attempts >= policy.get("MaximumRetryAttempts", MAXIMUM_RETRY_ATTEMPTS):
            return "MaximumRetryAttempts"
        if time.monotonic() - self.first_attempt > policy.get(
            "MaximumEventAgeInSeconds", MAXIMUM_EVENT_AGE_S
        ):
            return "MaximumEventAgeInSeconds"
        return None

    def attributes(self, exhausted: str) -> dict[str, Any]:
        """The message attributes EventBridge puts on a dead-letter message."""
        values = {
            "RULE_ARN": self.rule_arn,
            "TARGET_ARN": self.target["Arn"],
            "ERROR_CODE": self.failure.code,
            "ERROR_MESSAGE": self.failure.message[:1000],
        }
        if self.failure.retriable:
            values |= {"EXHAUSTED_RETRY_CONDITION": exhausted, "RETRY_ATTEMPTS": str(self.attempts)}
        return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}

    def body(self) -> str:
        """The event as EventBridge shows it."""
        shown = {name: value for name, value in self.event.items() if name != "event-bus-name"}
        return json.dumps(shown, default=str, ensure_ascii=False)

    def _give_up(self, exhausted: str) -> None:
        queue_arn = (self.target.get("DeadLetterConfig") or {}).get("Arn")
        LOG.warning("event for %s given up (%s): %s", self.target["Arn"], exhausted, self.failure.message)
        if not queue_arn:
            return
        queue = parse_arn(queue_arn)
        try:
            sqs = connect_to(
                aws_access_key_id=queue["account"], region_name=queue["region"]
            ).sqs.request_metadata(service_principal="events", source_arn=self.rule_arn)
            sqs.send_message(
                QueueUrl=sqs.get_queue_url(QueueName=queue["resource"])["QueueUrl"],
                MessageBody=self.body(),
                MessageAttributes=self.attributes(exhausted),
            )
        except Exception:
            LOG.exception("the dead-letter queue %s does not take the event: it is lost", queue_arn)


def _with_retries(original: Callable[..., None]) -> Callable[..., None]:
    def process_event(self: Any, event: Any, trace_header: Any) -> None:
        kept = copy.deepcopy(event)
        try:
            original(self, event, trace_header)
        except Exception as error:
            Redelivery(
                deliver=lambda: original(self, copy.deepcopy(kept), trace_header),
                target=dict(self.target),
                rule_arn=self.rule_arn,
                event=kept,
                failure=Failure.of(error),
                first_attempt=time.monotonic(),
            ).next_step()
            raise  # LocalStack counts and logs the failure

    return process_event


def apply() -> None:
    replace(TargetSender, "process_event", _with_retries)


PATCH = Patch(
    "event-delivery", "a failed delivery is retried, then sent to the target's dead-letter queue", apply
)
