"""A version of an object that stands in for an earlier one, from which rows were taken (docs/adr/0026).

What is written anew has a version id and a time of today. Taken by these it would be the latest upload, and
its old values would replace everybody's newer ones. So it names the version that it replaces, in the
object's metadata, and counts as that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from pipeline.uploads.position import sequencer

METADATA = "glue-app-replaces"
"""The name of the object's metadata: S3 and boto3 show it without its ``x-amz-meta-``."""


@dataclass(frozen=True)
class Replaced:
    """What the position of the replaced version is made of, beside the key, which is the same."""

    modified_at: datetime
    sequencer: str | None
    version_id: str

    @classmethod
    def of(cls, metadata: Mapping[str, str]) -> Replaced | None:
        """Read what ``to_metadata`` wrote; None where there is none. Raises ValueError."""
        if METADATA not in metadata:
            return None
        seconds, given, version_id = metadata[METADATA].split(" ")
        return cls(datetime.fromtimestamp(int(seconds), timezone.utc), sequencer(given), version_id)

    def to_metadata(self) -> dict[str, str]:
        """Return the object's metadata."""
        seconds = int(self.modified_at.timestamp())
        return {METADATA: f"{seconds} {self.sequencer or 'none'} {self.version_id}"}
