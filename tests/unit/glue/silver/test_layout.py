"""Where the contract says that rows lie, and whether a table can have it so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.contract.loader import load_contract
from pipeline.contract.silver_table import Partition, SilverTable
from pipeline.silver import layout

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONTRACT = """
title: Orders
columns:
  - {name: id, type: string, required: true}
  - {name: at, type: timestamp, required: true}
record_key: [id]
silver: {partition_by: [date(at)], cluster_by: [id]}
"""


def test_a_table_waits_for_a_column_that_it_is_to_be_laid_out_by() -> None:
    """The contract has it, no upload under that contract was there yet; the day of a timestamp is made."""
    contract = load_contract(CONTRACT, "orders.yaml")
    assert layout.fits(["id", "at", "_record_key"], contract)
    assert not layout.fits(["id", "_record_key"], contract)
    assert layout.days(["id", "at", "at__date", "_source"]) == ["at__date"]


def test_rows_of_a_partition_are_put_together(spark: SparkSession) -> None:
    """By Spark's REBALANCE, which divides what is too much for one task; without a layout nothing moves."""
    rows = spark.range(4).selectExpr("id", "id % 2 AS part")
    table = SilverTable((Partition("part"),))
    spark.conf.set("spark.sql.adaptive.enabled", "true")  # as in the job; the hint means nothing without
    try:
        plan = layout.laid_out(rows, table)._jdf.queryExecution().optimizedPlan().toString()
    finally:
        spark.conf.set("spark.sql.adaptive.enabled", "false")
    assert plan.startswith("RebalancePartitions [part")
    assert sorted(layout.laid_out(rows, table).collect()) == sorted(rows.collect())
    assert layout.laid_out(rows, SilverTable()) is rows
