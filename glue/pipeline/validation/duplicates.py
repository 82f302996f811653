"""Rows of one file that claim to be the same record."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from pipeline import reasons
from pipeline.contract.model import Contract
from pipeline.validation.frame import DETAIL, REASON, RECORD_KEY, SOURCE_LINE


def reject_duplicates(rows: DataFrame, contract: Contract) -> DataFrame:
    """Keep the first of the rows with the same record key, or the same value of a unique column.

    The others get the reason ``duplicate_key``. ``rows`` is what ``validation.parse`` gives, the result has
    the same columns.
    """
    rows = _reject(rows, RECORD_KEY, _named(contract))
    for column in contract.columns:
        if column.unique and contract.record_key.columns != (column.name,):
            rows = _reject(rows, column.name, column.name)
    return rows


def _named(contract: Contract) -> str:
    return ", ".join(contract.record_key.columns) or "the whole row"


def _reject(rows: DataFrame, column: str, named: str) -> DataFrame:
    accepted = rows.where(f.col(REASON).isNull() & f.col(column).isNotNull())
    # narrow columns through the shuffle, and only the repeated values back to the rows
    repeated = (
        accepted.groupBy(f.col(column).alias("_repeated"))
        .agg(f.min(SOURCE_LINE).alias("_first_line"), f.count(f.lit(1)).alias("_count"))
        .where("_count > 1")
        .select("_repeated", "_first_line")
    )
    joined = rows.join(repeated, f.col(column) == f.col("_repeated"), "left")
    later = f.col(REASON).isNull() & (f.col("_first_line") < f.col(SOURCE_LINE))
    detail = f.format_string(f"{named} is the same as in line %d", "_first_line")
    return joined.select(
        *(name for name in rows.columns if name not in (REASON, DETAIL)),
        f.when(later, reasons.DUPLICATE_KEY).otherwise(f.col(REASON)).alias(REASON),
        f.when(later, detail).otherwise(f.col(DETAIL)).alias(DETAIL),
    )
