"""Put a CSV into Bronze, as a user or an upstream system would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class UploadedObject:
    """One version of one object in Bronze, written at `at`."""

    bucket: str
    key: str
    version_id: str
    size: int
    at: datetime

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}?versionId={self.version_id}"

    def is_in(self, event: dict[str, Any]) -> bool:
        """Return whether an S3 "Object Created" event speaks of this version.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
        """
        detail = event.get("detail", {})
        described = detail.get("object", {})
        return bool(
            detail.get("bucket", {}).get("name") == self.bucket
            and described.get("key") == self.key
            and described.get("version-id") == self.version_id
        )


def upload(s3: Any, bucket: str, dataset: str, csv: Path) -> UploadedObject:
    """Upload `csv` under `bronze/<dataset>/`; its name is kept, spaces and Japanese included."""
    key = f"bronze/{dataset}/{csv.name}"
    body = csv.read_bytes()
    at = datetime.now(timezone.utc)
    version_id = s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/csv")["VersionId"]
    return UploadedObject(bucket, key, version_id, len(body), at)
