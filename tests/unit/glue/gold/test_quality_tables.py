"""The quality of uploads beside the contract's Gold tables, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipeline import quality
from pipeline.gold import GoldOptions, load
from tests.unit.glue.gold.gold_loads import CONTRACT

UPLOADS = [
    {
        "marker": f"sources/orders/{name}.json",
        "source": f"s3://bronze/bronze/orders/{name}",
        "version_id": "v1",
        "uploaded_at": uploaded,
        "processed_at": "2026-01-01T09:04:30+00:00",
        "job_run_id": "jr_1",
        "rows": {"read": 10, "silver": 8, "quarantined": 2},
        "reasons": {"not_in_enum": 1, "out_of_range": 1},
        "quarantined_share": 0.2,
    }
    for name, uploaded in (("old.csv", None), ("a'b.csv", "2026-01-01T09:01:00+00:00"))
]


def test_bi_reads_the_quality_of_each_upload_and_its_reasons(
    spark: SparkSession, options: Callable[..., GoldOptions], query: Callable[[str], list[Any]]
) -> None:
    """Loaded with the Gold tables; the same load again changes nothing; an upload more is a row more."""
    silver = spark.sql(
        "SELECT id AS order_id, 'x' AS note, 's3://b/a' AS _source, 'v1' AS _source_version_id FROM range(2)"
    )

    def loaded(uploads: list[dict[str, Any]]) -> bool:
        contract = quality.with_tables(CONTRACT, spark, uploads)
        return load(spark, contract, silver, options()).changed

    assert loaded(UPLOADS[:1])
    assert loaded(UPLOADS)
    assert not loaded(UPLOADS)
    assert query(
        "SELECT source, uploaded_at IS NULL, rows_read, rows_aside, quarantined_share, minutes_to_silver "
        "FROM orders_quality ORDER BY source"
    ) == [
        ("s3://bronze/bronze/orders/a'b.csv", False, 10, 0, 0.2, 3.5),
        ("s3://bronze/bronze/orders/old.csv", True, 10, 0, 0.2, None),
    ]
    assert query("SELECT reason, sum(rows)::int FROM orders_quality_reasons GROUP BY 1 ORDER BY 1") == [
        ("not_in_enum", 2),
        ("out_of_range", 2),
    ]
    assert query("SELECT count(*)::int FROM orders") == [(2,)]


def test_a_table_of_quality_whose_name_is_somebody_elses_is_left_out(
    spark: SparkSession,
    options: Callable[..., GoldOptions],
    query: Callable[[str], list[Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With a warning; the dataset's own tables are loaded, the other's is as it was. One of the contract's
    own is an error still (test_loader.py).
    """
    query("CREATE TABLE orders_quality (mine text)")
    silver = spark.sql(
        "SELECT 1L AS order_id, 'x' AS note, 's3://b/a' AS _source, 'v1' AS _source_version_id"
    )
    report = load(spark, quality.with_tables(CONTRACT, spark, UPLOADS), silver, options())
    assert list(report.tables) == ["orders", "orders_quality_reasons"]
    assert "no table orders_quality: one of that name belongs to somebody else" in caplog.text
    assert query("SELECT count(*)::int FROM orders") == [(1,)]
    assert query("SELECT mine FROM orders_quality") == []
    assert query("SELECT count(*)::int FROM gold_meta.tables WHERE table_name = 'orders_quality'") == [(0,)]


def test_a_contract_whose_names_are_taken_keeps_its_own(spark: SparkSession) -> None:
    """Nothing of a user's is replaced, and a contract without Gold gets none."""
    own = replace(CONTRACT, gold=(replace(CONTRACT.gold[0], name="orders_quality"),))
    assert quality.with_tables(own, spark, UPLOADS) is own
    without = replace(CONTRACT, gold=())
    assert quality.with_tables(without, spark, UPLOADS) is without
    long = replace(CONTRACT, name="o" * 50)
    assert quality.with_tables(long, spark, UPLOADS) is long
