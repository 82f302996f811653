"""Row accounting: every row read is in one of the two tables."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from pipeline import reasons
from pipeline.delta import DeltaTable
from pipeline.errors import QualityError, RowAccountingError
from pipeline.silver.columns import of_version
from pipeline.silver.job import SilverJob
from pipeline.validation.frame import REASON


def count_by_reason(rows: DataFrame, column: str = REASON) -> dict[str | None, int]:
    """Count the rows of each reason; None counts the accepted ones.

    A handful of groups, whatever the rows.
    """
    counted = rows.groupBy(column).agg(f.count(f.lit(1)).alias("rows")).collect()
    return {row[column]: int(row["rows"]) for row in counted}


def check_quality(job: SilverJob, counts: dict[str | None, int]) -> None:
    """Raise QualityError when more rows are refused than the contract allows.

    ``superseded`` rows are as good as any and do not count.
    """
    read = sum(counts.values())
    bad = {reason: n for reason, n in counts.items() if reason not in (None, reasons.SUPERSEDED)}
    quarantined = sum(bad.values())
    limit = job.contract.quality.max_quarantined_ratio
    if read and quarantined / read > limit:
        raise QualityError(job.source.uri, quarantined, read, limit, {str(r): n for r, n in bad.items()})


def check_tables(job: SilverJob, read: int, silver: DeltaTable, quarantine: DeltaTable) -> tuple[int, int]:
    """Count the rows of this source version in the Silver and quarantine tables.

    Raises RowAccountingError unless they add up to ``read``.
    """
    counted = {
        row["name"]: int(row["count"])
        for row in _of_version(silver, "silver", job)
        .unionByName(_of_version(quarantine, "quarantine", job))
        .groupBy("name")
        .count()
        .collect()
    }
    in_silver, in_quarantine = counted.get("silver", 0), counted.get("quarantine", 0)
    if in_silver + in_quarantine != read:
        raise RowAccountingError(job.source.uri, read, in_silver, in_quarantine)
    return in_silver, in_quarantine


def _of_version(table: DeltaTable, name: str, job: SilverJob) -> DataFrame:
    return table.read().where(of_version(job.source)).select(f.lit(name).alias("name"))
