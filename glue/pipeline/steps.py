"""The steps of the job, wired to what the arguments name.

A step is asked for its work before there is a Spark session, and has none when all is done already.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from pipeline import batch, gold, lock, quality, silver
from pipeline.arguments import JobArguments
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract, EnrichmentLimits
from pipeline.delta import DeltaTable
from pipeline.enrichment import EnrichmentOptions, EnrichmentResult, Provenance, enrich, limiter_of
from pipeline.enrichment.limiter import Limiter
from pipeline.errors import ArgumentError, ObjectMissingError, SilverMissingError, UnknownDatasetError
from pipeline.reading import S3Body
from pipeline.reading.body import s3_client
from pipeline.report import RunReport, Stopwatch
from pipeline.storage import Storage
from pipeline.waiting import Upload, Waiting

Work = Callable[[SparkSession], object]
"""What is left to do once there is a Spark session."""

_ASKING = 0.8
"""The part of the job's timeout after which nothing is asked any more; the rest is for what comes after."""


def read_contract(arguments: JobArguments, storage: Storage) -> Contract:
    """Return the dataset's contract from the assets bucket. Raises UnknownDatasetError, ContractError."""
    key = f"{arguments.datasets_prefix}{arguments.dataset}.yaml"
    uri = f"s3://{arguments.assets_bucket}/{key}"
    try:
        text = storage.text(arguments.assets_bucket, key)
    except ObjectMissingError as error:
        raise UnknownDatasetError(arguments.dataset, uri) from error
    return load_contract(text, uri)


def silver_work(contract: Contract, arguments: JobArguments, storage: Storage) -> Work | None:
    """Bronze to Silver: the source version that the arguments name, or all that waits of the dataset.

    None when there is nothing left to do: a second delivery costs seconds, for it needs no Spark. Raises
    ObjectMissingError when the source is gone, NotLockedError, StillWritingError, and what `batch.work` does.
    """
    lock.check(arguments, storage)
    if arguments.source is not None:
        return _one_source(contract, arguments, storage)
    waiting = _waiting(contract, arguments, storage)
    limiter = limiter_of(contract, enrichment_options(arguments, contract))
    return batch.work(
        waiting,
        contract,
        lambda upload: upload_job(contract, arguments, storage, upload, limiter),
        arguments.take_minutes * 60,
    )


def upload_job(
    contract: Contract, arguments: JobArguments, storage: Storage, upload: Upload, limiter: Limiter | None
) -> silver.SilverJob:
    """Return the job of one that waits; ``limiter`` is the run's.

    Raises ObjectMissingError, ObjectRefusedError.
    """
    own = replace(
        arguments,
        source=upload.source,
        source_sequencer=upload.sequencer,
        force=upload.force or arguments.force,
    )
    return silver_job(contract, own, storage, limiter)


def _waiting(contract: Contract, arguments: JobArguments, storage: Storage) -> Waiting:
    return Waiting(storage, arguments.silver_bucket, contract.name, arguments.job_run_id)


def _one_source(contract: Contract, arguments: JobArguments, storage: Storage) -> Work | None:
    job = silver_job(contract, arguments, storage)
    found = silver.marker.read(storage, job)
    if silver.skip(job, storage, found) is not None:
        return None
    job = replace(job, sequencer=silver.sequencer_of(job, storage, found))
    return partial(silver.run, job=job, storage=storage)


def silver_job(
    contract: Contract, arguments: JobArguments, storage: Storage, limiter: Limiter | None = None
) -> silver.SilverJob:
    """Return what the arguments say of the step silver. Raises ObjectMissingError when the source is gone.

    ``limiter``: of a run that takes other uploads as well.
    """
    source = arguments.source
    if source is None:
        raise ArgumentError("source_bucket", "is missing: give all of the source's, or none")
    options = enrichment_options(arguments, contract)
    facts = storage.describe(source)

    def ask_the_model(session: SparkSession, rows: DataFrame, of: Contract) -> EnrichmentResult:
        # what was answered for an earlier upload of the run is in the cache, and no call of this one
        own = replace(options, run_id=f"{options.run_id}/{uuid.uuid4().hex}")
        return enrich(session, rows, of, own, limiter)

    return silver.SilverJob(
        contract=contract,
        source=source,
        facts=facts,
        body=S3Body(source, facts.size, partial(s3_client, arguments.region)),
        bucket=arguments.silver_bucket,
        lake=f"s3://{arguments.silver_bucket}",
        job_run_id=arguments.job_run_id,
        started_at=datetime.now(timezone.utc),
        enrich=ask_the_model if contract.enrich else None,
        answered_by=Provenance.of(contract, options.model_id),
        quarantine_days=arguments.quarantine_days,
        force=arguments.force,
        sequencer=facts.replaces.sequencer if facts.replaces else arguments.source_sequencer,
    )


