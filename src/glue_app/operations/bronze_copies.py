"""Versions in Bronze written anew without a person's rows, and the old ones deleted.

Of an object, the first version that has the person and all later ones are written anew, in their order, so
that what was the current version is it again. When all stand there, the old ones are deleted. What is there
already is told by the copies' metadata: killed at any point, the next run goes on.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from glue_app.operations.deployment import Deployment
from glue_app.operations.rewriting import without
from glue_app.operations.source_versions import marker_key
from pipeline.contract.model import Contract
from pipeline.reading import S3Body
from pipeline.source import SourceObject
from pipeline.uploads.replaced import Replaced

REQUEST, COPY_OF = "glue-app-request", "glue-app-copy-of"
_KEPT = ("ContentType", "ContentEncoding", "ContentLanguage", "ContentDisposition", "CacheControl")


@dataclass(frozen=True)
class Stored:
    """A version as S3 has it, with its HEAD."""

    source: SourceObject
    size: int
    modified_at: datetime
    head: Mapping[str, Any]

    @property
    def metadata(self) -> dict[str, str]:
        return dict(self.head.get("Metadata", {}))


@dataclass(frozen=True)
class Copies:
    """The copies of one request. ``lines``: version id → the lines of the person's records there."""

    deployment: Deployment
    contract: Contract
    request: str
    lines: Mapping[str, Collection[int]]

    def of_key(self, key: str, is_deleted: bool, before_deletion: Callable[[Sequence[Stored]], None]) -> None:
        """Replace the object's versions. is_deleted: nobody is to see it, as it has a delete marker.

        before_deletion: told which versions will go, when their copies are there. Raises CannotBeCutError.
        """
        stored = self._stored(key)
        copies = {one.metadata[COPY_OF]: one for one in stored if self._is_copy(one)}
        originals = [one for one in stored if not self._is_copy(one)]
        touched = [one.source.version_id in {*self.lines, *copies} for one in originals]
        if not any(touched):
            return
        old = originals[touched.index(True) :]
        for one in old:
            if one.source.version_id not in copies:
                self._write(one)
        if is_deleted:
            self.deployment.s3.delete_object(Bucket=self.deployment.bronze, Key=key)
        before_deletion(old)
        for one in old:
            self.deployment.s3.delete_object(
                Bucket=one.source.bucket, Key=key, VersionId=one.source.version_id
            )

    def _is_copy(self, one: Stored) -> bool:
        return one.metadata.get(REQUEST) == self.request

    def _stored(self, key: str) -> list[Stored]:
        """Return the object's versions, the oldest first."""
        s3, bucket = self.deployment.s3, self.deployment.bronze
        found = [one for one in self.deployment.versions(bucket, key) if one["Key"] == key and "Size" in one]
        stored = []
        for one in reversed(found):
            source = SourceObject(bucket, key, one["VersionId"])
            head = s3.head_object(Bucket=bucket, Key=key, VersionId=source.version_id)
            stored.append(Stored(source, int(one["Size"]), one["LastModified"], head))
        return stored

    def _write(self, one: Stored) -> None:
        body = S3Body(one.source, one.size, lambda: self.deployment.s3)
        kept = {name: one.head[name] for name in _KEPT if one.head.get(name)}
        metadata = one.metadata | self._place(one).to_metadata()
        metadata |= {REQUEST: self.request, COPY_OF: one.source.version_id}
        with tempfile.TemporaryDirectory() as folder:  # 0700
            path = Path(folder, "copy")
            without(body, self.contract, self.lines.get(one.source.version_id, ()), path)
            self.deployment.s3.upload_file(
                str(path), one.source.bucket, one.source.key, ExtraArgs={**kept, "Metadata": metadata}
            )

    def _place(self, one: Stored) -> Replaced:
        """Where the version stands among all uploads: as the one that it had replaced itself, if any."""
        earlier = Replaced.of(one.metadata)
        if earlier:
            return earlier
        marker = (
            self.deployment.json(self.deployment.silver, marker_key(self.contract.name, one.source)) or {}
        )
        return Replaced(one.modified_at, marker.get("sequencer"), one.source.version_id)
