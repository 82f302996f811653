"""Rows of one file that claim to be the same record.

Which values are repeated is counted first, by an action: mostly none is, and nothing is left to do. Where
some are, Spark knows how many when it chooses how to join them. Unasked it takes an unread file for a small
one, broadcasts what comes of it, and gives up a large one after ``spark.sql.broadcastTimeout``.
"""

from __future__ import annotations

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from pipeline import reasons
from pipeline.contract.model import Contract
from pipeline.contract.modes import Changes
from pipeline.validation.frame import DETAIL, REASON, RECORD_KEY, SOURCE_LINE


def reject_duplicates(rows: DataFrame, contract: Contract) -> DataFrame:
    """Keep one of the rows with the same record key, and the first with the same value of a unique column.

    Which one of a record: ``keep``, by ``sequence_by`` and then by line. The others get the reason
    ``duplicate_key``, or ``superseded`` where they are earlier states of the record and no mistake. ``rows``
    is what ``validation.parse`` gives, persisted, as it is read here; the result has the same columns.
    """
    rows = _reject(rows, RECORD_KEY, _named(contract), contract.changes)
    for column in contract.columns:
        if column.unique and contract.record_key.columns != (column.name,):
            rows = _reject(rows, column.name, column.name, Changes())
    return rows


def _named(contract: Contract) -> str:
    return ", ".join(contract.record_key.columns) or "the whole row"


def _reject(rows: DataFrame, column: str, named: str, changes: Changes) -> DataFrame:
    accepted = rows.where(f.col(REASON).isNull() & f.col(column).isNotNull())
    order = [f.col(name) for name in (changes.sequence_by, SOURCE_LINE) if name]
    chosen = f.max_by if changes.keep == "last" else f.min_by
    # narrow columns through the shuffle, and only the repeated values back to the rows; they lie on disk, as
    # nobody knows how many they are
    repeated = (
        accepted.groupBy(f.col(column).alias("_repeated"))
        .agg(
            chosen(f.col(SOURCE_LINE), f.struct(*order)).alias("_kept_line"),
            f.count(f.lit(1)).alias("_count"),
        )
        .where("_count > 1")
        .select("_repeated", "_kept_line")
        .persist(StorageLevel.DISK_ONLY)
    )
    others = [name for name in rows.columns if name not in (REASON, DETAIL)]
    if repeated.count() == 0:
        repeated.unpersist()
        return rows.select(*others, REASON, DETAIL)
    joined = rows.join(repeated, f.col(column) == f.col("_repeated"), "left")
    other = f.col(REASON).isNull() & (f.col("_kept_line") != f.col(SOURCE_LINE))
    said = f"{named} is the same as in line %d"
    reason = reasons.DUPLICATE_KEY
    if changes.ordered:
        said, reason = f"line %d has a later state of the record ({named})", reasons.SUPERSEDED
    detail = f.format_string(said.replace("%", "%%").replace("%%d", "%d"), "_kept_line")
    return joined.select(
        *others,
        f.when(other, reason).otherwise(f.col(REASON)).alias(REASON),
        f.when(other, detail).otherwise(f.col(DETAIL)).alias(DETAIL),
    )
