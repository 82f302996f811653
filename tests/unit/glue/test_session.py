"""The session's settings: what they let through, that Spark's defaults do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import silver
from pipeline.contract.loader import load_contract
from pipeline.delta import DeltaTable
from pipeline.errors import JobFailedError
from pipeline.gold.columns import copy_lines
from pipeline.session import SETTINGS, one_line_errors
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts, Storage
from tests.support.fake_s3 import MODIFIED, FakeS3

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONTRACT = """
title: Visits
columns:
  - {name: id, type: string, required: true}
  - {name: day, type: date}
  - {name: at, type: timestamp}
  - {name: local, type: timestamp, timezone: Asia/Tokyo}
record_key: [id]
"""
ANCIENT = (
    "id,day,at,local\n"
    "1,1899-12-30,1899-12-30 00:00:00,1899-12-30 00:00:00\n"
    "2,0001-01-01,0001-01-01 00:00:00,1582-10-10 12:00:00\n"
    "3,9999-12-31,9999-12-31 23:59:59,9999-12-31 23:59:59\n"
    "4,2024-02-29,2024-02-29 12:00:00.123456,2024-02-29 12:00:00\n"
    "5,,,0001-01-01 00:00:00\n"
)


@pytest.fixture
def job_session(spark: SparkSession) -> Iterator[SparkSession]:
    before = {name: spark.conf.get(name) for name in SETTINGS}
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    yield spark
    for name, value in before.items():
        spark.conf.set(name, value)


def run(spark: SparkSession, body: Any, lake: Path) -> dict[str, Any]:
    job = silver.SilverJob(
        contract=load_contract(CONTRACT, "visits.yaml"),
        source=SourceObject("bronze", "bronze/visits/a.csv", "v1"),
        facts=SourceFacts(len(ANCIENT), MODIFIED),
        body=body,
        bucket="silver",
        lake=str(lake),
        job_run_id="jr_1",
        started_at=datetime.now(timezone.utc),
    )
    return silver.run(spark, job, Storage(FakeS3())).as_dict()


def test_days_and_times_of_all_years_reach_silver_and_gold(
    job_session: SparkSession, write_csv: Callable[[str], Any], tmp_path: Path
) -> None:
    """From year 1 to 9999, to the microsecond; a moment before year 1 in UTC is quarantined by its line."""
    report = run(job_session, write_csv(ANCIENT), tmp_path)
    assert report["rows"] == {"read": 5, "silver": 4, "quarantined": 1}
    table = DeltaTable(job_session, f"{tmp_path}/silver/visits").read().orderBy("id")
    assert [row["day"] for row in table.select("day").collect()] == [
        date(1899, 12, 30), date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29)
    ]  # fmt: skip
    lines = [row["line"] for row in copy_lines(table.select("day", "at", "local")).collect()]
    assert lines == [
        "1899-12-30\t1899-12-30 00:00:00.000000Z\t1899-12-29 15:00:00.000000Z\n",
        "0001-01-01\t0001-01-01 00:00:00.000000Z\t1582-10-10 02:41:01.000000Z\n",
        "9999-12-31\t9999-12-31 23:59:59.000000Z\t9999-12-31 14:59:59.000000Z\n",
        "2024-02-29\t2024-02-29 12:00:00.123456Z\t2024-02-29 03:00:00.000000Z\n",
    ]
    refused = DeltaTable(job_session, f"{tmp_path}/quarantine/visits").read().collect()
    assert [(row["_source_line"], row["_reason"]) for row in refused] == [(6, "out_of_range")]


def test_a_failed_write_says_its_deepest_cause(
    spark: SparkSession, write_csv: Callable[[str], Any], tmp_path: Path
) -> None:
    """Here with Spark's own default, which refuses old times: that is what is said, not "Job aborted."."""
    with pytest.raises(JobFailedError) as caught, one_line_errors():
        run(spark, write_csv(ANCIENT), tmp_path)
    line = str(caught.value)
    assert line.startswith("SparkUpgradeException: ")
    assert "before 1582" in line or "before 1900" in line
    assert "\n" not in line
    assert "Job aborted" not in line
