"""Records as a DataFrame: one task for a small file, a task a range for a large one."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from pyspark.sql import SparkSession

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.reading import CsvFile, open_csv, ranges
from pipeline.reading.frame import records
from pipeline.reading.splitting import RawRecord
from tests.support.file_bodies import FileBody

Write = Callable[..., FileBody]
TEXT = "id,note\n" + "".join(f'{n},"ソ{n}\r\n""表"" {n}"\n{n},a"b\n\n' for n in range(400))


def contract(encoding: str) -> Contract:
    return load_contract(
        f"""
title: T
source: {{encoding: {encoding}}}
columns:
  - {{name: id, type: integer}}
  - {{name: note, type: string}}
record_key: content
""",
        "t.yaml",
    )


def read(spark: SparkSession, file: CsvFile, partitions: int) -> list[RawRecord]:
    found = [RawRecord(*row) for row in records(spark, file, partitions).collect()]
    return sorted(found)


def jobs(spark: SparkSession, file: CsvFile, partitions: int) -> tuple[int, int]:
    """How many Spark jobs making the DataFrame takes, and its partitions."""
    group = f"of {file.body.uri} {partitions}"
    spark.sparkContext.setJobGroup(group, "counted")
    found = records(spark, file, partitions).rdd.getNumPartitions()
    return len(spark.sparkContext.statusTracker().getJobIdsForGroup(group)), found


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """What 8 MiB are to a file is a kilobyte here."""
    monkeypatch.setattr(ranges, "_LEAST", 1 << 10)
    monkeypatch.setattr(ranges, "_MOST", 2 << 10)


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "utf-16-le", "iso2022_jp"])
def test_a_large_file_has_the_records_of_one_read_at_a_stretch(
    spark: SparkSession, write_csv: Write, encoding: str
) -> None:
    """Every field of every record, whether the encoding can be cut or not."""
    file = open_csv(write_csv(TEXT.encode(encoding)), contract(encoding))
    assert read(spark, file, 3) == sorted(file.data_records())


@pytest.mark.usefixtures("small_ranges")
def test_a_large_file_is_read_by_a_task_a_range(spark: SparkSession, write_csv: Write) -> None:
    """They have been measured by one job before; nothing is shuffled."""
    file = open_csv(write_csv(TEXT), contract("utf-8"))
    made, partitions = jobs(spark, file, 2)
    assert (made, partitions) == (1, len(ranges.ranges_of(file, 2)))
    assert partitions > 4
    plan = records(spark, file, 2)._jdf.queryExecution().toString()
    assert "Exchange" not in plan


def test_a_small_file_takes_no_job_but_its_own(spark: SparkSession, write_csv: Write) -> None:
    """It is the usual case."""
    file = open_csv(write_csv(TEXT), contract("utf-8"))
    assert jobs(spark, file, 1) == (0, 1)
    assert read(spark, file, 1) == sorted(file.data_records())


@pytest.mark.usefixtures("small_ranges")
def test_a_compressed_file_is_read_at_a_stretch_and_spread(spark: SparkSession, write_csv: Write) -> None:
    """Nobody knows where its bytes stand."""
    file = open_csv(write_csv(gzip.compress(TEXT.encode(), 1), "a.csv.gz"), contract("utf-8"))
    assert file.body.size > 1 << 10
    assert jobs(spark, file, 3) == (0, 3)
    assert read(spark, file, 3) == sorted(file.data_records())
