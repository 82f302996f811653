"""The job's edges: arguments, errors in one line, nothing on import."""

from __future__ import annotations

import importlib
import json
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import MagicMock

import pandas as pd
import pytest

from pipeline import lock
from pipeline.arguments import JobArguments
from pipeline.errors import ArgumentError, HeaderError, JobFailedError, SequencerNeededError
from pipeline.session import glue_job, one_line_errors
from pipeline.silver import step
from pipeline.source import SourceObject
from pipeline.storage import Storage
from pipeline.uploads.positions import Positions
from tests.support.fake_s3 import MODIFIED, FakeS3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

SHIM = Path(__file__).resolve().parents[3] / "src" / "glue_app" / "runner" / "shim"
ARGUMENTS = {
    "JOB_NAME": "job",
    "JOB_RUN_ID": "jr_1",
    "step": "silver",
    "dataset": "orders",
    "source_bucket": "bronze",
    "source_key": "bronze/orders/1月 --x.csv",
    "source_version_id": "v1",
    "silver_bucket": "silver",
    "assets_bucket": "assets",
    "datasets_prefix": "datasets/",
    "gold_secret_arn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:x",
    "gold_host": "127.0.0.1",
    "gold_port": "5432",
    "gold_database": "gold_db",
    "gold_ca_bundle_key": "certificates/rds-bundle.pem",
    "bedrock_model_id": "m",
    "execution_arn": "arn:aws:states:us-east-1:000000000000:execution:glue-app-pipeline:one",
}
CONTRACT = b"title: Orders\ncolumns: [{name: id, type: string, required: true}]\nrecord_key: [id]\n"
CONTRACT_KEY = "datasets/orders.yaml"
SOURCE = SourceObject("bronze", ARGUMENTS["source_key"], "v1")
MARKER_KEY = f"sources/orders/{SOURCE.digest}.json"
EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:glue-app-pipeline:one"


class NoRuns:
    """Glue, with no other run of the job."""

    def get_paginator(self, _: str) -> NoRuns:
        return self

    def paginate(self, **_: str) -> list[dict[str, list[str]]]:
        return [{"JobRuns": []}]


@pytest.fixture(autouse=True)
def awsglue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SHIM))


def argv(**changes: str) -> list[str]:
    words = [word for name, value in (ARGUMENTS | changes).items() for word in (f"--{name}", value)]
    return ["bronze_to_gold.py", *words, "--enable-metrics", "true"]


def test_arguments_are_typed_and_optional_ones_may_be_absent() -> None:
    """As Glue passes them: strings, with its own among them."""
    arguments = JobArguments.from_argv(argv())
    assert arguments.source == SOURCE
    assert not arguments.unlocked
    whole = argv()
    assert JobArguments.from_argv([*whole[:9], *whole[15:]]).source is None
    assert (arguments.gold_port, arguments.force, arguments.job_run_id) == (5432, False, "jr_1")
    assert arguments.bi_secret_arn is None
    assert arguments.source_sequencer is None
    assert JobArguments.from_argv(argv(source_sequencer="none")).source_sequencer is None
    assert arguments.region == "us-east-1"
    assert JobArguments.from_argv(argv(bi_secret_arn="arn:bi")).bi_secret_arn == "arn:bi"
    given = JobArguments.from_argv(argv(force="true", execution_arn="arn:x", bedrock_max_in_flight="8"))
    assert (given.force, given.execution_arn, given.bedrock_max_in_flight) == (True, "arn:x", 8)


def test_what_is_said_of_bedrock_is_typed() -> None:
    """And nothing is where nothing is said: no quota is known, no limit holds, no price is named."""
    names = ("requests_per_minute", "tokens_per_minute", "max_calls", "max_tokens", "records_per_prompt")
    nothing = JobArguments.from_argv(argv())
    assert [getattr(nothing, f"bedrock_{name}") for name in (*names, "price_per_million")] == [None] * 6
    assert nothing.timeout_minutes is None
    numbers = {f"bedrock_{name}": str(number) for number, name in enumerate(names, 1)}
    given = JobArguments.from_argv(argv(**numbers, bedrock_price_per_million="0.06,24", timeout_minutes="60"))
    assert [getattr(given, f"bedrock_{name}") for name in names] == [1, 2, 3, 4, 5]
    assert (given.bedrock_price_per_million, given.timeout_minutes) == ((0.06, 24.0), 60)


