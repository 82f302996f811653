"""The enrichment of a DataFrame: distinct texts → executors → answers joined back."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from pipeline.contract.model import Contract
from pipeline.enrichment.errors import EnrichmentAbortedError
from pipeline.enrichment.executor import RESULT, PartitionTask
from pipeline.enrichment.options import EnrichmentOptions
from pipeline.enrichment.prompt import Prompt
from pipeline.enrichment.provenance import MODEL_ID, PROMPT_DIGEST, Provenance
from pipeline.enrichment.schema import columns
from pipeline.enrichment.stats import EnrichmentStats
from pipeline.enrichment.task import EnrichmentTask

log = logging.getLogger(__name__)

ERROR_COLUMN = "_enrichment_error"
_KEY = "_text_key"
_TEXT = "_text"


@dataclass(frozen=True)
class EnrichmentResult:
    """``rows``: the rows given, the enrichment columns, whose answers they are (``_model_id``,
    ``_prompt_digest``, null in a row without text) and ``_enrichment_error`` (null, or a reason).
    """

    rows: DataFrame
    stats: EnrichmentStats


def enrich(
    spark: SparkSession, rows: DataFrame, contract: Contract, options: EnrichmentOptions
) -> EnrichmentResult:
    """Ask the model about the distinct texts of ``rows`` (at once) and join the answers to the rows (lazily).

    ``rows`` is evaluated here and again whenever the result is: persist it when it is dear to compute. A row
    without text gets nulls and no error. Only the contract's free-text columns are sent, and
    the contract refuses free text in a column of personal data.

    Each answer is in the S3 cache before the next prompt of its thread is sent, so whatever Spark evaluates a
    second time (a retried task, a lost executor) finds it there: calls are made once.

    Raises EnrichmentAbortedError with one line that says what to do when Bedrock or the cache refuses.
    """
    task = EnrichmentTask.of(contract)
    if task is None:
        return EnrichmentResult(rows.withColumn(ERROR_COLUMN, f.lit(None).cast("string")), EnrichmentStats())
    keyed = rows.withColumn(_TEXT, text_of(task.columns)).withColumn(_KEY, f.sha2(f.col(_TEXT), 256))
    partitions = min(_slots(spark), options.max_in_flight)
    distinct = (
        keyed.where(f.col(_TEXT).isNotNull())
        .repartition(partitions, _KEY)
        .groupBy(_KEY)
        .agg(f.first(_TEXT).alias(_TEXT), f.count(f.lit(1)).alias("rows"))
        .select(_KEY, _TEXT, "rows")
    )
    # no more tasks than partitions at a time, so this bounds the requests of all executors together
    work = PartitionTask(task, options, max(1, options.max_in_flight // partitions))
    results = spark.createDataFrame(distinct.rdd.mapPartitions(work), RESULT, verifySchema=False)
    results = results.persist(StorageLevel.MEMORY_AND_DISK)
    stats = _materialise(results)
    log.info("enrichment: %s", stats)
    by = Provenance(options.model_id, Prompt(task, options.model_id).digest)
    return EnrichmentResult(_joined(keyed, results, task, by), stats)


def text_of(names: tuple[str, ...]) -> Column:
    """Return what is sent for a row: its free text, line ends and outer blanks normalised.

    Null when there is none. Several columns become paragraphs that start with the column's name.
    """
    parts = []
    for name in names:
        value = f.regexp_replace(f.col(f"`{name}`"), r"\r\n?", "\n")
        value = f.regexp_replace(value, r"(?U)^\s+|\s+$", "")
        value = f.when(value != "", value)
        parts.append(value if len(names) == 1 else f.concat(f.lit(f"{name}: "), value))
    joined = f.concat_ws("\n\n", *parts)
    return f.when(joined != "", joined)


def _slots(spark: SparkSession) -> int:
    """Tasks that can run at a time, now."""
    context: Any = spark.sparkContext
    executors = len(context._jsc.sc().statusTracker().getExecutorInfos()) - 1  # the driver is listed too
    if executors < 1:
        return int(context.defaultParallelism)
    return executors * int(context.getConf().get("spark.executor.cores", "1"))


def _materialise(results: DataFrame) -> EnrichmentStats:
    """Run the enrichment and count what it did; the results stay persisted."""
    answered = f.col("key").isNotNull()
    # a call may be reported by two attempts of a task (before and after a failure): one line a call id
    lines = results.groupBy("call_id").agg(
        f.max("input_tokens").alias("input_tokens"),
        f.max("output_tokens").alias("output_tokens"),
        f.sum("rows").alias("texts"),
        f.count("key").alias("distinct"),
        f.count(f.when(answered & f.col("cached"), 1)).alias("cached"),
        f.count("reason").alias("failed"),
        f.max("fatal").alias("fatal"),
    )
    row = lines.agg(
        f.count("call_id").alias("calls"),
        f.sum("texts").alias("texts"),
        f.sum("distinct").alias("distinct"),
        f.sum("cached").alias("cached"),
        f.sum("failed").alias("failed"),
        f.sum("input_tokens").alias("input_tokens"),
        f.sum("output_tokens").alias("output_tokens"),
        f.max("fatal").alias("fatal"),
    ).first()
    counts = {name: value for name, value in row.asDict().items() if name != "fatal"}
    if row["fatal"] is not None:
        results.unpersist()
        raise EnrichmentAbortedError(row["fatal"])
    return EnrichmentStats(**{name: int(value or 0) for name, value in counts.items()})


def _joined(keyed: DataFrame, results: DataFrame, task: EnrichmentTask, by: Provenance) -> DataFrame:
    schema = columns(task.properties)
    answers = results.where(f.col("key").isNotNull()).select(
        f.col("key").alias(_KEY),
        f.from_json("answer", schema).alias("_answer"),
        f.col("reason").alias(ERROR_COLUMN),
    )
    enriched = keyed.drop(_TEXT).join(answers, _KEY, "left")
    given = [f.col(f"`{name}`") for name in keyed.columns if name not in (_KEY, _TEXT)]
    made = [f.col("_answer").getField(name).alias(name) for name in schema.fieldNames()]
    answered = f.col(_KEY).isNotNull()
    made.append(f.when(answered, f.lit(by.model_id)).alias(MODEL_ID))
    made.append(f.when(answered, f.lit(by.prompt_digest)).alias(PROMPT_DIGEST))
    return enriched.select(*given, *made, ERROR_COLUMN)
