"""The views of the project's own contracts, made in PostgreSQL over what their SQL makes of Silver."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as spark_types

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.enrichment.schema import columns as answer_columns
from pipeline.gold import GoldOptions, load
from pipeline.validation.frame import column_type

Query = Callable[[str], list[Any]]

DATASETS = sorted((Path(__file__).resolve().parents[4] / "glue" / "datasets").glob("*.yaml"))
ROWS = 60


def contract_at(path: Path) -> Contract:
    return load_contract(path.read_text("utf-8"), str(path))


def value(field: spark_types.StructField, labels: list[str], row: int) -> Any:
    """Of the field's type; a row each of 60 days, so that there are weeks and months."""
    when = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(days=row)
    made: dict[str, Any] = {
        "string": labels[row % len(labels)] if labels else f"{field.name} {row % 3}",
        "bigint": row % 11,
        "double": row / 2,
        "boolean": row % 2 == 0,
        "date": date(2026, 1, 1) + timedelta(days=row),
        "timestamp": when,
        "array<string>": ["a"],
    }
    return made.get(field.dataType.simpleString(), Decimal("1.50"))


def silver(spark: SparkSession, contract: Contract) -> Any:
    """As the step silver leaves it, with made-up rows."""
    assert contract.enrich is not None
    fields = [spark_types.StructField(column.name, column_type(column)) for column in contract.columns]
    fields += list(answer_columns(contract.enrich.properties))
    labels = {column.name: list(column.enum) for column in contract.columns}
    labels |= {name: list(answer.get("enum", [])) for name, answer in contract.enrich.properties.items()}
    rows = [tuple(value(field, labels[field.name], row) for field in fields) for row in range(ROWS)]
    frame = spark.createDataFrame(rows, spark_types.StructType(fields))
    return frame.selectExpr("*", "'s' AS _source", "'v' AS _source_version_id")


@pytest.mark.parametrize("path", DATASETS, ids=lambda path: path.stem)
def test_the_views_of_a_dataset_have_rows_and_explain_themselves(
    spark: SparkSession, options: Callable[..., GoldOptions], query: Query, path: Path
) -> None:
    """Each has a comment in both languages, on itself and on every column; shares lie between 0 and 1."""
    contract = contract_at(path)
    assert len(contract.views) >= 2
    load(spark, contract, silver(spark, contract), options())
    for view in contract.views:
        name = f"bi.{view.name}"
        assert query(f"SELECT count(*) > 0 FROM {name}") == [(True,)]
        assert " / " in query(f"SELECT obj_description('{name}'::regclass)")[0][0]
        commented = query(
            "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute "
            f"WHERE attrelid = '{name}'::regclass AND attnum > 0 ORDER BY attnum"
        )
        assert [column for column, _ in commented] == list(view.columns)
        assert [column for column, comment in commented if " / " not in (comment or "")] == []
        for column in view.columns:
            if column.endswith("_share"):
                outside = (
                    f"SELECT count(*) FROM {name} WHERE {column} IS NULL OR {column} NOT BETWEEN 0 AND 1"
                )
                assert query(outside) == [(0,)], (name, column)


def test_the_feedback_views_say_what_their_names_say(
    spark: SparkSession, options: Callable[..., GoldOptions], query: Query
) -> None:
    """60 days from Thursday, 1 January 2026, a comment a day, every fourth one negative."""
    contract = contract_at(next(path for path in DATASETS if path.stem == "customer_feedback"))
    load(spark, contract, silver(spark, contract), options())
    weeks = "SELECT week::text, sum(feedback_count)::int FROM bi.feedback_weekly GROUP BY 1 ORDER BY 1"
    assert query(weeks) == [
        ("2025-12-29", 4), *((f"2026-{day}", 7) for day in
        ("01-05", "01-12", "01-19", "01-26", "02-02", "02-09", "02-16", "02-23")),
    ]  # fmt: skip
    months = query(
        "SELECT month::text, feedback_count, previous_feedback_count, "
        "round(feedback_count_change::numeric, 4)::text, round(negative_share::numeric, 4)::text "
        "FROM bi.feedback_monthly ORDER BY 1"
    )
    assert months == [
        ("2026-01-01", 31, None, None, "0.2581"),
        ("2026-02-01", 28, 31, "-0.0968", "0.2500"),
        ("2026-03-01", 1, 28, "-0.9643", "0.0000"),
    ]