def gold_work(contract: Contract, arguments: JobArguments, storage: Storage) -> Work | None:
    """Silver to Gold: see ``pipeline.gold``. Never None: only the load itself can tell what has changed."""
    return partial(run_gold, contract=contract, arguments=arguments, storage=storage)


def run_gold(spark: SparkSession, contract: Contract, arguments: JobArguments, storage: Storage) -> RunReport:
    """Compute the Gold tables, load them and write the report.

    Raises SilverMissingError, GoldError.
    """
    clock = Stopwatch()
    table = DeltaTable(spark, f"s3://{arguments.silver_bucket}/silver/{contract.name}")
    if not table.exists():
        raise SilverMissingError(table.path)
    options = gold.GoldOptions(
        host=arguments.gold_host,
        port=arguments.gold_port,
        database=arguments.gold_database,
        secret_arn=arguments.gold_secret_arn,
        master_secret_arn=arguments.gold_master_secret_arn,
        bi_secret_arn=arguments.bi_secret_arn,
        job_run_id=arguments.job_run_id,
        region=arguments.region,
        root_certificate=storage.text(arguments.assets_bucket, arguments.gold_ca_bundle_key),
    )
    with clock.phase("load"):
        uploads = quality.history(storage, arguments.silver_bucket, contract.name)
        tables = quality.with_tables(contract, spark, uploads)
        loaded = gold.load(spark, tables, table.read(), options, gold.DeltaHistory(table))
    content = {**loaded.to_dict(), "seconds": clock.seconds}
    report = RunReport("gold", contract.name, None, arguments.job_run_id, content)
    report.write(storage, arguments.silver_bucket)
    _waiting(contract, arguments, storage).loaded(contract)
    return report


def maintain_work(contract: Contract, arguments: JobArguments, storage: Storage) -> Work | None:
    """Do the upkeep of the Delta tables: see ``pipeline.silver.maintenance``. It writes as silver does.

    Raises NotLockedError, StillWritingError.
    """
    lock.check(arguments, storage)
    job = silver.MaintenanceJob(
        contract=contract,
        bucket=arguments.silver_bucket,
        lake=f"s3://{arguments.silver_bucket}",
        job_run_id=arguments.job_run_id,
        rebuild=arguments.rebuild,
    )
    return partial(silver.maintain, job=job, storage=storage)


def forget_work(contract: Contract, arguments: JobArguments, storage: Storage) -> Work | None:
    """Take a person's rows out of the Delta tables: see ``pipeline.silver.forgetting``. It writes as silver
    does, and Gold is due then.

    Raises NotLockedError, StillWritingError, ArgumentError.
    """
    lock.check(arguments, storage)
    key = f"forgotten/{contract.name}/{arguments.request}.json"
    request = storage.json(arguments.silver_bucket, key)
    if request is None:
        raise ArgumentError("request", f"names no s3://{arguments.silver_bucket}/{key}")
    if "finished_at" in request:
        return None  # the same command, run again, has done it
    _waiting(contract, arguments, storage).gold_is_due()
    job = silver.ForgettingJob(
        dataset=contract.name,
        bucket=arguments.silver_bucket,
        lake=f"s3://{arguments.silver_bucket}",
        job_run_id=arguments.job_run_id,
        request=silver.Request.of(request),
    )
    return partial(silver.forget, job=job, storage=storage)


def enrichment_options(arguments: JobArguments, contract: Contract) -> EnrichmentOptions:
    """Return the enrichment's settings; what neither an argument nor the contract says keeps its default."""
    limits = contract.enrich.limits if contract.enrich is not None else EnrichmentLimits()
    tuned: dict[str, Any] = {
        "max_in_flight": arguments.bedrock_max_in_flight,
        "records_per_prompt": arguments.bedrock_records_per_prompt,
        "requests_per_minute": arguments.bedrock_requests_per_minute,
        "tokens_per_minute": arguments.bedrock_tokens_per_minute,
        "price_per_million": arguments.bedrock_price_per_million,
        "max_calls": _lower(arguments.bedrock_max_calls, limits.max_calls),
        "max_tokens": _lower(arguments.bedrock_max_tokens, limits.max_tokens),
    }
    if arguments.timeout_minutes is not None:
        tuned["ask_until"] = arguments.started_at + arguments.timeout_minutes * 60 * _ASKING
    return EnrichmentOptions(
        model_id=arguments.bedrock_model_id,
        cache_bucket=arguments.silver_bucket,
        run_id=arguments.job_run_id,
        region=arguments.region,
        **{name: value for name, value in tuned.items() if value is not None},
    )


def _lower(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)
