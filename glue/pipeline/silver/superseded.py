"""Rows of an old source version that arrive after a later one: the later one stays."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from pipeline import reasons
from pipeline.silver.columns import SOURCE, SOURCE_MODIFIED
from pipeline.silver.job import SilverJob
from pipeline.validation.frame import DETAIL, REASON, RECORD_KEY

_OTHER_KEY = "_superseding_key"
_OTHER_SOURCE = "_superseding_source"


def reject_superseded(rows: DataFrame, silver: DataFrame, job: SilverJob) -> DataFrame:
    """Give the reason ``superseded`` to rows whose record Silver has from a source written later.

    Events may come in any order; the time S3 wrote the version decides, not the time it is processed. Without
    key columns the object itself is the record's identity: then a later version of it supersedes every row.
    """
    later = silver.where(f.col(SOURCE_MODIFIED) > f.lit(job.facts.modified_at).cast("timestamp"))
    if (
        job.contract.record_key.kind != "columns"
        and not later.where(f.col(SOURCE) == f.lit(job.source.object_uri)).isEmpty()
    ):
        return _marked(rows, f.lit(True), f.lit(job.source.object_uri))
    keys = later.select(f.col(RECORD_KEY).alias(_OTHER_KEY), f.col(SOURCE).alias(_OTHER_SOURCE))
    joined = rows.join(keys, f.col(RECORD_KEY) == f.col(_OTHER_KEY), "left")
    return _marked(joined, f.col(_OTHER_KEY).isNotNull(), f.col(_OTHER_SOURCE)).drop(
        _OTHER_KEY, _OTHER_SOURCE
    )


def _marked(rows: DataFrame, superseded: Column, by: Column) -> DataFrame:
    hit = f.col(REASON).isNull() & superseded
    detail = f.concat(f.lit("a later upload has this record: "), by)
    return rows.withColumn(DETAIL, f.when(hit, detail).otherwise(f.col(DETAIL))).withColumn(
        REASON, f.when(hit, reasons.SUPERSEDED).otherwise(f.col(REASON))
    )
