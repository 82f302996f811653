"""What is sent for a row, by Spark; `make forget` finds the answers by the same (test_model_texts.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.enrichment.plan import text_of
from tests.support.text_cases import CASES, COLUMNS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_the_text_of_a_row(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [(nth, *case[:2]) for nth, case in enumerate(CASES)], "nth int, heading string, comment string"
    )
    found = rows.select("nth", text_of(COLUMNS).alias("text")).orderBy("nth").collect()
    assert [row["text"] for row in found] == [case[2] for case in CASES]
