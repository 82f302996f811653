"""EventBridge neither retries a failed delivery nor uses the target's dead-letter queue.

Unpatched, an event whose target fails is logged and lost. Errors that a retry cannot cure (missing
permission, missing target) go to the queue at once, others after RetryPolicy is exhausted. What waits for
its next attempt is part of the stack's state (`pending`, `resume`): an attempt may come a day later.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import copy
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError
from localstack.aws.connect import connect_to
from localstack.services.events.target import TargetSender
from localstack.utils.aws.arns import parse_arn

from glue_app.emulator.host import event_metrics
from glue_app.emulator.settings import settings

from .event_targets import InputError, deliver
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
        if isinstance(error, InputError):
            return cls("SDK_CLIENT_ERROR", str(error), False)
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
    """One event on its way to one target, after the first attempt failed. Times are seconds since 1970."""

    sender: Any
    event: dict[str, Any]
    trace_header: Any
    failure: Failure
    first_attempt: float
    attempts: int = 0
    next_attempt: float = 0.0

    @property
    def target(self) -> dict[str, Any]:
        target: dict[str, Any] = self.sender.target
        return target

    def next_step(self) -> None:
        """Wait and try again, or give the event up."""
        if exhausted := self._exhausted():
            self._give_up(exhausted)
            _PENDING.remove(self)
            return
        self.attempts += 1
        base = settings().event_retry_s * float(2 ** min(self.attempts - 1, 20))
        delay = min(base, MAXIMUM_DELAY_S) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        self.next_attempt = time.time() + delay
        self.schedule()

    def schedule(self) -> None:
        """Try at `next_attempt`, or now where that is past."""
        _PENDING.add(self)
        timer = threading.Timer(max(0.0, self.next_attempt - time.time()), self._attempt)
        timer.daemon = True
        timer.start()

    def _attempt(self) -> None:
        event_metrics.count(self.sender.rule_arn, event_metrics.RETRIED)
        try:
            deliver(self.sender, copy.deepcopy(self.event), self.trace_header)
        except Exception as error:
            self.failure = Failure.of(error)
            self.next_step()
        else:
            _PENDING.remove(self)
            event_metrics.count(self.sender.rule_arn, event_metrics.INVOCATIONS)

    def _exhausted(self) -> str | None:
        """Return the condition that ends the retries: NotRetriable for what none can cure, None to go on."""
        policy = self.target.get("RetryPolicy") or {}
        if not self.failure.retriable:
            return "NotRetriable"
        if self.attempts >= policy.get("MaximumRetryAttempts", MAXIMUM_RETRY_ATTEMPTS):
            return "MaximumRetryAttempts"
        if time.time() - self.first_attempt > policy.get("MaximumEventAgeInSeconds", MAXIMUM_EVENT_AGE_S):
            return "MaximumEventAgeInSeconds"
        return None

    def attributes(self, exhausted: str) -> dict[str, Any]:
        """Return the message attributes EventBridge puts on a dead-letter message."""
        values = {
            "RULE_ARN": self.sender.rule_arn,
            "TARGET_ARN": self.target["Arn"],
            "ERROR_CODE": self.failure.code,
            "ERROR_MESSAGE": self.failure.message[:1000],
        }
        if self.failure.retriable:
            values |= {"EXHAUSTED_RETRY_CONDITION": exhausted, "RETRY_ATTEMPTS": str(self.attempts)}
        return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}

    def body(self) -> str:
        """Return the event as EventBridge shows it."""
        shown = {name: value for name, value in self.event.items() if name != "event-bus-name"}
        return json.dumps(shown, default=str, ensure_ascii=False)

    def _give_up(self, exhausted: str) -> None:
        queue_arn = (self.target.get("DeadLetterConfig") or {}).get("Arn")
        LOG.warning("event for %s given up (%s): %s", self.target["Arn"], exhausted, self.failure.message)
        event_metrics.count(self.sender.rule_arn, event_metrics.INVOCATIONS, event_metrics.FAILED)
        if not queue_arn:
            return
        queue = parse_arn(queue_arn)
        try:
            sqs = connect_to(
                aws_access_key_id=queue["account"], region_name=queue["region"]
            ).sqs.request_metadata(service_principal="events", source_arn=self.sender.rule_arn)
            sqs.send_message(
                QueueUrl=sqs.get_queue_url(QueueName=queue["resource"])["QueueUrl"],
                MessageBody=self.body(),
                MessageAttributes=self.attributes(exhausted),
            )
        except Exception:
            LOG.exception("the dead-letter queue %s does not take the event: it is lost", queue_arn)
            event_metrics.count(self.sender.rule_arn, event_metrics.QUEUE_FAILED)
        else:
            event_metrics.count(self.sender.rule_arn, event_metrics.TO_QUEUE)


class _Pending:
    """The redeliveries that are neither delivered nor given up; one under way is still among them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[int, Redelivery] = {}

    def add(self, redelivery: Redelivery) -> None:
        with self._lock:
            self._by_id[id(redelivery)] = redelivery

    def remove(self, redelivery: Redelivery) -> None:
        with self._lock:
            self._by_id.pop(id(redelivery), None)

    def all(self) -> list[Redelivery]:
        with self._lock:
            return list(self._by_id.values())


_PENDING = _Pending()


def pending() -> list[dict[str, Any]]:
    """Return the events that wait for another attempt, as plain values.

    Delivery is at least once, as on AWS: one that is under way may be delivered and be in the list.
    """
    return [
        {
            "sender": each.sender.unique_id,
            "event": each.event,
            "trace_header": each.trace_header,
            "failure": asdict(each.failure),
            "first_attempt": each.first_attempt,
            "attempts": each.attempts,
            "next_attempt": each.next_attempt,
        }
        for each in _PENDING.all()
    ]


def resume(saved: list[dict[str, Any]], senders: Mapping[str, Any], earliest_s: float = 5.0) -> None:
    """Go on with what `pending` gave, `earliest_s` from now at the earliest: targets must answer again.

    senders: the target senders by their unique id. An event whose target is gone is dropped, as on AWS.
    """
    for each in saved:
        sender = senders.get(each["sender"])
        if sender is None:
            LOG.warning("event %s: its target is gone", each["event"].get("id"))
            continue
        state = {name: value for name, value in each.items() if name not in ("sender", "failure")}
        redelivery = Redelivery(sender=sender, failure=Failure(**each["failure"]), **state)
        redelivery.next_attempt = max(redelivery.next_attempt, time.time() + earliest_s)
        redelivery.schedule()


def _with_retries(_original: Callable[..., None]) -> Callable[..., None]:
    def process_event(self: Any, event: Any, trace_header: Any) -> None:
        kept = copy.deepcopy(event)
        try:
            deliver(self, event, trace_header)
        except Exception as error:
            Redelivery(self, kept, trace_header, Failure.of(error), first_attempt=time.time()).next_step()
            raise  # LocalStack counts and logs the failure
        event_metrics.count(self.rule_arn, event_metrics.INVOCATIONS)

    return process_event


def apply() -> None:
    replace(TargetSender, "process_event", _with_retries)


PATCH = Patch(
    "event-delivery", "a failed delivery is retried, then sent to the target's dead-letter queue", apply
)
