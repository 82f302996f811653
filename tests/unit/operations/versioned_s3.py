"""S3 with versions, in memory: the calls of `make forget`, with boto3's answers. Kills at its nth call."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.response import StreamingBody

from tests.unit.operations.fake_deployment import FIRST, error


class KilledError(BaseException):
    """Stands for SIGKILL: nothing catches it."""


@dataclass
class Version:
    """``body`` None: a delete marker."""

    id: str
    at: datetime
    body: bytes | None
    head: dict[str, Any] = field(default_factory=dict)


@dataclass
class VersionedS3:
    """``stored``: (bucket, key) → versions, the oldest first. ``dies_at``: the call before which it dies."""

    stored: dict[tuple[str, str], list[Version]] = field(default_factory=dict)
    writes: int = 0
    calls: int = 0
    dies_at: int | None = None

    def _called(self) -> None:
        if self.calls == self.dies_at:
            raise KilledError
        self.calls += 1

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **head: Any) -> dict[str, Any]:  # noqa: N803
        self._called()
        return {"VersionId": self._add(Bucket, Key, Body, head)}

    def upload_file(self, filename: str, bucket: str, key: str, ExtraArgs: dict[str, Any]) -> None:  # noqa: N803
        self._called()
        self._add(bucket, key, Path(filename).read_bytes(), ExtraArgs)

    def _add(self, bucket: str, key: str, body: bytes | None, head: dict[str, Any]) -> str:
        self.writes += 1
        one = Version(f"w{self.writes:04}", FIRST + timedelta(minutes=self.writes), body, head)
        self.stored.setdefault((bucket, key), []).append(one)
        return one.id

    def get_object(self, *, Bucket: str, Key: str, VersionId: str = "", Range: str = "") -> dict[str, Any]:  # noqa: N803
        self._called()
        body = self._found(Bucket, Key, VersionId).body or b""
        if Range:
            first, last = Range.removeprefix("bytes=").split("-")
            body = body[int(first) : int(last) + 1]
        return {"Body": StreamingBody(io.BytesIO(body), len(body)), "ContentLength": len(body)}

    def head_object(self, *, Bucket: str, Key: str, VersionId: str = "") -> dict[str, Any]:  # noqa: N803
        self._called()
        one = self._found(Bucket, Key, VersionId)
        return {"ContentLength": len(one.body or b""), "LastModified": one.at, "Metadata": {}, **one.head}

    def _found(self, bucket: str, key: str, version: str) -> Version:
        versions = self.stored.get((bucket, key), [])
        found = [one for one in versions if one.id == version] if version else versions[-1:]
        if not found or found[0].body is None:
            raise error("NoSuchKey", "GetObject")
        return found[0]

    def delete_object(self, *, Bucket: str, Key: str, VersionId: str = "") -> None:  # noqa: N803
        self._called()
        if not VersionId:
            self._add(Bucket, Key, None, {})
            return
        left = [one for one in self.stored.get((Bucket, Key), []) if one.id != VersionId]
        self.stored[Bucket, Key] = left
        if not left:
            del self.stored[Bucket, Key]

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        for one in Delete["Objects"]:
            self.delete_object(Bucket=Bucket, Key=one["Key"], VersionId=one["VersionId"])
        return {}

    def get_paginator(self, operation: str) -> Any:
        return _Pages({"list_objects_v2": self._objects, "list_object_versions": self._versions}[operation])

    def _objects(self, bucket: str, prefix: str, delimiter: str) -> Iterator[dict[str, Any]]:
        self._called()
        keys = [key for (where, key), all_ in sorted(self.stored.items())
                if where == bucket and key.startswith(prefix) and all_[-1].body is not None]  # fmt: skip
        if delimiter:
            folders = {prefix + key[len(prefix) :].split(delimiter)[0] + delimiter for key in keys}
            yield {"CommonPrefixes": [{"Prefix": folder} for folder in sorted(folders)]}
            return
        yield {"Contents": [{"Key": key} for key in keys]}

    def _versions(self, bucket: str, prefix: str, delimiter: str) -> Iterator[dict[str, Any]]:
        self._called()
        for (where, key), versions in sorted(self.stored.items()):
            if where == bucket and key.startswith(prefix):
                for nth, one in enumerate(reversed(versions)):
                    told = {"Key": key, "VersionId": one.id, "LastModified": one.at, "IsLatest": nth == 0}
                    kind = "DeleteMarkers" if one.body is None else "Versions"
                    yield {kind: [told if one.body is None else told | {"Size": len(one.body)}]}


@dataclass
class _Pages:
    of: Callable[[str, str, str], Iterator[dict[str, Any]]]

    def paginate(self, *, Bucket: str, Prefix: str, Delimiter: str = "") -> Iterator[dict[str, Any]]:  # noqa: N803
        return self.of(Bucket, Prefix, Delimiter)
