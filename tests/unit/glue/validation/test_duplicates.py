"""Rows of one file that claim to be the same record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.validation.duplicates import reject_duplicates
from pipeline.validation.frame import schema

ROWS = 2_000


def contract() -> Contract:
    return load_contract(
        """
title: T
columns:
  - {name: id, type: integer, required: true}
  - {name: code, type: string, unique: true}
record_key: [id]
""",
        "t.yaml",
    )


def parsed(spark: SparkSession, keys: int) -> DataFrame:
    """A file whose rows take two seconds to come, as those of a large one take hours."""

    def rows(batches: Iterator[Any]) -> Iterator[Any]:
        import time

        import pandas as pd

        for batch in batches:
            time.sleep(2)
            found = [(n, "raw", None, None, f"k{n % keys}", None, n, f"c{n}") for n in batch["id"]]
            yield pd.DataFrame(found, dtype=object)

    return spark.range(0, ROWS, 1, numPartitions=1).mapInPandas(rows, schema(contract())).persist()


@pytest.fixture
def impatient(spark: SparkSession) -> Iterator[None]:
    """Spark gives up a broadcast after a second, instead of after five minutes."""
    spark.conf.set("spark.sql.broadcastTimeout", "1")
    yield
    spark.conf.unset("spark.sql.broadcastTimeout")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("repeated", [0, 1, 300])
def test_a_file_that_takes_its_time_is_not_broadcast(spark: SparkSession, repeated: int) -> None:
    """However long reading takes; the first of the rows with a key is kept."""
    rows = parsed(spark, ROWS - repeated)
    found = reject_duplicates(rows, contract()).where("_reason IS NOT NULL")
    refused = [(row["_source_line"], row["_reason"], row["_detail"]) for row in found.collect()]
    rows.unpersist()
    expected = [
        (n, "duplicate_key", f"id is the same as in line {n - ROWS + repeated}")
        for n in range(ROWS - repeated, ROWS)
    ]
    assert sorted(refused) == expected
