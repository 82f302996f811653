"""RDS's events: kept, found, and sent to EventBridge."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from glue_app.emulator.rds.events import event_log, event_messages
from glue_app.emulator.rds.events.event_log import EventLog
from glue_app.emulator.rds.exceptions import InvalidParameterCombination, InvalidParameterValue
from glue_app.emulator.rds.models import Event, RdsStore, RdsStores
from glue_app.emulator.service.clock import now
from glue_app.emulator.service.scope import Scope
from tests.support.db_instances import instance as some_instance

SCOPE = Scope("000000000000", "us-east-1")


@pytest.fixture
def stores() -> RdsStores:
    return RdsStores()


@pytest.fixture
def sent() -> list[tuple[str, str, dict[str, Any]]]:
    return []


@pytest.fixture
def log(stores: RdsStores, sent: list[tuple[str, str, dict[str, Any]]]) -> Iterator[EventLog]:
    made = EventLog(stores, lambda *put: sent.append(put))
    yield made
    made.close()


def event(minutes_ago: float = 0, source: str = "gold", category: str = "availability") -> Event:
    return Event(
        source_type="db-instance",
        source_identifier=source,
        source_arn=f"arn:aws:rds:us-east-1:000000000000:db:{source}",
        event_id="RDS-EVENT-0006",
        categories=(category,),
        message="DB instance restarted",
        date=now() - datetime.timedelta(minutes=minutes_ago),
    )


def test_an_event_is_kept_and_sent(
    log: EventLog, stores: RdsStores, sent: list[tuple[str, str, dict[str, Any]]]
) -> None:
    """As AWS's example of one has it."""
    one = some_instance()

    log.record(one, event_messages.FAILOVER_COMPLETED)
    log._sender.shutdown(wait=True)

    (kept,) = stores.of(SCOPE).events
    assert kept.message == "Multi-AZ instance failover completed"
    ((account, region, entry),) = sent
    assert (account, region) == ("000000000000", "us-east-1")
    assert (entry["Source"], entry["DetailType"]) == ("aws.rds", "RDS DB Instance Event")
    assert entry["Resources"] == [one.arn]
    detail = json.loads(entry["Detail"])
    assert detail.pop("Date").endswith("Z")
    assert detail == {
        "EventCategories": ["failover"],
        "SourceType": "DB_INSTANCE",
        "SourceArn": one.arn,
        "Message": "Multi-AZ instance failover completed",
        "SourceIdentifier": "gold",
        "EventID": "RDS-EVENT-0049",
    }


def test_a_bus_that_refuses_is_no_trouble(stores: RdsStores, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(*_put: object) -> None:
        raise ConnectionError("no bus")

    log = EventLog(stores, refuse)
    log.record(some_instance(), event_messages.CREATED)
    log._sender.shutdown(wait=True)

    assert "no bus" in caplog.text
    assert len(stores.of(SCOPE).events) == 1


def test_a_message_names_what_it_is_about(log: EventLog, stores: RdsStores) -> None:
    log.record(some_instance(), event_messages.PARAMETER_GROUP_CHANGED, "tuned")

    assert stores.of(SCOPE).events[0].message == "Updated to use DBParameterGroup tuned"


def test_events_are_kept_for_14_days(log: EventLog, stores: RdsStores) -> None:
    """And no more of them than can be kept in memory."""
    store = stores.of(SCOPE)
    day = 24 * 60
    store.events[:] = [event(15 * day), event(13 * day)]
    log.record(some_instance(), event_messages.RESTARTED)
    assert len(store.events) == 2

    store.events[:] = [event() for _ in range(event_log.KEPT_EVENTS)]
    log.record(some_instance(), event_messages.RESTARTED)
    assert len(store.events) == event_log.KEPT_EVENTS


STORE = RdsStore(
    events=[
        event(600), event(90), event(30), event(20, source="silver"), event(10, category="failover"),
    ]
)  # fmt: skip
#: when STORE's events were made: these tests ask at that moment, however late they run
MADE = STORE.events[-1].date + datetime.timedelta(minutes=10)


@pytest.fixture
def asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "now", lambda: MADE)


def ages(request: dict[str, Any]) -> list[int]:
    return [round((MADE - one.date).total_seconds() / 60) for one in event_log.find(STORE, request)]


@pytest.mark.usefixtures("asked_at_once")
def test_events_of_the_past_hour_unless_asked_otherwise() -> None:
    """Oldest first."""
    assert ages({}) == [30, 20, 10]
    assert ages({"Duration": 120}) == [90, 30, 20, 10]
    moment = MADE - datetime.timedelta(minutes=60)
    assert ages({"StartTime": moment}) == [30, 20, 10]
    assert ages({"EndTime": moment}) == [90]
    assert ages({"StartTime": moment - datetime.timedelta(days=1), "EndTime": moment}) == [600, 90]
    assert ages({"StartTime": moment.replace(tzinfo=None)}) == [30, 20, 10]


@pytest.mark.usefixtures("asked_at_once")
def test_events_of_one_source_or_category() -> None:
    gold = {"SourceType": "db-instance", "SourceIdentifier": "GOLD"}
    assert ages(gold) == [30, 10]
    assert ages({**gold, "EventCategories": ["failover"]}) == [10]
    assert ages({"SourceType": "db-snapshot"}) == []


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"SourceIdentifier": "gold"}, InvalidParameterCombination),
        ({"Duration": 5, "StartTime": now()}, InvalidParameterCombination),
        ({"StartTime": now(), "EndTime": now() - datetime.timedelta(days=1)}, InvalidParameterCombination),
        ({"Duration": 20161}, InvalidParameterValue),
    ],
)
def test_wrong_questions(request_: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        event_log.find(STORE, request_)


def test_categories_by_source_type() -> None:
    (one,) = event_log.categories("db-instance")

    assert one["SourceType"] == "db-instance"
    assert "failover" in one["EventCategories"]
    assert len(event_log.categories(None)) == len(event_messages.CATEGORIES)
    with pytest.raises(InvalidParameterValue):
        event_log.categories("db-table")


def test_every_message_has_a_category_of_its_source() -> None:
    told = [one for one in vars(event_messages).values() if isinstance(one, event_messages.Message)]

    assert len(told) > 15
    assert {one.category for one in told} <= set(event_messages.CATEGORIES["db-instance"])
    assert len({one.event_id for one in told}) == len(told)


def test_where_nothing_is_sent_on_no_thread_waits_for_a_bus(stores: RdsStores) -> None:
    """As in tests: a stack that runs where clients connect by default hears nothing, and pytest can end."""
    before = set(threading.enumerate())

    EventLog(stores, None).record(some_instance(), event_messages.CREATED)

    assert [one.event_id for one in stores.of(SCOPE).events] == ["RDS-EVENT-0005"]
    assert set(threading.enumerate()) <= before
