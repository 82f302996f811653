"""The enrichment of a DataFrame: distinct texts → executors → answers joined back."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from pipeline.contract.model import Contract
from pipeline.enrichment.errors import (
    AskingStoppedError,
    BedrockUnavailableError,
    CostLimitError,
    EnrichmentAbortedError,
    EnrichmentError,
    EnrichmentUnfinishedError,
    OutOfTimeError,
    RunSpentError,
)
from pipeline.enrichment.estimate import Estimate
from pipeline.enrichment.executor import FOUND, RESULT, LookUpTask, PartitionTask
from pipeline.enrichment.gate import GateServer
from pipeline.enrichment.limiter import Limiter
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
_PROMPTS_A_TASK = 8
_NO_ANSWER = "Look at the model's quotas (docs/aws.md, step 4), which may be 0, and at the job's timeout."


@dataclass(frozen=True)
class EnrichmentResult:
    """``rows``: the rows given, the enrichment columns, whose answers they are (``_model_id``,
    ``_prompt_digest``, null in a row without text) and ``_enrichment_error`` (null, or a reason).
    """

    rows: DataFrame
    stats: EnrichmentStats


def limiter_of(contract: Contract, options: EnrichmentOptions) -> Limiter | None:
    """Return what a run shares over all its uploads; None when ``contract`` asks nothing."""
    task = EnrichmentTask.of(contract)
    if task is None:
        return None
    return _limiter(options, Prompt(task, options.model_id))


def _limiter(options: EnrichmentOptions, prompt: Prompt) -> Limiter:
    seconds = None if options.ask_until is None else max(0.0, options.ask_until - time.time())
    return Limiter(options, prompt.traits.burndown, seconds)


def enrich(
    spark: SparkSession,
    rows: DataFrame,
    contract: Contract,
    options: EnrichmentOptions,
    limiter: Limiter | None = None,
) -> EnrichmentResult:
    """Ask the model about the distinct texts of ``rows`` (at once) and join the answers to the rows (lazily).

    ``rows`` is evaluated here and again whenever the result is: persist it when it is dear to compute. A row
    without text gets nulls and no error. Only the contract's free-text columns are sent, and
    the contract refuses free text in a column of personal data.

    Each answer is in the S3 cache before the next prompt of its thread is sent, so whatever Spark evaluates a
    second time (a retried task, a lost executor) finds it there: calls are made once.

    ``limiter``: the run's, whose quota, time and limits on cost hold for all its uploads together; None: this
    is the only one. Raises EnrichmentAbortedError with one line that says what to do when Bedrock or the
    cache refuses, CostLimitError, and LeftForNextRunError for what another run can do.
    """
    task = EnrichmentTask.of(contract)
    if task is None:
        return EnrichmentResult(rows.withColumn(ERROR_COLUMN, f.lit(None).cast("string")), EnrichmentStats())
    options = options.within_quota()
    prompt = Prompt(task, options.model_id)
    keyed = rows.withColumn(_TEXT, text_of(task.columns)).withColumn(_KEY, f.sha2(f.col(_TEXT), 256))
    slots = _slots(spark)
    distinct = (
        keyed.where(f.col(_TEXT).isNotNull())
        .repartition(slots, _KEY)
        .groupBy(_KEY)
        .agg(f.first(_TEXT).alias(_TEXT), f.count(f.lit(1)).alias("rows"))
        .select(_KEY, _TEXT, "rows")
    )
    looked_up = spark.createDataFrame(
        distinct.rdd.mapPartitions(LookUpTask(task, options)), FOUND, verifySchema=False
    ).persist(StorageLevel.MEMORY_AND_DISK)
    try:
        estimate = _estimate(looked_up, prompt.frame_tokens, options)
        log.info("enrichment, to be asked: %s", estimate)
        limiter = limiter or _limiter(options, prompt)
        estimate.check(options, limiter.calls, limiter.used_tokens)
        results, stats = _asked(spark, looked_up, task, options, limiter, estimate, slots)
    finally:
        looked_up.unpersist()
    log.info("enrichment: %s", stats)
    by = Provenance(options.model_id, prompt.digest)
    return EnrichmentResult(_joined(keyed, results, task, by), stats)


def _estimate(looked_up: DataFrame, frame_tokens: int, options: EnrichmentOptions) -> Estimate:
    """Look up all texts, and say what those without an answer need. Raises EnrichmentAbortedError."""
    sums = [f.sum(name).alias(name) for name in ("input_tokens", "output_tokens")]
    row = looked_up.agg(
        f.count("key").alias("distinct"), f.count("text").alias("texts"), *sums, f.max("fatal").alias("fatal")
    ).first()
    counts = row.asDict()
    if (fatal := counts.pop("fatal")) is not None:
        raise EnrichmentAbortedError(fatal)
    numbers = {name: int(value or 0) for name, value in counts.items()}
    return Estimate.of(**numbers, frame=frame_tokens, options=options)


def _asked(
    spark: SparkSession,
    looked_up: DataFrame,
    task: EnrichmentTask,
    options: EnrichmentOptions,
    limiter: Limiter,
    estimate: Estimate,
    slots: int,
) -> tuple[DataFrame, EnrichmentStats]:
    """Ask about the texts without an answer; returns what is known of all, persisted."""
    nothing = {field.name: f.lit(None).cast(field.dataType) for field in RESULT}
    settled = looked_up.where(f.col("text").isNull()).select(
        *[
            (f.col(name) if name in ("key", "answer", "reason", "rows") else missing).alias(name)
            for name, missing in (nothing | {"cached": f.col("answer").isNotNull()}).items()
        ]
    )
    if estimate.texts == 0:
        results = settled.persist(StorageLevel.MEMORY_AND_DISK)
        return results, replace(_materialise(results)[0], estimate=estimate)
    limiter.begin()
    begun = _Begun(time.monotonic(), limiter.calls, limiter.used_tokens, limiter.throttled)
    with GateServer(limiter, *_driver(spark)) as server:
        # few tasks fill their prompts better than many; no more than can run at a time, so that the requests
        # of all executors are bounded together
        tasks = max(1, min(slots, options.in_flight, estimate.calls // _PROMPTS_A_TASK))
        work = PartitionTask(task, options, max(1, options.in_flight // tasks), server.address)
        open_texts = looked_up.where(f.col("text").isNotNull()).select("key", "text", "rows")
        asked = open_texts.repartition(tasks).rdd.mapPartitions(work)
        results = settled.unionByName(spark.createDataFrame(asked, RESULT, verifySchema=False))
        results = results.persist(StorageLevel.MEMORY_AND_DISK)
        stats, fatal = _materialise(results)
    if fatal is not None:
        results.unpersist()
        log.info("enrichment, ended: %s", stats)
        if not fatal.startswith(AskingStoppedError.__name__):  # the least of all: any other error comes first
            raise EnrichmentAbortedError(fatal)
        raise _ended(limiter, begun, stats, estimate, options)
    return results, replace(stats, throttled=limiter.throttled - begun.throttled, estimate=estimate)


@dataclass(frozen=True)
class _Begun:
    """The limiter's counts when asking about this upload began; ``at``: of time.monotonic."""

    at: float
    calls: int
    tokens: int
    throttled: int


