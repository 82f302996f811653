"""The quarantine table: the refused rows of each source version, with their raw text and the reason.

Cells of ``pii`` columns were masked before (``pipeline.validation.masking``); what is left may still hold
personal data, in free text say, so rows go after a while.
"""

from __future__ import annotations

from datetime import timedelta, timezone

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from pipeline.delta import DeltaTable
from pipeline.silver.columns import QUARANTINE, QUARANTINED_AT, of_version, with_source
from pipeline.silver.job import SilverJob
from pipeline.validation.frame import DETAIL, RAW, REASON, SOURCE_LINE

_COMPARED = (SOURCE_LINE, RAW, REASON, DETAIL)


def replace(table: DeltaTable, rejected: DataFrame, job: SilverJob) -> bool:
    """Make ``rejected`` the rows of this source version in the table; False when they were already.

    ``rejected`` has ``_source_line``, ``_raw``, ``_reason``, ``_detail``. A table is made even for no rows,
    so that its readers find one.
    """
    new = rejected.select(*_COMPARED)
    rows = with_source(new, job, QUARANTINED_AT).select(*QUARANTINE.fieldNames())
    if not table.exists():
        table.append(rows)
        return True
    old = table.read().where(of_version(job.source)).select(*_COMPARED)
    if old.isEmpty():
        if new.isEmpty():
            return False
        table.append(rows)
        return True
    if not _differ(old, new):
        return False
    table.replace_where(rows, of_version(job.source))
    return True


def expire(table: DeltaTable, job: SilverJob) -> bool:
    """Remove the rows that are older than ``job.quarantine_days``; False when there were none.

    By Delta and not by S3's lifecycle, which would take files that the table's log still names. The files go
    with the step maintain a week after their rows, and from a versioned bucket with its lifecycle.
    """
    if job.quarantine_days is None or not table.exists():
        return False
    before = job.started_at - timedelta(days=job.quarantine_days)
    old = f"`{QUARANTINED_AT}` < timestamp '{before.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC'"
    if table.read().where(old).isEmpty():
        return False
    table.delete(old)
    return True


def _differ(old: DataFrame, new: DataFrame) -> bool:
    """Tell whether the rows differ. A source version has a line once, so both sides pair up by line."""
    renamed = old.select(*(f.col(name).alias(f"_old{name}") for name in _COMPARED))
    paired = new.join(renamed, f.col(SOURCE_LINE) == f.col(f"_old{SOURCE_LINE}"), "full_outer")
    same = f.lit(True)
    for name in _COMPARED:
        same = same & f.col(name).eqNullSafe(f.col(f"_old{name}"))
    return not paired.where(~same).isEmpty()
