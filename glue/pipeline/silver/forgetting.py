"""A person's rows go out of the Delta tables, and out of their history: docs/adr/0026.

By then the files in Bronze are without the person, so no run brings a row back. The rows are known by a
salted digest of the value of one column, which the request names: the value itself stands nowhere. Then the
tables' past goes: each gets a checkpoint of what there is, and files and log entries from before it are
deleted, as they hold the person's rows, and least and greatest values and conditions with such.

A writer like the step silver, under the same lock. Killed at any point it may be repeated. Whoever reads an
earlier version of a table at that moment loses its files.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from pipeline.delta import DeltaTable, sql_literal
from pipeline.report import RunReport, Stopwatch
from pipeline.silver.columns import SOURCE, SOURCE_VERSION
from pipeline.silver.maintenance import TABLES
from pipeline.storage import Storage

log = logging.getLogger(__name__)

_LOG_ENTRY = re.compile(r"\.?(\d{20})\..*")
_CHECK = "spark.databricks.delta.retentionDurationCheck.enabled"


@dataclass(frozen=True)
class Request:
    """``digest``: SHA-256 of ``salt`` and the value of ``column``, as Silver's text of it, in hexadecimal.

    ``gone``: source versions, as URI of the object and version id, that are in Bronze no more: nobody can say
    whose their refused rows are.
    """

    id: str
    column: str
    salt: str
    digest: str
    gone: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Request:
        """Read the JSON object that ``make forget`` wrote."""
        gone = tuple((str(uri), str(version)) for uri, version in data["gone"])
        return cls(data["id"], data["column"], data["salt"], data["digest"], gone)


@dataclass(frozen=True)
class ForgettingJob:
    """One request, and where the tables lie."""

    dataset: str
    bucket: str
    lake: str
    job_run_id: str
    request: Request


def run(spark: SparkSession, job: ForgettingJob, storage: Storage) -> RunReport:
    """Delete the rows and the past of the tables that there are.

    The report is ``runs/<dataset>/<run>/forget.json``: how many rows and files.
    """
    clock = Stopwatch()
    done: dict[str, Any] = {}
    for name in TABLES:
        table = DeltaTable(spark, f"{job.lake}/{name}/{job.dataset}")
        if table.exists():
            with clock.phase(name):
                rows = sum(_deleted(table, condition) for condition in _conditions(table, name, job.request))
                done[name] = {"rows": rows, "log_entries": _without_past(table, job.job_run_id)}
    content = {"request": job.request.id, "tables": done, "seconds": clock.seconds}
    report = RunReport("forget", job.dataset, None, job.job_run_id, content)
    report.write(storage, job.bucket)
    return report


def _conditions(table: DeltaTable, name: str, request: Request) -> Iterator[str]:
    if name != "quarantine":
        if request.column in table.read().columns:
            salted = f"concat({sql_literal(request.salt)}, CAST(`{request.column}` AS STRING))"
            yield f"sha2({salted}, 256) = {sql_literal(request.digest)}"
        return
    for uri, version in request.gone:
        yield f"`{SOURCE}` = {sql_literal(uri)} AND `{SOURCE_VERSION}` = {sql_literal(version)}"


def _deleted(table: DeltaTable, condition: str) -> int:
    rows: int = table.read().where(condition).count()
    if rows:
        table.delete(condition)
    return rows


def _without_past(table: DeltaTable, run: str) -> int:
    """Leave nothing but what the table holds now. Return how many entries of the log went."""
    # always a commit, which names no value: the one before it may, in its condition
    table.set_properties({"glue_app.forgotten": run})
    spark = table.spark
    jvm: Any = spark._jvm
    jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, table.path).checkpoint()
    checked = spark.conf.get(_CHECK, "true")
    spark.conf.set(_CHECK, "false")  # or Delta refuses: readers of earlier versions lose their files
    try:
        table.vacuum("RETAIN 0 HOURS")
    finally:
        spark.conf.set(_CHECK, checked)
    return _cut_log(table)


def _cut_log(table: DeltaTable) -> int:
    """Delete the log's entries from before its last checkpoint, which holds all there is."""
    jvm: Any = table.spark._jvm
    folder = jvm.org.apache.hadoop.fs.Path(f"{table.path}/_delta_log")
    files = folder.getFileSystem(table.spark._jsc.hadoopConfiguration())
    paths = [status.getPath() for status in files.listStatus(folder)]
    found = [(path, entry) for path in paths if (entry := _LOG_ENTRY.fullmatch(path.getName()))]
    last = max(int(entry[1]) for _, entry in found if ".checkpoint" in entry[0])
    old = [path for path, entry in found if int(entry[1]) < last]
    for path in old:
        files.delete(path, False)
    log.info("%s: %d entries of the log from before version %d are gone", table.path, len(old), last)
    return len(old)
