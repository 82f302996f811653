"""The patch s3_event_key: EventBridge gets keys raw."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from localstack.services.s3.notifications import EventBridgeNotifier

from glue_app.emulator.host.patches import s3_event_key
from glue_app.emulator.host.patches.patch import original
from tests.unit.emulator.host.patches.s3_notifications import notification

AT = datetime.datetime(2026, 1, 1)


def test_localstack_still_encodes_it() -> None:
    payload = original(EventBridgeNotifier, "_get_event_payload").__func__

    assert _key(payload(notification("bronze/a/my%20file.csv", AT))) == "bronze/a/my%20file.csv"


@pytest.mark.parametrize(
    ("encoded", "raw"),
    [
        ("bronze/a/my%20file.csv", "bronze/a/my file.csv"),
        ("bronze/a/%E5%A3%B0.csv", "bronze/a/声.csv"),
        ("bronze/a/50%25off%2B1.csv", "bronze/a/50%off+1.csv"),
    ],
)
def test_key_is_raw(encoded: str, raw: str) -> None:
    """LocalStack keeps a context's key URL-encoded; the event holds what the uploader wrote."""
    s3_event_key.apply()

    assert _key(EventBridgeNotifier._get_event_payload(notification(encoded, AT))) == raw


def _key(entry: Any) -> str:
    key: str = json.loads(entry["Detail"])["object"]["key"]
    return key
