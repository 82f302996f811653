"""The S3 client's calls that the driver makes, over a dictionary. Missing objects raise as boto3's client
does.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

MODIFIED = datetime(2024, 6, 1, 12, 0, 0, tzinfo=timezone.utc)


@dataclass
class Pages:
    """A paginator over what ``listed`` returns of bucket and prefix."""

    listed: Callable[[str, str], list[dict[str, Any]]]

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict[str, Any]]:  # noqa: N803
        return self.listed(Bucket, Prefix)


@dataclass
class FakeS3:
    """``objects``: (bucket, key) → bytes. ``versions``: what S3 lists. ``log``: the calls, in order."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    versions: list[dict[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def get_object(self, *, Bucket: str, Key: str, VersionId: str = "", Range: str = "") -> dict[str, Any]:  # noqa: N803
        body = self._found("GetObject", Bucket, Key)
        if Range:
            first, last = map(int, Range.removeprefix("bytes=").split("-"))
            body = body[first : last + 1]
        return {"Body": StreamingBody(io.BytesIO(body), len(body)), "ContentLength": len(body)}

    def head_object(self, *, Bucket: str, Key: str, VersionId: str = "") -> dict[str, Any]:  # noqa: N803
        return {"ContentLength": len(self._found("HeadObject", Bucket, Key)), "LastModified": MODIFIED}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> dict[str, Any]:  # noqa: N803
        self.log.append(f"PutObject {Key}")
        self.objects[Bucket, Key] = Body
        return {}

    def delete_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        self.log.append(f"DeleteObject {Key}")
        self.objects.pop((Bucket, Key), None)
        return {}

    def get_paginator(self, operation: str) -> Pages:
        return Pages({"list_object_versions": self._versions, "list_objects_v2": self._keys}[operation])

    def _versions(self, bucket: str, prefix: str) -> list[dict[str, Any]]:
        self.log.append(f"ListObjectVersions {prefix}")
        return [{"Versions": self.versions}, {}]

    def _keys(self, bucket: str, prefix: str) -> list[dict[str, Any]]:
        self.log.append(f"ListObjectsV2 {prefix}")
        found = sorted(key for place, key in self.objects if place == bucket and key.startswith(prefix))
        listed = [{"Key": key, "Size": len(self.objects[bucket, key])} for key in found]
        return [{"Contents": listed}, {}] if found else [{}]

    def _found(self, operation: str, bucket: str, key: str) -> bytes:
        self.log.append(f"{operation} {key}")
        if (bucket, key) not in self.objects:
            error: Any = {"Error": {"Code": "NoSuchKey", "Message": "The specified key does not exist."}}
            raise ClientError(error, operation)
        return self.objects[bucket, key]
