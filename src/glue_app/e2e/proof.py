"""A file on its way from CSV to Gold: sent, followed, and what it left is checked."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from glue_app.bootstrap.spoken import spoken
from glue_app.e2e import checks, datasets, pipeline_run, report
from glue_app.e2e.errors import E2eError, WhatToRunError
from glue_app.e2e.report import E2eReport
from glue_app.e2e.silver import LakeReader
from glue_app.e2e.stack import RunningStack
from glue_app.e2e.upload import upload
from glue_app.settings import Settings
from glue_app.stack.layout import StateLayout


def prove(settings: Settings, csv: str = "", dataset: str = "") -> int:
    """Send a CSV through the running stack, and its event once more: 0 when every check held.

    csv: the file; empty for the dataset's sample. dataset: a name, or a contract's YAML file; empty for the
    default one. What was found is printed, and written to `e2e.json`.
    """
    return _go(settings, csv, dataset, prove=True)


def send(settings: Settings, csv: str, dataset: str) -> int:
    """Send a CSV through the running stack: 0 when what it left is right. Nothing is chosen for the user."""
    return _go(settings, csv, dataset, prove=False)


def _go(settings: Settings, csv: str, dataset: str, prove: bool) -> int:
    started = time.monotonic()
    result = E2eReport()
    stack = None
    try:
        if not prove and not (csv and dataset):
            raise WhatToRunError
        chosen = datasets.resolve(dataset, StateLayout(settings.state).datasets)
        file = datasets.csv_for(chosen, csv)
        stack = RunningStack.connect(settings)
        if chosen.bring(stack.own_contracts):
            print(f"glue-app: the contract {chosen.path.name} is new here, applying it")
            stack.apply()
        _run(stack, chosen, file, result, prove)
        result.ok = True
    except E2eError as error:
        result.error = error.problem
        told = "\n        ".join([f"\nFAILED  {error.problem}", *error.advice])
        print(spoken(told), file=sys.stderr)
    finally:
        result.seconds = round(time.monotonic() - started, 2)
        if stack is not None:
            with suppress(OSError):
                result.write(stack.report_path)
    if result.ok and stack is not None:
        print(f"\nOK  {result.seconds:.1f} s; the same as JSON: {stack.shown_report_path}")
    return 0 if result.ok else 1


def _run(stack: RunningStack, dataset: datasets.Dataset, csv: Path, result: E2eReport, prove: bool) -> None:
    contract = dataset.contract
    result.engine, result.glue_version = stack.engine, stack.glue_version
    result.dataset = contract.name
    print(f"glue-app: {csv.name} as {contract.name}, engine {stack.engine}, Glue {stack.glue_version}")
    uploaded = upload(stack.client("s3"), stack.outputs["bronze_bucket"], contract.name, csv)
    result.source = uploaded.uri
    print(f"   0.0 s  uploaded {uploaded.uri} ({uploaded.size:,} bytes)")
    execution = pipeline_run.follow_upload(stack, uploaded, print)
    result.execution_arn, result.status = execution.arn, execution.status
    result.hops = report.hops(uploaded, execution)
    delivery = pipeline_run.delivered(stack, contract.name, execution)
    result.rows, result.bedrock = delivery.silver["rows"], delivery.silver["bedrock"]
    result.quarantine_reasons = delivery.silver.get("quarantine_reasons", {})
    if result.rows["read"]:
        result.bedrock_calls_per_1000_rows = round(1000 * result.bedrock["calls"] / result.rows["read"], 2)
    lake = stack.lake()
    checks.row_accounting(delivery.silver, lake, uploaded.version_id)
    with stack.gold() as connection:
        compared = checks.silver_against_gold(contract, lake, connection)
        result.gold_against_silver = {name: table.outcome for name, table in compared.items()}
        result.gold = {name: table.rows for name, table in compared.items()}
        with stack.gold_as_bi() as bi:
            result.views = checks.views(contract, bi)
        if prove:
            result.redelivery = _prove_redelivery(stack, dataset, execution.input, lake, connection)
    report.show(result, [table.preview for table in compared.values()], print)


def _prove_redelivery(
    stack: RunningStack,
    dataset: datasets.Dataset,
    event: dict[str, Any],
    lake: LakeReader,
    connection: psycopg.Connection[Any],
) -> dict[str, Any]:
    print("\nthe same event once more: nothing may change, and Bedrock may not be called")
    before = checks.snapshot(dataset.contract, lake, connection, stack.bedrock_calls())
    pipeline_run.delivered(stack, dataset.name, pipeline_run.deliver_again(stack, event, print))
    after = checks.snapshot(dataset.contract, lake, connection, stack.bedrock_calls())
    return checks.redelivery(before, after)