def _ended(
    limiter: Limiter, begun: _Begun, stats: EnrichmentStats, estimate: Estimate, options: EnrichmentOptions
) -> EnrichmentError:
    """Return the error to end with when the limiter lets nothing through any more."""
    answered, left = stats.answered, estimate.texts - stats.answered
    minutes, calls = (time.monotonic() - begun.at) / 60, limiter.calls - begun.calls
    if limiter.stopped == "calls" or limiter.stopped == "tokens":
        limits = (options.max_calls or 0, begun.calls), (options.max_tokens or 0, begun.tokens)
        limit, before = limits[limiter.stopped == "tokens"]
        if before:
            return RunSpentError(limiter.stopped, limit, before, limit - before + 1)
        happened = f"asking stopped there, {answered} texts are answered and cached, {left} are left"
        return CostLimitError(limiter.stopped, limit, happened)
    if answered:
        return EnrichmentUnfinishedError(answered, left, left * minutes / answered, calls / minutes)
    if limiter.stopped == "time":
        return OutOfTimeError(left, calls, minutes)
    throttled = limiter.throttled - begun.throttled
    message = f"no answer in {minutes:.0f} min, {throttled} requests throttled: {limiter.last_refusal}"
    return BedrockUnavailableError(options.model_id, message, _NO_ANSWER)


def _driver(spark: SparkSession) -> tuple[str, str]:
    """Return the driver's name for its executors, and the address that it listens on."""
    conf = spark.sparkContext.getConf()
    host = conf.get("spark.driver.host", "127.0.0.1")
    return host, conf.get("spark.driver.bindAddress", host)


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


def _materialise(results: DataFrame) -> tuple[EnrichmentStats, str | None]:
    """Run the enrichment and count what it did, and the error that ended it; the results stay persisted."""
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
    counts: dict[str, Any] = {
        name: int(value or 0) for name, value in row.asDict().items() if name != "fatal"
    }
    return EnrichmentStats(**counts), row["fatal"]


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
