"""The merge into Silver: one commit, or none when nothing differs."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql import types as spark

from pipeline.delta import DeltaTable
from pipeline.silver.columns import (
    INGESTED_AT,
    RUN_METADATA,
    SILVER_METADATA,
    SOURCE,
    SOURCE_MODIFIED,
    of_version,
    with_source,
)
from pipeline.silver.job import SilverJob
from pipeline.validation.frame import DETAIL, RAW, REASON, RECORD_KEY

_ACTION = "_action"
_INSERT, _UPDATE, _DELETE = "insert", "update", "delete"


@dataclass(frozen=True)
class Merged:
    """What the merge did, in rows."""

    inserted: int
    updated: int
    deleted: int
    created: bool = False

    @property
    def changed(self) -> bool:
        return bool(self.created or self.inserted or self.updated or self.deleted)


def silver_rows(accepted: DataFrame, job: SilverJob) -> DataFrame:
    """Contract and enrichment columns, then the job's own: the Silver table's layout."""
    rows = with_source(accepted.drop(RAW, REASON, DETAIL), job, INGESTED_AT)
    data = [name for name in rows.columns if name not in SILVER_METADATA]
    return rows.select(*data, *SILVER_METADATA)


def merge(table: DeltaTable, accepted: DataFrame, job: SilverJob) -> Merged:
    """Make ``accepted`` the rows of this source version: new ones in, changed ones updated, others of it out.

    ``accepted`` must be persisted; it holds each record key once, and none that a later source has.
    """
    rows = silver_rows(accepted, job)
    if not table.exists():
        table.append(rows)
        return Merged(rows.count(), 0, 0, created=True)
    table.add_columns(spark.StructType(list(rows.schema)))
    changes = _changes(table.read(), rows, job).persist(StorageLevel.MEMORY_AND_DISK)
    try:
        counts = {row[_ACTION]: int(row["count"]) for row in changes.groupBy(_ACTION).count().collect()}
        merged = Merged(counts.get(_INSERT, 0), counts.get(_UPDATE, 0), counts.get(_DELETE, 0))
        if merged.updated or merged.deleted:
            _merge(table, changes, rows.columns)
        elif merged.inserted:
            table.append(changes.select(*rows.columns))
    finally:
        changes.unpersist()
    return merged


def _changes(old: DataFrame, new: DataFrame, job: SilverJob) -> DataFrame:
    """``new``'s columns and ``_action``: only rows that differ from what Silver has."""
    compared = [name for name in new.columns if name not in (*RUN_METADATA, RECORD_KEY, SOURCE_MODIFIED)]
    before = old.select(f.col(RECORD_KEY).alias("_old_key"), f.struct(*compared).alias("_old"))
    paired = new.join(before, f.col(RECORD_KEY) == f.col("_old_key"), "left")
    differs = ~f.struct(*compared).eqNullSafe(f.col("_old"))
    action = f.when(f.col("_old_key").isNull(), _INSERT).when(differs, _UPDATE)
    changed = paired.withColumn(_ACTION, action).where(f.col(_ACTION).isNotNull())
    gone = _of_this_source(old, job).join(new.select(RECORD_KEY), RECORD_KEY, "left_anti")
    deleted = gone.withColumn(_ACTION, f.lit(_DELETE))
    columns = [*new.columns, _ACTION]
    return changed.select(*columns).unionByName(deleted.select(*columns))


def _of_this_source(old: DataFrame, job: SilverJob) -> DataFrame:
    """Rows that this source version speaks for: its own, and without key columns those of the object's
    others.
    """
    if job.contract.record_key.kind == "columns":
        return old.where(of_version(job.source))
    not_later = f.col(SOURCE_MODIFIED) <= f.lit(job.facts.modified_at).cast("timestamp")
    return old.where((f.col(SOURCE) == f.lit(job.source.object_uri)) & not_later)


def _merge(table: DeltaTable, changes: DataFrame, columns: list[str]) -> None:
    view = "silver_changes"
    changes.createOrReplaceTempView(view)
    assigned = ", ".join(f"t.`{name}` = s.`{name}`" for name in columns)
    names = ", ".join(f"`{name}`" for name in columns)
    values = ", ".join(f"s.`{name}`" for name in columns)
    try:
        table.merge(
            f"t USING {view} s ON t.`{RECORD_KEY}` = s.`{RECORD_KEY}`"  # noqa: S608
            f" WHEN MATCHED AND s.`{_ACTION}` = '{_DELETE}' THEN DELETE"
            f" WHEN MATCHED THEN UPDATE SET {assigned}"
            f" WHEN NOT MATCHED AND s.`{_ACTION}` = '{_INSERT}' THEN INSERT ({names}) VALUES ({values})"
        )
    finally:
        table.spark.catalog.dropTempView(view)
