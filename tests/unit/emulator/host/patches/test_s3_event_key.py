"""The patch s3_event_key: EventBridge gets keys raw."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from localstack.services.s3.notifications import EventBridgeNotifier, S3EventNotificationContext

from glue_app.emulator.host.patches import s3_event_key
from glue_app.emulator.host.patches.patch import original


def test_localstack_still_encodes_it() -> None:
    payload = original(EventBridgeNotifier, "_get_event_payload").__func__

    assert _key(payload(_context("bronze/a/my%20file.csv"))) == "bronze/a/my%20file.csv"


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

    assert _key(EventBridgeNotifier._get_event_payload(_context(encoded))) == raw


def _key(entry: Any) -> str:
    key: str = json.loads(entry["Detail"])["object"]["key"]
    return key


def _context(key: str) -> S3EventNotificationContext:
    return S3EventNotificationContext(
        request_id="request",
        event_type="s3:ObjectCreated:Put",
        event_time=datetime.datetime(2026, 1, 1),
        account_id="000000000000",
        region="us-east-1",
        bucket_name="bucket",
        key_name=key,
        xray="",
        bucket_location="us-east-1",
        bucket_account_id="000000000000",
        caller="000000000000",
        key_size=1,
        key_etag="etag",
        key_version_id="v1",
        key_expiry=datetime.datetime(2026, 1, 1),
        key_storage_class=None,
    )
