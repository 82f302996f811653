"""Rows of an old upload that arrive after a later one: the later one stays."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from pipeline import reasons
from pipeline.silver.job import SilverJob
from pipeline.silver.pruning import ALL
from pipeline.silver.state import State, asked
from pipeline.uploads import decisions
from pipeline.validation.frame import DETAIL, REASON, RECORD_KEY


def reject_superseded(rows: DataFrame, state: State, job: SilverJob) -> DataFrame:
    """Give the reason ``superseded`` to rows whose record Silver has of a later upload or sequence.

    Events may come in any order; the position of the upload decides, not the time it is processed. An older
    snapshot than the newest one of its object, or dataset, is superseded with all its rows.
    """
    if state.is_snapshot:
        by = "a later upload of the dataset" if not state.scope else "a later version of the object"
        return _marked(rows, f.lit(True), f.lit(f"{by} is in Silver")) if state.is_superseded else rows
    if not state.exists():
        return rows
    by = _by(rows, state, job)
    joined = rows.join(by, f.col(RECORD_KEY) == f.col("_later_key"), "left")
    detail = f.concat(f.lit("a later upload has this record: "), f.col("_later_source"))
    return _marked(joined, f.col("_later_key").isNotNull(), detail).drop("_later_key", "_later_source")


def _by(rows: DataFrame, state: State, job: SilverJob) -> DataFrame:
    sequence_by = job.contract.changes.sequence_by
    later = ALL if sequence_by else state.after_upload()
    found = state.related((), (), {"silver": later, "aside": later})
    if sequence_by is None:
        found = found.where(f.col("eff") > job.position)
    incoming = rows.where(f.col(REASON).isNull()).select(
        f.col(RECORD_KEY).alias("record_key"),
        (f.col(sequence_by) if sequence_by else f.lit(0)).alias("seq"),
    )
    spark = rows.sparkSession
    views = {
        "incoming": incoming,
        "state": found.select("record_key", "seq", "eff", "source"),
    }
    for name, view in views.items():
        view.createOrReplaceTempView(name)
    try:
        by = asked(spark, decisions.SUPERSEDED, job.position, state.scope)
    finally:
        for name in views:
            spark.catalog.dropTempView(name)
    return by.select(f.col("record_key").alias("_later_key"), f.col("source").alias("_later_source"))


def _marked(rows: DataFrame, superseded: Column, detail: Column) -> DataFrame:
    hit = f.col(REASON).isNull() & superseded
    return rows.withColumn(DETAIL, f.when(hit, detail).otherwise(f.col(DETAIL))).withColumn(
        REASON, f.when(hit, reasons.SUPERSEDED).otherwise(f.col(REASON))
    )
