"""Rows come from Spark a partition at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.gold.copy_text import CopyText

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PARTITIONS = 12
TASKS = 4


def marked(spark: SparkSession, folder: Path) -> DataFrame:
    """Ten rows a partition, each of which leaves a file when it is computed."""

    def mark(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            (folder / str(batch["id"][0])).touch()
            yield batch

    return spark.range(0, PARTITIONS * 10, 1, PARTITIONS).mapInPandas(mark, "id long")


def test_the_driver_is_given_as_many_partitions_at_a_time_as_spark_has_cores(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While they are taken the next ones are computed, and no more; all rows come, in their order."""
    monkeypatch.setattr(type(spark.sparkContext), "defaultParallelism", TASKS)
    chunks = CopyText.of(marked(spark, tmp_path)).begin()
    first = next(chunks)
    assert (bytes(first.lines), first.rows) == (b"".join(b"%d\n" % number for number in range(10)), 10)
    assert TASKS <= len(list(tmp_path.iterdir())) <= 2 * TASKS
    assert b"".join(bytes(lines) for lines, _ in chunks) == b"".join(b"%d\n" % n for n in range(10, 120))
    assert len(list(tmp_path.iterdir())) == PARTITIONS


def test_large_partitions_come_one_at_a_time(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the driver holds is bounded by bytes, whatever the number of executors."""
    monkeypatch.setattr("pipeline.gold.copy_text._UNMEASURED_BYTES", 0)
    monkeypatch.setattr("pipeline.gold.copy_text._text_bytes", lambda *_: 1000)
    monkeypatch.setattr("pipeline.gold.copy_text._WAVE_BYTES", 1)
    chunks = CopyText.of(marked(spark, tmp_path)).begin()
    next(chunks)
    assert 1 <= len(list(tmp_path.iterdir())) <= 2
    assert sum(rows for _, rows in chunks) == 10 * (PARTITIONS - 1)


def test_a_stream_that_fails_says_what_failed(spark: SparkSession) -> None:
    """An error of a later partition ends the stream: rows that are missing are no end of the rows."""
    odd = spark.range(0, 40, 1, 4).selectExpr("if(id = 35, raise_error('too odd'), id) AS id")
    with pytest.raises(Exception, match="too odd"):
        list(CopyText.of(odd).begin())


def test_rows_are_computed_again_for_another_attempt(spark: SparkSession) -> None:
    """A failover in the middle of a stream begins it anew; no rows are no chunks."""
    text = CopyText.of(spark.range(0, 30, 1, 3))
    next(text.begin())
    assert sum(rows for _, rows in text.begin()) == 30
    assert list(CopyText.of(spark.range(0)).begin()) == []


def test_a_partition_too_large_for_the_driver_is_cut(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the bytes of its text, not by those of Parquet, where the same text again costs nothing."""
    stored = str(tmp_path / "silver")
    spark.range(0, 1000, 1, 1).selectExpr("id % 7 AS id", "repeat('x', 1000) AS x").write.parquet(stored)
    monkeypatch.setattr("pipeline.gold.copy_text._UNMEASURED_BYTES", 100)
    monkeypatch.setattr("pipeline.gold.copy_text._PARTITION_BYTES", 100_000)
    chunks = list(CopyText.of(spark.read.parquet(stored)).begin())
    assert sum(rows for _, rows in chunks) == 1000
    assert sum(len(lines) for lines, _ in chunks) == 1_003_000
    assert max(len(lines) for lines, _ in chunks) <= 110_000
