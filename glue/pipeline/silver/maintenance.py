"""The upkeep of a dataset's tables: layout as the contract says, few files, no versions beyond the retention.

Each part is one commit of Delta, or none when there is nothing to do, so the step may be killed and repeated
at any point. It is a writer like the step silver, and runs under the same lock.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from pipeline.contract.model import Contract
from pipeline.contract.silver_table import LEAST_DAYS
from pipeline.delta import DeltaTable
from pipeline.report import RunReport, Stopwatch
from pipeline.silver import known, layout, marker
from pipeline.silver.state import data_columns
from pipeline.storage import Storage
from pipeline.uploads.positions import Positions

log = logging.getLogger(__name__)

TABLES = ("silver", "aside", "quarantine")
_FILES = 128
_SMALLEST, _GREATEST = 8 << 20, 256 << 20
_UNORDERED = 0.2
"""So much of a table may be written since its rows were last put in order."""
_COMMITS = 1000
"""So many are looked at for the one that put the rows in order."""


@dataclass(frozen=True)
class MaintenanceJob:
    """One dataset's tables."""

    contract: Contract
    bucket: str
    lake: str
    job_run_id: str
    rebuild: bool = False
    """Empty Silver and what lies beside it, for all uploads to come again under the contract as it is."""


def run(spark: SparkSession, job: MaintenanceJob, storage: Storage) -> RunReport:
    """Maintain the tables that there are; the report is ``runs/<dataset>/<run>/maintain.json``."""
    clock = Stopwatch()
    done: dict[str, Any] = {}
    if job.rebuild:
        with clock.phase("rebuild"):
            _forget(spark, job, storage)
    for name in TABLES:
        table = DeltaTable(spark, f"{job.lake}/{name}/{job.contract.name}")
        if table.exists():
            with clock.phase(name):
                done[name] = _maintained(table, name, job.contract)
    content = {"rebuilt": job.rebuild, "tables": done, "seconds": clock.seconds}
    report = RunReport("maintain", job.contract.name, None, job.job_run_id, content)
    report.write(storage, job.bucket)
    return report


def target_bytes(table_bytes: int) -> int:
    """Return how large a file shall be: so that a change of one part of a table rewrites little of it."""
    return max(_SMALLEST, min(_GREATEST, table_bytes // _FILES))


def _maintained(table: DeltaTable, name: str, contract: Contract) -> dict[str, Any]:
    before = table.detail()
    # refused rows hold what people wrote: no longer than Delta needs
    short = layout.retention(LEAST_DAYS) if name == "quarantine" else {}
    table.set_properties(layout.properties(contract.silver) | short)
    fits = name == "silver" and layout.fits(table.read().columns, contract)
    laid_out = fits and _laid_out(table, tuple(before["partitionColumns"]), contract)
    ordered = _optimized(table, before["sizeInBytes"], contract.silver.cluster_by if fits else ())
    removed = table.vacuum()
    after = table.detail()
    return {
        "laid_out": laid_out,
        "ordered": ordered,
        "files": {"before": before["numFiles"], "after": after["numFiles"]},
        "removed": removed,
        "bytes": {"before": before["sizeInBytes"], "after": after["sizeInBytes"]},
        "version": table.version(),
    }


def _laid_out(table: DeltaTable, partitions: tuple[str, ...], contract: Contract) -> bool:
    """Bring the table's partitions to what the contract says, in one commit; False when they were so."""
    wanted = contract.silver.partition_by
    if partitions == wanted:
        return False
    log.info("%s is written anew, partitioned by %s", table.path, ", ".join(wanted) or "nothing")
    rows = table.read()
    gone = [one for one in layout.days(rows.columns) if one not in wanted]
    rows = layout.with_days(rows.drop(*gone), contract)
    table.rewrite(layout.laid_out(rows, contract.silver), wanted)
    return True


def _optimized(table: DeltaTable, table_bytes: int, cluster_by: tuple[str, ...]) -> bool:
    """Put small files together; all rows in order when enough were written since. Tell whether the latter."""
    order = bool(cluster_by) and _is_unordered(table, cluster_by)
    size = target_bytes(table_bytes)
    table.spark.conf.set("spark.databricks.delta.optimize.maxFileSize", str(size))
    table.spark.conf.set("spark.databricks.delta.optimize.minFileSize", str(size // 2))
    table.optimize(cluster_by if order else ())
    return order


def _is_unordered(table: DeltaTable, cluster_by: tuple[str, ...]) -> bool:
    """OPTIMIZE with ZORDER writes the whole table each time: only when there is enough to put in order."""
    written = 0
    rows: int = table.read().count()
    for commit in table.history(_COMMITS):
        parameters: Mapping[str, str] = commit["operationParameters"] or {}
        ordered_by = parameters.get("zOrderBy", "[]")
        if commit["operation"] == "OPTIMIZE" and ordered_by != "[]":
            same = sorted(name.strip(' "[]`') for name in ordered_by.split(",")) == sorted(cluster_by)
            return not same or bool(written > _UNORDERED * rows)
        metrics: Mapping[str, str] = commit["operationMetrics"] or {}
        written += int(metrics.get("numOutputRows", 0)) if commit["operation"] != "OPTIMIZE" else 0
    return bool(rows)


def _forget(spark: SparkSession, job: MaintenanceJob, storage: Storage) -> None:
    """Empty the tables that uploads are judged by. First what is known of uploads: the tables without it say
    all there is to say, and it without the tables would let a later upload be taken as one that is there.
    First of all that uploads are done: one that is done again is no harm, one that is left out is lost.
    """
    marker.void(storage, job.bucket, job.contract.name)
    storage.put_json(job.bucket, known.key_of(job.contract.name), Positions().to_dict())
    for name in ("silver", "aside"):
        table = DeltaTable(spark, f"{job.lake}/{name}/{job.contract.name}")
        if table.exists():
            _empty(table)


def _empty(table: DeltaTable) -> None:
    """Leave the job's own columns, which are the same under any contract: the next upload brings the others.

    Earlier versions stay readable as long as the contract's retention says.
    """
    rows = table.read()
    data = [*data_columns(rows.columns), *layout.days(rows.columns)]
    table.rewrite(rows.drop(*data).limit(0), ())
