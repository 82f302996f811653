"""`make e2e` (prove the whole way) and `make run` (send one file) — see `--help`."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from glue_app.cli import entry
from glue_app.e2e import checks, datasets, pipeline_run, report
from glue_app.e2e.errors import E2eError, WhatToRunError
from glue_app.e2e.report import E2eReport
from glue_app.e2e.silver import LakeReader
from glue_app.e2e.stack import RunningStack
from glue_app.e2e.upload import upload
from glue_app.settings import Settings
from glue_app.stack.layout import StateLayout


def main(argv: list[str] | None = None, settings: Settings | None = None) -> int:
    """Exit 0 only when the pipeline ran and every check held."""
    options = _parser().parse_args(argv)
    return entry.run("e2e", lambda found: _prove(options, settings or found))


def _prove(options: argparse.Namespace, settings: Settings) -> int:
    started = time.monotonic()
    result = E2eReport()
    stack = None
    try:
        if options.run_only and not (options.csv and options.dataset):
            raise WhatToRunError
        dataset = datasets.resolve(options.dataset, StateLayout(settings.state).datasets)
        csv = datasets.csv_for(dataset, options.csv)
        stack = RunningStack.connect(settings)
        if dataset.bring(stack.own_contracts):
            print(f"glue-app: the contract {dataset.path.name} is new here, applying it")
            stack.apply()
        _run(stack, dataset, csv, result, prove=not options.run_only)
        result.ok = True
    except E2eError as error:
        result.error = str(error)
        print(f"\nFAILED  {error}\n        look closer: {error.look_closer}", file=sys.stderr)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m glue_app.e2e", description=__doc__)
    parser.add_argument("--csv", help="the file to send (default: the dataset's sample in data/)")
    parser.add_argument(
        "--dataset", help="a name of glue/datasets/ or of a contract brought before, or a YAML file"
    )
    parser.add_argument("--run-only", action="store_true", help="no second delivery (make run)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
