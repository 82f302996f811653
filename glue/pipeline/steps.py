"""The two steps of the job, wired to what the arguments name.

A step is asked for its work before there is a Spark session, and has none when all is done already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from pipeline import gold, silver
from pipeline.arguments import JobArguments
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.delta import DeltaTable
from pipeline.enrichment import EnrichmentOptions, EnrichmentResult, Provenance, enrich
from pipeline.errors import ObjectMissingError, SilverMissingError, UnknownDatasetError
from pipeline.reading import S3Body
from pipeline.reading.body import s3_client
from pipeline.report import RunReport, Stopwatch
from pipeline.storage import Storage

Work = Callable[[SparkSession], RunReport]
"""What is left to do once there is a Spark session."""


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
    """Bronze to Silver: see ``pipeline.silver.step``.

    None when the source version is in Silver already: the report is written, and a second delivery costs
    seconds, for it needs no Spark. Raises ObjectMissingError when the source is gone.
    """
    job = silver_job(contract, arguments, storage)
    found = silver.marker.read(storage, job)
    if silver.skip(job, storage, found) is not None:
        return None
    job = replace(job, sequencer=silver.sequencer_of(job, storage, found))
    return partial(silver.run, job=job, storage=storage)


def silver_job(contract: Contract, arguments: JobArguments, storage: Storage) -> silver.SilverJob:
    """Return what the arguments say of the step silver. Raises ObjectMissingError when the source is gone."""
    options = enrichment_options(arguments)
    facts = storage.describe(arguments.source)

    def ask_the_model(session: SparkSession, rows: DataFrame, of: Contract) -> EnrichmentResult:
        return enrich(session, rows, of, options)

    return silver.SilverJob(
        contract=contract,
        source=arguments.source,
        facts=facts,
        body=S3Body(arguments.source, facts.size, partial(s3_client, arguments.region)),
        bucket=arguments.silver_bucket,
        lake=f"s3://{arguments.silver_bucket}",
        job_run_id=arguments.job_run_id,
        started_at=datetime.now(timezone.utc),
        enrich=ask_the_model if contract.enrich else None,
        answered_by=Provenance.of(contract, options.model_id),
        quarantine_days=arguments.quarantine_days,
        force=arguments.force,
        sequencer=arguments.source_sequencer,
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
        loaded = gold.load(spark, contract, table.read(), options)
    content = {**loaded.to_dict(), "seconds": clock.seconds}
    report = RunReport("gold", contract.name, arguments.source, arguments.job_run_id, content)
    report.write(storage, arguments.silver_bucket)
    return report


def enrichment_options(arguments: JobArguments) -> EnrichmentOptions:
    """Return the enrichment's settings; what no argument says keeps its default."""
    tuned: dict[str, Any] = {
        "max_in_flight": arguments.bedrock_max_in_flight,
        "records_per_prompt": arguments.bedrock_records_per_prompt,
    }
    return EnrichmentOptions(
        model_id=arguments.bedrock_model_id,
        cache_bucket=arguments.silver_bucket,
        run_id=arguments.job_run_id,
        region=arguments.region,
        **{name: value for name, value in tuned.items() if value is not None},
    )