def test_the_job_is_initialised_with_all_that_glue_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its security configuration among it: without, Glue does not encrypt what the job writes to S3.

    https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html
    """
    from awsglue import context, job

    inits: list[tuple[str, dict[str, str | None]]] = []
    monkeypatch.setattr(context, "GlueContext", lambda _: SimpleNamespace(spark_session=MagicMock()))
    monkeypatch.setattr("pipeline.session.SparkContext", MagicMock())
    monkeypatch.setattr(job.Job, "init", lambda _, *given: inits.append(given))
    monkeypatch.setattr(job.Job, "commit", lambda _: None)
    with glue_job(JobArguments.from_argv(argv(SECURITY_CONFIGURATION="sec", TempDir="s3://assets/tmp/"))):
        pass
    ((name, options),) = inits
    assert name == "job"
    assert {k: options[k] for k in ("JOB_NAME", "JOB_RUN_ID", "SECURITY_CONFIGURATION", "TempDir")} == {
        "JOB_NAME": "job",
        "JOB_RUN_ID": "jr_1",
        "SECURITY_CONFIGURATION": "sec",
        "TempDir": "s3://assets/tmp/",
    }


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("step", "bronze", "--step must be silver, gold, maintain, forget, not 'bronze'"),
        ("gold_port", "x", "--gold_port must be a whole number above 0, not 'x'"),
        ("source_sequencer", "x1", "--source_sequencer must be hexadecimal, as in S3's event, not 'x1'"),
        ("source_key", "", "--source_key is missing: give all of source_bucket, source_key, source_versio"),
        ("unlocked", "yes", "--unlocked must be true or false, not 'yes'"),
        ("take_minutes", "0", "--take_minutes must be a whole number above 0, not '0'"),
        ("bedrock_max_calls", "0", "--bedrock_max_calls must be a whole number above 0, not '0'"),
        ("bedrock_tokens_per_minute", "1e6", "--bedrock_tokens_per_minute must be a whole number above 0"),
        ("bedrock_price_per_million", "0.06", "--bedrock_price_per_million must be two prices, in and out"),
        ("bedrock_price_per_million", "1;2", "--bedrock_price_per_million must be two prices, in and out"),
        ("force", "yes", "--force must be true or false, not 'yes'"),
        ("dataset", "", "--dataset is empty"),
        ("gold_secret_arn", "gold", "--gold_secret_arn must be an ARN with a region, not 'gold'"),
    ],
)
def test_a_bad_argument_is_named(name: str, value: str, message: str) -> None:
    """With what it may be."""
    with pytest.raises(ArgumentError, match=message):
        JobArguments.from_argv(argv(**{name: value}))


def test_importing_the_script_runs_nothing() -> None:
    """It has a main()."""
    sys.modules.pop("bronze_to_gold", None)
    assert callable(importlib.import_module("bronze_to_gold").main)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> FakeS3:
    """The job's S3, with the source and its contract; Spark and what is done with it are left out."""

    @contextmanager
    def no_spark(arguments: JobArguments) -> Iterator[str]:
        fake.log.append("Spark")
        yield "spark"

    fake = FakeS3({("bronze", ARGUMENTS["source_key"]): b"id\n1\n", ("assets", CONTRACT_KEY): CONTRACT})
    entry = importlib.import_module("bronze_to_gold")
    monkeypatch.setattr(sys, "argv", argv(source_sequencer="00AB"))
    monkeypatch.setattr(entry, "Storage", lambda _: Storage(fake))
    monkeypatch.setattr(entry, "glue_job", no_spark)
    fake.objects["silver", "locks/orders.json"] = json.dumps({"holder": EXECUTION}).encode()
    monkeypatch.setattr(lock, "aws_client", lambda *_, **__: NoRuns())
    content = {
        "rows": {"read": 1},
        "quarantine_reasons": {},
        "silver": {"changed": True},
        "encoding": "utf-8",
    }
    monkeypatch.setattr(step, "_process", lambda *_: ({**content, "skipped": False}, Positions()))
    return fake


def test_each_fact_is_asked_for_once_a_run(s3: FakeS3) -> None:
    """One HeadObject and one look at the marker, whether there is work or not; without work, no Spark.

    The marker is written with the sequencer first, then whole.
    """
    main = importlib.import_module("bronze_to_gold").main
    seen = [f"GetObject {CONTRACT_KEY}", "GetObject locks/orders.json"]
    asked = [*seen, f"HeadObject {ARGUMENTS['source_key']}", f"GetObject {MARKER_KEY}"]
    report, marker = f"PutObject runs/orders/jr_1/silver/{SOURCE.digest}.json", f"PutObject {MARKER_KEY}"
    main()
    positions = "GetObject positions/orders.json"
    assert s3.log == [*asked, marker, "Spark", positions, report, marker]
    s3.log.clear()
    main()
    assert s3.log == [*asked, report]


def test_a_run_without_a_sequencer_asks_s3_whether_one_is_needed(
    s3: FakeS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two versions of a second: only the event says which came later. One of another second is no matter.

    A version that was processed with a sequencer before has it from then on.
    """
    main = importlib.import_module("bronze_to_gold").main
    monkeypatch.setattr(sys, "argv", argv())
    twin = {"Key": ARGUMENTS["source_key"], "VersionId": "v0", "LastModified": MODIFIED}
    s3.versions = [{**twin, "VersionId": "v1"}, {**twin, "Key": f"{twin['Key']}x"}, twin]
    with pytest.raises(
        SequencerNeededError, match=r"same second as version v0 of the key.* --source_sequencer"
    ):
        main()
    monkeypatch.setattr(sys, "argv", argv(source_sequencer="00ab00"))
    main()
    assert json.loads(s3.objects["silver", MARKER_KEY])["sequencer"] == "00AB"
    monkeypatch.setattr(sys, "argv", argv(force="true"))
    main()
    del s3.objects["silver", MARKER_KEY]
    s3.versions = [{**twin, "LastModified": MODIFIED - timedelta(seconds=1)}]
    main()
    assert json.loads(s3.objects["silver", MARKER_KEY])["sequencer"] is None


def test_an_error_on_an_executor_ends_in_one_line(spark: SparkSession) -> None:
    """Pages of Java and Python become the error itself; the job's own errors stay as they are."""

    def fail(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for _ in batches:
            raise HeaderError("s3://b/k", ["it lacks id"])
        yield pd.DataFrame({"id": [1]})

    with pytest.raises(JobFailedError) as caught, one_line_errors():
        spark.range(1).mapInPandas(fail, "id long").collect()
    assert str(caught.value) == "HeaderError: the header of s3://b/k does not fit the contract: it lacks id"
    with pytest.raises(JobFailedError, match=r"(?s)^[^\n]*nowhere[^\n]*$"), one_line_errors():
        spark.sql("SELECT nowhere FROM range(1)")
    with pytest.raises(HeaderError), one_line_errors():
        raise HeaderError("s3://b/k", ["it lacks id"])
