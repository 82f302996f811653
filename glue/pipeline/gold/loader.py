"""Gold from Silver: computed in Spark, replaced in PostgreSQL in one transaction.

Nothing is incremented: Gold is what the contract's SQL says of the whole of Silver, so a load that is
repeated, redelivered or killed at any point leads to the same rows. Readers see the rows before or the rows
after.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from pg8000.native import Connection
from pyspark.sql import DataFrame, SparkSession

from pipeline.contract import Contract
from pipeline.gold import ledger
from pipeline.gold.compute import Computed, compute, source_versions
from pipeline.gold.connection import with_retries
from pipeline.gold.ledger import SourceVersion
from pipeline.gold.merge import replace_rows
from pipeline.gold.options import GoldOptions
from pipeline.gold.report import GoldReport, TableReport
from pipeline.gold.table import ensure

log = logging.getLogger(__name__)


def load(spark: SparkSession, contract: Contract, silver: DataFrame, options: GoldOptions) -> GoldReport:
    """Make the contract's Gold tables say what ``silver`` says, and report the rows touched.

    ``silver`` has the contract's Silver columns. Tables are created, or extended by new columns, as the
    SQL's result asks. Raises GoldError (its subclasses say when); Gold is then as it was.
    """
    computed = [compute(spark, silver, table, options.schema) for table in contract.gold]
    with ThreadPoolExecutor(1) as pool:
        # Spark counts the ledger's lines while PostgreSQL copies the rows
        versions = pool.submit(source_versions, silver)

        def attempt(connection: Connection) -> GoldReport:
            return _load(connection, contract, computed, versions.result, options)

        report = with_retries(options, attempt)
    log.info("gold: %s", report)
    return report


def _load(
    connection: Connection,
    contract: Contract,
    computed: Sequence[Computed],
    versions: Callable[[], Sequence[SourceVersion]],
    options: GoldOptions,
) -> GoldReport:
    """One attempt, one transaction. The connection is closed by the caller, which rolls back what is open."""
    connection.run("BEGIN")
    ledger.ensure(connection)
    ledger.lock(connection, contract.name)
    # an earlier attempt may have lost its connection after the server had committed
    committed = ledger.committed_report(connection, options.load_id)
    if committed is not None:
        return committed
    tables: dict[str, TableReport] = {}
    altered = False
    for item in computed:
        table = item.table
        ledger.own(connection, table, contract.name)
        altered = ensure(connection, table) or altered
        tables[table.name] = replace_rows(connection, table, item.text)
    report = GoldReport(tables, altered or any(counts.changed for counts in tables.values()))
    recorded = ledger.record_sources(connection, contract.name, versions(), contract.digest, options.load_id)
    if report.changed or recorded:
        ledger.record_load(
            connection, contract.name, options.job_run_id, contract.digest, options.load_id, report
        )
    connection.run("COMMIT")
    return report
