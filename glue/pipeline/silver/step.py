"""The step silver from end to end.

Order of the writes: quarantine (one commit), Silver (one commit, and what goes beside it: ``table``), check,
positions, report, marker. Each commit replaces what this source version had, so a run killed at any point is
put right by the next one, and a run over what is there already commits nothing. Until the marker is written
the source version counts as not done.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from pipeline.delta import DeltaTable
from pipeline.enrichment import ERROR_COLUMN, EnrichmentStats, answered_by
from pipeline.errors import EmptyFileError, QualityError
from pipeline.reading import CsvFile, open_csv
from pipeline.reading.frame import records
from pipeline.report import RunReport, Stopwatch
from pipeline.silver import accounting, known, marker, quarantine, table
from pipeline.silver.job import SilverJob
from pipeline.silver.state import State
from pipeline.silver.superseded import reject_superseded
from pipeline.storage import Storage
from pipeline.uploads.positions import Positions
from pipeline.validation.deletions import is_deletion
from pipeline.validation.duplicates import reject_duplicates
from pipeline.validation.frame import DETAIL, REASON, parse, schema
from pipeline.validation.quality import reject_by_rules
from pipeline.validation.record_check import RecordCheck

log = logging.getLogger(__name__)

_BYTES_A_PARTITION = 4 << 20
_PARTITIONS_A_SLOT = 4
_REPORTED = ("skipped", "rows", "quarantine_reasons", "silver", "encoding")
_KEPT = StorageLevel.MEMORY_AND_DISK


def skip(job: SilverJob, storage: Storage, done: Mapping[str, Any]) -> RunReport | None:
    """Return the report of a run with nothing to do, None when there is work. Needs no Spark.

    done: what earlier runs over the source version wrote down (``marker.read``).
    """
    if job.force or not marker.is_done(done, job):
        return None
    log.info("%s is in Silver since run %s: nothing to do", job.source.uri, done["job_run_id"])
    unchanged = done["silver"] | {"changed": False}
    report = _report(job, Stopwatch(), {**done, "skipped": True, "silver": unchanged})
    report.write(storage, job.bucket)
    return report


def run(spark: SparkSession, job: SilverJob, storage: Storage) -> RunReport:
    """Bring one source version into Silver and report it; whether that is needed at all is for `skip` to say.

    Raises PipelineError of some kind when the file, the contract or the row accounting does not hold.
    """
    clock = Stopwatch()
    before = known.read(storage, job)
    known.check(job, before)
    content, positions = _process(spark, job, clock, before)
    if positions != before:
        known.write(storage, job, positions)
    report = _report(job, clock, content)
    report.write(storage, job.bucket)
    marker.write(storage, job, content)
    return report


def _process(
    spark: SparkSession, job: SilverJob, clock: Stopwatch, positions: Positions
) -> tuple[dict[str, Any], Positions]:
    if job.facts.size == 0:
        raise EmptyFileError(job.source.uri)
    silver, refused = DeltaTable(spark, job.silver_path), DeltaTable(spark, job.quarantine_path)
    if silver.exists():
        silver.check_types(schema(job.contract))  # before the model is asked, and the quarantine written
    state = State(job, silver, DeltaTable(spark, job.aside_path), positions)
    with clock.phase("read_and_validate"):
        file = open_csv(job.body, job.contract)
        parsed = _parsed(spark, job, file).persist(_KEPT)  # looked at twice: for duplicates, then for all
        checked = _checked(job, parsed, state).persist(_KEPT)
        counts = accounting.count_by_reason(checked)
        parsed.unpersist()
    log.info("read %d rows as %s: %s", sum(counts.values()), file.encoding, _told(counts))
    _check_quality(job, counts, refused, checked)

    with clock.phase("enrich"):
        valid = checked.where(f.col(REASON).isNull())
        enriched, stats = _enriched(spark, job, valid.where(~is_deletion(job.contract)))
        if job.enrich is not None:
            enriched = enriched.persist(_KEPT)
            counts = accounting.with_answers(job, valid, counts, enriched)
    rejected = _rejected(checked, enriched)
    _check_quality(job, counts, refused, rejected)

    with clock.phase("write"):
        quarantine.replace(refused, rejected, job)
        quarantine.expire(refused, job)
        accepted = enriched.where(f.col(ERROR_COLUMN).isNull()).drop(ERROR_COLUMN)
        if job.contract.changes.mode == "cdc":
            deletions = valid.where(is_deletion(job.contract))
            accepted = accepted.unionByName(deletions, allowMissingColumns=True)
        merged = table.merge(state, accepted, job)
    with clock.phase("check"):
        read = sum(counts.values())
        found = accounting.check_tables(job, read, state, refused, merged)
    enriched.unpersist()
    checked.unpersist()
    answered = answered_by(silver.read()) if job.enrich is not None else []
    if len(answered) > 1:
        log.warning(
            "Silver has answers of several models or prompts: %s (docs/datasets.md, enrich)", answered
        )
    content = {
        "skipped": False,
        "rows": {"read": read, **found},
        "quarantine_reasons": {reason: n for reason, n in counts.items() if reason is not None},
        "bedrock": asdict(stats),
        "answered_by": answered,
        "silver": {
            "path": job.silver_path,
            "version": silver.version(),
            "changed": merged.changed,
            "inserted": merged.inserted,
            "updated": merged.updated,
            "deleted": merged.deleted,
            "kept": merged.kept,
        },
        "encoding": file.encoding,
    }
    return content, known.after(state, merged)


def _parsed(spark: SparkSession, job: SilverJob, file: CsvFile) -> DataFrame:
    check = RecordCheck(job.contract, file.header, job.source.object_uri)
    return parse(records(spark, file, _partitions(spark, job)), job.contract, check)


def _checked(job: SilverJob, parsed: DataFrame, state: State) -> DataFrame:
    """Every record of the file, with a reason or without."""
    rows = reject_duplicates(reject_by_rules(parsed, job.contract), job.contract)
    return reject_superseded(rows, state, job)


def _partitions(spark: SparkSession, job: SilverJob) -> int:
    """As many tasks as the size is worth, and no more than keeps all executors busy."""
    most: int = spark.sparkContext.defaultParallelism * _PARTITIONS_A_SLOT
    return max(1, min(most, math.ceil(job.facts.size / _BYTES_A_PARTITION)))


def _check_quality(
    job: SilverJob, counts: dict[str | None, int], refused: DeltaTable, rejected: DataFrame
) -> None:
    try:
        accounting.check_quality(job, counts)
    except QualityError:
        # Silver stays as it was; the refused rows are there to be looked at
        quarantine.replace(refused, rejected.where(f.col(REASON).isNotNull()), job)
        raise


def _enriched(spark: SparkSession, job: SilverJob, rows: DataFrame) -> tuple[DataFrame, EnrichmentStats]:
    if job.enrich is None:
        return rows.withColumn(ERROR_COLUMN, f.lit(None).cast("string")), EnrichmentStats()
    result = job.enrich(spark, rows, job.contract)
    return result.rows, result.stats


def _rejected(checked: DataFrame, enriched: DataFrame) -> DataFrame:
    failed = enriched.where(f.col(ERROR_COLUMN).isNotNull())
    failed = failed.withColumn(REASON, f.col(ERROR_COLUMN)).withColumn(
        DETAIL, f.lit("the model gave no valid answer for this record")
    )
    kept = [name for name in checked.columns if name in (REASON, DETAIL, "_source_line", "_raw")]
    return checked.where(f.col(REASON).isNotNull()).select(*kept).unionByName(failed.select(*kept))


def _told(counts: dict[str | None, int]) -> str:
    return ", ".join(f"{reason or 'accepted'} {n}" for reason, n in sorted(counts.items(), key=str)) or "none"


def _report(job: SilverJob, clock: Stopwatch, content: Mapping[str, Any]) -> RunReport:
    bedrock = content.get("bedrock", asdict(EnrichmentStats()))
    lasting = {name: content[name] for name in _REPORTED}
    lasting |= {"answered_by": content["answered_by"]} if content.get("answered_by") else {}
    whole = {**lasting, "bedrock": bedrock, "seconds": clock.seconds}
    return RunReport("silver", job.contract.name, job.source, job.job_run_id, whole)
