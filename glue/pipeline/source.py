"""The source version: bucket, key and version id of an upload, the idempotency key everywhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import EventError


@dataclass(frozen=True)
class SourceObject:
    """One version of one object. ``key`` is raw (not URL-encoded): spaces and Japanese as they are."""

    bucket: str
    key: str
    version_id: str
    """``null`` in a bucket without versioning, as S3 calls it."""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> SourceObject:
        """Read S3's "Object Created" event as EventBridge delivers it.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html - raises EventError.
        """
        detail = event.get("detail") or {}
        found = {
            "detail.bucket.name": (detail.get("bucket") or {}).get("name"),
            "detail.object.key": (detail.get("object") or {}).get("key"),
            "detail.object.version-id": (detail.get("object") or {}).get("version-id"),
        }
        for field, value in found.items():
            if not isinstance(value, str) or not value:
                raise EventError(field)
        return cls(*(str(value) for value in found.values()))

    @property
    def object_uri(self) -> str:
        """``s3://bucket/key``, what Silver's ``_source`` holds."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def uri(self) -> str:
        """``s3://bucket/key?versionId=…``."""
        return f"{self.object_uri}?versionId={self.version_id}"

    @property
    def digest(self) -> str:
        """SHA-256 of the three parts; a file name for what is known about this source version."""
        return hashlib.sha256(json.dumps([self.bucket, self.key, self.version_id]).encode()).hexdigest()
