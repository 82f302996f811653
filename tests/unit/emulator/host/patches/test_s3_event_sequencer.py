"""The patch s3_event_sequencer: of two writes the later one has the greater sequencer."""

from __future__ import annotations

import datetime
import json
from typing import Any

from localstack.services.s3.notifications import EventBridgeNotifier

from glue_app.emulator.host.patches import s3_event_key, s3_event_sequencer
from glue_app.emulator.host.patches.patch import original
from tests.unit.emulator.host.patches.s3_notifications import notification

FIRST = datetime.datetime(2026, 1, 1, 12, 0, 0, 5)
KEY = "a%20b.csv"
LATER = FIRST + datetime.timedelta(microseconds=1)


def test_localstack_still_sends_a_constant() -> None:
    payload = original(EventBridgeNotifier, "_get_event_payload").__func__

    assert _object(payload(notification(KEY, FIRST))) == _object(payload(notification(KEY, LATER)))


def test_it_rises_within_a_second() -> None:
    """As text of one length; and the other patch of this event still works."""
    s3_event_key.apply()
    s3_event_sequencer.apply()

    first, later = (
        _object(EventBridgeNotifier._get_event_payload(notification(KEY, at))) for at in (FIRST, LATER)
    )

    assert first["sequencer"] < later["sequencer"]
    assert len(first["sequencer"]) == len(later["sequencer"]) == 18
    assert int(later["sequencer"], 16) > 0
    assert first["key"] == "a b.csv"


def test_an_event_without_one_stays_without() -> None:
    s3_event_sequencer.apply()

    assert "sequencer" not in _object(
        EventBridgeNotifier._get_event_payload(notification(KEY, FIRST, "s3:ObjectAcl:Put"))
    )


def _object(entry: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry["Detail"])["object"]
    return found
