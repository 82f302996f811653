"""How long rows stay in quarantine."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.glue.silver.test_step import HEADER, Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, tmp_path)


def test_rows_go_when_their_days_are_over(lake: Lake) -> None:
    """Of any source version, at the next run; the table can still be read as a whole."""
    now = datetime.now(timezone.utc)
    lake.run(HEADER + "O1,soon,1,open,,\n", version="v1", started_at=now - timedelta(days=31))
    lake.run(HEADER + "O2,soon,1,open,,\n", version="v2", started_at=now - timedelta(days=29))
    assert len(lake.quarantine()) == 2
    lake.run(HEADER + "O3,soon,1,open,,\n", version="v3", quarantine_days=30)
    assert [row["_source_version_id"] for row in lake.quarantine()] == ["v2", "v3"]
    before = lake.table("quarantine").version()
    lake.run(HEADER + "O4,,1,open,,\n", version="v4", quarantine_days=30)
    assert lake.table("quarantine").version() == before
