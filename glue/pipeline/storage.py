"""Small JSON objects in S3: markers and run reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from pipeline.errors import BrokenObjectError, ObjectMissingError, UnreadableFileError
from pipeline.reading.body import refused, s3_client
from pipeline.source import SourceObject
from pipeline.uploads.replaced import METADATA, Replaced


@dataclass(frozen=True)
class SourceFacts:
    """What HeadObject says of a source version."""

    size: int
    """Bytes."""
    modified_at: datetime
    """When this version was written (S3 keeps whole seconds); of one that replaces another, when that was."""
    replaces: Replaced | None = None
    """The version in whose place it stands."""


@dataclass(frozen=True)
class Storage:
    """The S3 calls of the driver. ``client`` is boto3's."""

    client: Any = field(default_factory=s3_client, repr=False)

    def describe(self, source: SourceObject) -> SourceFacts:
        """Ask for size and time of a source version.

        Raises ObjectMissingError, ObjectRefusedError, UnreadableFileError.
        """
        try:
            head = self.client.head_object(Bucket=source.bucket, Key=source.key, VersionId=source.version_id)
        except ClientError as error:
            raise refused(source.uri, error) from error
        try:
            replaces = Replaced.of(head.get("Metadata", {}))
        except ValueError as error:
            why = f"its metadata {METADATA} names no version that it could replace"
            raise UnreadableFileError(source.uri, why, "upload it without that") from error
        at = replaces.modified_at if replaces else head["LastModified"]
        return SourceFacts(int(head["ContentLength"]), at, replaces)

    def twins(self, source: SourceObject, facts: SourceFacts) -> list[str]:
        """Return the ids of the other versions of this key that S3 wrote in the same second.

        Raises ObjectRefusedError.
        """
        try:
            pages = self.client.get_paginator("list_object_versions").paginate(
                Bucket=source.bucket, Prefix=source.key
            )
            return [
                version["VersionId"]
                for page in pages
                for version in page.get("Versions", [])
                if version["Key"] == source.key
                and version["VersionId"] != source.version_id
                and version["LastModified"].replace(microsecond=0) == facts.modified_at.replace(microsecond=0)
            ]
        except ClientError as error:
            raise refused(source.uri, error) from error

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """Return the keys that begin with ``prefix``, sorted as S3 does. Raises ObjectRefusedError."""
        return list(self.sizes(bucket, prefix))

    def sizes(self, bucket: str, prefix: str) -> dict[str, int]:
        """Return the bytes of each object whose key begins with ``prefix``. Raises ObjectRefusedError."""
        try:
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return {found["Key"]: found["Size"] for page in pages for found in page.get("Contents", [])}
        except ClientError as error:
            raise refused(f"s3://{bucket}/{prefix}", error) from error

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, if it is there. Raises ObjectRefusedError."""
        try:
            self.client.delete_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise refused(f"s3://{bucket}/{key}", error) from error

    def text(self, bucket: str, key: str) -> str:
        """Read a UTF-8 object. Raises ObjectMissingError, ObjectRefusedError, BrokenObjectError."""
        try:
            body: bytes = self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise refused(f"s3://{bucket}/{key}", error) from error
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BrokenObjectError(bucket, key, f"no UTF-8, {error.reason} at byte {error.start}") from error

    def json(self, bucket: str, key: str) -> dict[str, Any] | None:
        """Read a JSON object, or return None where there is none.

        Raises ObjectRefusedError, BrokenObjectError.
        """
        try:
            text = self.text(bucket, key)
        except ObjectMissingError:
            return None
        try:
            found = json.loads(text)
        except ValueError as error:
            why = f"no JSON, {error}" if text.strip() else "empty"
            raise BrokenObjectError(bucket, key, why) from error
        if not isinstance(found, dict):
            raise BrokenObjectError(bucket, key, f"no JSON object but {type(found).__name__}")
        return found

    def put_json(self, bucket: str, key: str, content: Mapping[str, Any]) -> None:
        """Write it whole or not at all, as PutObject does. Raises ObjectRefusedError."""
        body = json.dumps(content, ensure_ascii=False, indent=2, default=str).encode()
        try:
            self.client.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
        except ClientError as error:
            raise refused(f"s3://{bucket}/{key}", error) from error
