"""Row accounting: every row read is in one of the two tables."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from pipeline import reasons
from pipeline.delta import DeltaTable
from pipeline.enrichment import ERROR_COLUMN
from pipeline.errors import QualityError, RowAccountingError
from pipeline.silver.columns import SOURCE_ORDER, of_version
from pipeline.silver.job import SilverJob
from pipeline.silver.state import State
from pipeline.silver.table import Merged
from pipeline.validation.deletions import is_deletion
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


def with_answers(
    job: SilverJob, valid: DataFrame, counts: dict[str | None, int], enriched: DataFrame
) -> dict[str | None, int]:
    """Return ``counts`` with what became of the rows that the model was asked about."""
    answered = count_by_reason(enriched, ERROR_COLUMN)
    deletions = 0
    if job.contract.changes.mode == "cdc":
        deletions = valid.where(is_deletion(job.contract)).count()
    return {**counts, **answered, None: answered.get(None, 0) + deletions}


def check_tables(
    job: SilverJob, read: int, state: State, quarantine: DeltaTable, merged: Merged
) -> dict[str, int]:
    """Count what the tables have of this upload: rows written for it, and rows that were there as they are.

    ``aside``, where there are any: deletions, and rows whose record Silver has from another object. Raises
    RowAccountingError unless all add up to ``read``.
    """
    tables = {"quarantined": quarantine}
    if not state.is_superseded:  # else what is there under its label is there for a later snapshot
        tables |= {"silver": state.silver, "aside": state.aside}
    written = [_written(table, name, state) for name, table in tables.items() if table.exists()]
    counted = reduce(DataFrame.unionByName, written).groupBy("name").count().collect()
    found = {row["name"]: int(row["count"]) for row in counted}
    rows = {
        "silver": found.get("silver", 0) + merged.kept,
        "aside": found.get("aside", 0) + merged.kept_aside,
        "quarantined": found.get("quarantined", 0),
    }
    if sum(rows.values()) != read:
        raise RowAccountingError(job.source.uri, read, rows)
    return rows if rows["aside"] else {name: count for name, count in rows.items() if name != "aside"}


def _written(table: DeltaTable, name: str, state: State) -> DataFrame:
    of_upload = f.expr(of_version(state.job.source))
    if name != "quarantined":
        of_upload = f.col(SOURCE_ORDER) == state.label
    return table.read().where(of_upload).select(f.lit(name).alias("name"))
