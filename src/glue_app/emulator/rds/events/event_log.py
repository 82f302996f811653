"""Amazon RDS events: kept for DescribeEvents, and sent to EventBridge.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/working-with-events.html
"""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from glue_app.emulator.service.clock import now
from glue_app.emulator.service.scope import Scope

from ..exceptions import InvalidParameterCombination, InvalidParameterValue
from ..models import DBInstance, DBSnapshot, Event, RdsStore, RdsStores
from .event_messages import CATEGORIES, Message

LOG = logging.getLogger(__name__)

KEPT = datetime.timedelta(days=14)
KEPT_EVENTS = 5000
_DEFAULT_MINUTES = 60
#: SourceType of the API → of EventBridge's events, and their detail-type
_BUS = {
    "db-instance": ("DB_INSTANCE", "RDS DB Instance Event"),
    "db-snapshot": ("SNAPSHOT", "RDS DB Snapshot Event"),
}


#: puts an entry on the bus of (account, region)
Put = Callable[[str, str, dict[str, Any]], None]


class EventLog:
    """Takes down what happens; sends it on by a thread of its own, as EventBridge may be held by a save.

    put: None where nothing is sent on.
    """

    def __init__(self, stores: RdsStores, put: Put | None) -> None:
        self._stores, self._put = stores, put
        self._sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rds-events")

    def record(self, source: DBInstance | DBSnapshot, message: Message, name: str = "") -> None:
        """name: what the message's `{name}` stands for."""
        event = Event(
            source_type="db-instance" if isinstance(source, DBInstance) else "db-snapshot",
            source_identifier=source.identifier,
            source_arn=source.arn,
            event_id=message.event_id,
            categories=(message.category,),
            message=message.text.format(name=name),
        )
        scope = scope_of(source.arn)
        with self._stores.lock:
            kept = self._stores.of(scope).events
            kept.append(event)
            kept[:] = [one for one in kept[-KEPT_EVENTS:] if one.date > event.date - KEPT]
        if self._put is None:
            return
        try:
            self._sender.submit(self._send, self._put, scope, event)
        except RuntimeError:  # the emulator ends
            LOG.debug("not sent: %s", event)

    def _send(self, put: Put, scope: Scope, event: Event) -> None:
        try:
            put(scope.account_id, scope.region, entry(event))
        except Exception:
            LOG.exception("sending %s", event)

    def close(self) -> None:
        """Drop what was not sent yet, and send nothing any more."""
        self._sender.shutdown(wait=False, cancel_futures=True)


def find(store: RdsStore, request: Mapping[str, Any]) -> list[Event]:
    """List the events that DescribeEvents asks for, oldest first. Raises its errors.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEvents.html
    """
    source, kind = request.get("SourceIdentifier"), request.get("SourceType")
    if source and not kind:
        raise InvalidParameterCombination("SourceType must be provided when SourceIdentifier is specified.")
    start, end = _interval(request)
    wanted = set(request.get("EventCategories") or ())
    return [
        event
        for event in store.events
        if start <= event.date <= end
        and kind in (None, event.source_type)
        and (source is None or source.lower() == event.source_identifier)
        and (not wanted or wanted & set(event.categories))
    ]


def categories(source_type: str | None) -> list[dict[str, Any]]:
    """Return the `EventCategoriesMapList` of DescribeEventCategories. Raises InvalidParameterValue."""
    if source_type is not None and source_type not in CATEGORIES:
        raise InvalidParameterValue(f"Invalid source type: {source_type}")
    kinds = CATEGORIES if source_type is None else (source_type,)
    return [{"SourceType": kind, "EventCategories": list(CATEGORIES[kind])} for kind in kinds]


def shape(event: Event) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Event.html"""
    return {
        "SourceIdentifier": event.source_identifier,
        "SourceType": event.source_type,
        "Message": event.message,
        "EventCategories": list(event.categories),
        "Date": event.date,
        "SourceArn": event.source_arn,
    }


def entry(event: Event) -> dict[str, Any]:
    """Return an event as PutEvents takes it.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloudwatch-events.sample.html
    """
    source_type, detail_type = _BUS[event.source_type]
    detail = {
        "EventCategories": list(event.categories),
        "SourceType": source_type,
        "SourceArn": event.source_arn,
        "Date": event.date.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "Message": event.message,
        "SourceIdentifier": event.source_identifier,
        "EventID": event.event_id,
    }
    return {
        "Source": "aws.rds",
        "DetailType": detail_type,
        "Detail": json.dumps(detail),
        "Resources": [event.source_arn],
        "Time": event.date,
    }


def scope_of(arn: str) -> Scope:
    _arn, _partition, _service, region, account_id, _resource = arn.split(":", 5)
    return Scope(account_id, region)


def _interval(request: Mapping[str, Any]) -> tuple[datetime.datetime, datetime.datetime]:
    """Start and end. A Duration counts back from now, as does the hour that nobody asked for.

    What contradicts itself is refused; AWS's page says neither that nor how, so the texts are ours.
    """
    given_start, given_end, minutes = (request.get(name) for name in ("StartTime", "EndTime", "Duration"))
    if minutes is not None and (given_start or given_end):
        raise InvalidParameterCombination("You cannot specify both Duration and StartTime or EndTime.")
    if minutes is not None and not 0 < minutes <= KEPT / datetime.timedelta(minutes=1):
        raise InvalidParameterValue(f"Invalid Duration {minutes}: events are kept for 14 days.")
    end = _aware(given_end) if given_end else now()
    start = (
        _aware(given_start) if given_start else end - datetime.timedelta(minutes=minutes or _DEFAULT_MINUTES)
    )
    if start > end:
        raise InvalidParameterCombination("The start time must be before the end time.")
    return start, end


def _aware(moment: datetime.datetime) -> datetime.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
