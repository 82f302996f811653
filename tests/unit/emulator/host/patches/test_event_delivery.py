"""The patch event_delivery: EventBridge's retries and dead-letter queues."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from localstack.services.events.target import TargetSender

from glue_app.emulator.host.patches import event_delivery
from glue_app.emulator.host.patches.event_delivery import Failure
from glue_app.emulator.host.patches.patch import original
from tests.support.polling import wait_for

RULE = "arn:aws:events:us-east-1:000000000000:rule/upload"
TARGET = "arn:aws:states:us-east-1:000000000000:stateMachine:pipeline"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:dlq"


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "why"}}, "StartExecution")


class Sender(TargetSender):  # type: ignore[misc]  # LocalStack carries no types
    """A target that fails with each of `errors` in turn, then takes the event."""

    def __init__(self, errors: list[Exception], retries: int = 185) -> None:
        self.target = {
            "Id": "states",
            "Arn": TARGET,
            "RetryPolicy": {"MaximumRetryAttempts": retries},
            "DeadLetterConfig": {"Arn": QUEUE},
        }
        self.rule_arn = RULE
        self.errors = errors
        self.taken: list[Any] = []

    def send_event(self, event: Any, trace_header: Any) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(event)


@pytest.fixture
def dead_letters(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The messages sent to the dead-letter queue; retries follow at once."""
    sent: list[dict[str, Any]] = []
    sqs = MagicMock()
    sqs.request_metadata.return_value = sqs
    sqs.send_message.side_effect = lambda **message: sent.append(message)
    monkeypatch.setattr(event_delivery, "connect_to", lambda **_: SimpleNamespace(sqs=sqs))
    monkeypatch.setattr(event_delivery, "settings", lambda: SimpleNamespace(event_retry_s=0.001))
    return sent


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The metrics that were counted."""
    names: list[str] = []
    monkeypatch.setattr(event_delivery.event_metrics, "count", lambda _rule, *more: names.extend(more))
    return names


def deliver(sender: Sender, event: Any) -> None:
    event_delivery.apply()
    with pytest.raises(Exception):  # noqa: B017, PT011 - the first failure, whatever it is, is LocalStack's to log
        TargetSender.process_event(sender, event, None)


def test_localstack_still_loses_the_event(dead_letters: list[dict[str, Any]]) -> None:
    sender = Sender([ConnectionError("down")])

    with pytest.raises(ConnectionError):
        original(TargetSender, "process_event")(sender, {"id": "1"}, None)

    assert (sender.taken, dead_letters) == ([], [])


def test_a_target_that_comes_back_gets_the_event(dead_letters: list[dict[str, Any]]) -> None:
    sender = Sender([client_error("InternalFailure"), ConnectionError("down")])

    deliver(sender, {"id": "1", "event-bus-name": "default"})

    wait_for("the event to be taken", lambda: sender.taken)
    assert sender.taken == [{"id": "1"}]
    assert dead_letters == []


def test_exhausted_retries_end_in_the_queue(dead_letters: list[dict[str, Any]], counted: list[str]) -> None:
    """And in the metrics that AWS has for it."""
    event = {"id": "1", "event-bus-name": "default"}  # the second is LocalStack's own note
    deliver(Sender([client_error("ThrottlingException")] * 9, retries=2), event)

    wait_for("the dead letter", lambda: dead_letters)
    (message,) = dead_letters
    assert json.loads(message["MessageBody"]) == {"id": "1"}
    values = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert values.pop("ERROR_MESSAGE").endswith("why")
    assert values == {
        "RULE_ARN": RULE,
        "TARGET_ARN": TARGET,
        "ERROR_CODE": "THROTTLING",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "2",
    }
    wait_for("the metrics", lambda: "InvocationsSentToDlq" in counted)
    assert counted == [
        *["RetryInvocationAttempts"] * 2,
        *("Invocations", "FailedInvocations", "InvocationsSentToDlq"),
    ]


@pytest.mark.parametrize(
    ("code", "error_code"),
    [("AccessDeniedException", "NO_PERMISSIONS"), ("StateMachineDoesNotExist", "NO_RESOURCE")],
)
def test_what_no_retry_cures_goes_to_the_queue_at_once(
    dead_letters: list[dict[str, Any]], code: str, error_code: str
) -> None:
    sender = Sender([client_error(code)] * 9)

    deliver(sender, {"id": "1"})

    assert dead_letters[0]["MessageAttributes"]["ERROR_CODE"]["StringValue"] == error_code
    assert len(sender.errors) == 8, "tried once"


def test_a_connection_failure_is_named_as_such() -> None:
    error = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    assert Failure.of(error) == Failure("CONNECTION_FAILURE", str(error), retriable=True)


# ---------------------------------------------------------------- over a restart
@pytest.fixture
def nothing_pending() -> Iterator[None]:
    """What other tests left is not delivered in this one, and the other way round."""
    event_delivery._PENDING = event_delivery._Pending()
    yield
    event_delivery._PENDING = event_delivery._Pending()


@pytest.fixture
def hourly(
    monkeypatch: pytest.MonkeyPatch, dead_letters: list[dict[str, Any]], nothing_pending: None
) -> None:
    """The next attempt is far away."""
    monkeypatch.setattr(event_delivery, "settings", lambda: SimpleNamespace(event_retry_s=3600.0))


@pytest.mark.usefixtures("hourly")
def test_an_event_that_waits_is_delivered_after_a_restart() -> None:
    """With the attempts and the age it has: they count for its RetryPolicy."""
    failing, event = (
        Sender([client_error("ThrottlingException")] * 9),
        {"id": "1", "event-bus-name": "default"},
    )
    deliver(failing, event)
    saved = pickle.loads(pickle.dumps(event_delivery.pending()))  # noqa: S301 - our own
    before = dict(saved[0])
    event_delivery._PENDING = event_delivery._Pending()  # the process ends
    saved[0]["next_attempt"] = time.time()
    after = Sender([])

    event_delivery.resume(saved, {after.unique_id: after}, earliest_s=0)

    wait_for("the event to be taken", lambda: after.taken)
    assert after.taken == [{"id": "1"}]
    assert (before["attempts"], before["failure"]["code"]) == (1, "THROTTLING")
    wait_for("nothing to be pending", lambda: not event_delivery.pending())


@pytest.mark.usefixtures("hourly")
def test_attempts_go_on_counting_after_a_restart(dead_letters: list[dict[str, Any]]) -> None:
    deliver(Sender([client_error("ThrottlingException")] * 9, retries=1), {"id": "1"})
    saved = event_delivery.pending()
    event_delivery._PENDING = event_delivery._Pending()
    saved[0]["next_attempt"] = 0.0
    after = Sender([client_error("ThrottlingException")] * 9, retries=1)

    event_delivery.resume(saved, {after.unique_id: after}, earliest_s=0)

    wait_for("the dead letter", lambda: dead_letters)
    assert len(after.errors) == 8, "tried once more, the one attempt it had left"


@pytest.mark.usefixtures("hourly")
def test_a_restart_gives_the_targets_time_to_answer() -> None:
    deliver(Sender([client_error("ThrottlingException")]), {"id": "1"})
    saved = event_delivery.pending()
    saved[0]["next_attempt"] = 0.0
    event_delivery._PENDING = event_delivery._Pending()
    after = Sender([])

    event_delivery.resume(saved, {after.unique_id: after}, earliest_s=60)

    (waiting,) = event_delivery.pending()
    assert waiting["next_attempt"] > time.time() + 30


@pytest.mark.usefixtures("hourly")
def test_an_event_whose_target_is_gone_is_dropped() -> None:
    deliver(Sender([client_error("ThrottlingException")]), {"id": "1"})
    saved = event_delivery.pending()
    event_delivery._PENDING = event_delivery._Pending()

    event_delivery.resume(saved, {})

    assert event_delivery.pending() == []


@pytest.mark.usefixtures("nothing_pending")
def test_what_is_given_up_waits_no_more(dead_letters: list[dict[str, Any]]) -> None:
    deliver(Sender([client_error("ThrottlingException")] * 9, retries=2), {"id": "1"})

    wait_for("the dead letter", lambda: dead_letters)
    wait_for("nothing to be pending", lambda: not event_delivery.pending())
