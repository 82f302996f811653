"""A version that stands in for an earlier one has that one's place among all uploads."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pipeline.errors import UnreadableFileError
from pipeline.source import SourceObject
from pipeline.storage import Storage
from pipeline.uploads.replaced import METADATA, Replaced

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
TODAY = datetime(2026, 6, 1, tzinfo=timezone.utc)
SOURCE = SourceObject("bronze", "bronze/orders/日本.csv", "new")


class Client:
    """S3, as far as HeadObject goes."""

    def __init__(self, **metadata: str) -> None:
        self.metadata = metadata

    def head_object(self, **_: Any) -> dict[str, Any]:
        return {"ContentLength": 3, "LastModified": TODAY, "Metadata": self.metadata}


@pytest.mark.parametrize("sequencer", [None, "00AB"])
def test_what_is_written_is_read(sequencer: str | None) -> None:
    """Of any key: it is not in the metadata, which has to be ASCII and short."""
    replaced = Replaced(THEN, sequencer, "old")
    facts = Storage(Client(**replaced.to_metadata())).describe(SOURCE)
    assert facts.replaces == replaced
    assert facts.modified_at == THEN


def test_any_other_version_has_its_own_place() -> None:
    facts = Storage(Client(other="x")).describe(SOURCE)
    assert facts.replaces is None
    assert facts.modified_at == TODAY


@pytest.mark.parametrize("text", ["", "x none old", "1 none", "1 zz old", "1 none old more"])
def test_what_names_no_version_is_refused(text: str) -> None:
    """Taken as a new upload it would replace everybody's newer rows."""
    with pytest.raises(UnreadableFileError, match="names no version that it could replace"):
        Storage(Client(**{METADATA: text})).describe(SOURCE)
