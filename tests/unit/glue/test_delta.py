"""What a Delta table's calls cost, and conditions that no statistics of texts make miss a row."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.delta import DeltaTable, at_least, equal_to, near

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_vacuum_takes_as_many_tasks_as_there_are_slots_for(spark: SparkSession, tmp_path: Path) -> None:
    """And not the 10,000 that Spark would list any folder by."""
    table = DeltaTable(spark, f"{tmp_path}/table")
    table.append(spark.range(1))
    spark.sparkContext.setJobGroup("vacuum", "the test's")
    try:
        assert table.vacuum() == 0
    finally:
        spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)
    tracker = spark.sparkContext.statusTracker()
    jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup("vacuum")]
    stages = [tracker.getStageInfo(stage) for job in jobs if job for stage in job.stageIds]
    assert stages
    assert max(stage.numTasks for stage in stages if stage) <= 4 * spark.sparkContext.defaultParallelism


def kept_of_a_greatest(text: str) -> str:
    """As Delta 2.1 keeps it: 32 units of UTF-16, those at U+FFFD or above behind them, and U+FFFD; what is
    left of a parted pair becomes a question mark when it is written.
    """
    units = [text.encode("utf-16-le")[at : at + 2] for at in range(0, len(text.encode("utf-16-le")), 2)]
    if len(units) <= 32:
        return text
    kept, rest = units[:32], units[32:]
    while rest and int.from_bytes(rest[0], "little") >= 0xFFFD:
        kept.append(rest.pop(0))
    whole = b"".join(kept).decode("utf-16-le", "surrogatepass") + "\ufffd"
    return re.sub("[\ud800-\udfff]", "?", whole)


@pytest.mark.parametrize("length", [27, 28, 29, 30])
def test_no_file_with_a_text_is_left_out_by_its_greatest(length: int) -> None:
    """Of all texts about the cut, of characters on either side of Delta's and of UTF-16's order: a file's
    greatest is at least the text, and what is kept of it at least what is asked.
    """
    characters = ("", "?", "x", "\u3000", "\ue000", "\ufffd", "\uffff", "\U00020bb7", "\U0010ffff")
    texts = sorted({"x" * length + "".join(end) for end in product(characters, repeat=4)})
    asked = ""
    missed = 0
    for text in texts:
        asked = max(asked, at_least(text))
        assert asked <= kept_of_a_greatest(text)
        missed += text > kept_of_a_greatest(text)
    assert missed  # by equality some are


def test_a_long_text_is_asked_for_by_its_beginning() -> None:
    """Whole characters of it; a short one is asked for as it is."""
    assert near("c", "x" * 31) == f"c = '{'x' * 31}'"
    assert near("c", "x" * 32) == f"c >= '{'x' * 31}' AND c <= '{'x' * 32}'"
    assert at_least("x" * 30 + "\U00020bb7y") == "x" * 30
    assert at_least("x" * 29 + "\U00020bb7y") == "x" * 29 + "\U00020bb7"


def test_equal_to_a_long_text_is_true_of_no_other(spark: SparkSession) -> None:
    """Neither of the beginning that Delta is asked for nor of what lies between."""
    text = "x" * 31 + "\U00020bb7'"
    rows = spark.createDataFrame([(one,) for one in (text, "x" * 31, "x" * 32, text[:-1])], "c string")
    assert [row["c"] for row in rows.where(equal_to([("c", text)])).collect()] == [text]
