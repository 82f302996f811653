"""What S3 tells its notifiers of an object."""

from __future__ import annotations

import datetime

from localstack.services.s3.notifications import S3EventNotificationContext


def notification(
    key: str, at: datetime.datetime, event_type: str = "s3:ObjectCreated:Put"
) -> S3EventNotificationContext:
    """Return the context of an event. key: URL-encoded, as LocalStack keeps it."""
    return S3EventNotificationContext(
        request_id="request",
        event_type=event_type,
        event_time=at,
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
        key_expiry=at,
        key_storage_class=None,
    )
