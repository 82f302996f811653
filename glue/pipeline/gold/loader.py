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

from pipeline.contract.model import Contract
from pipeline.gold import bi_reader, grants, ledger, loader_role, migration, views
from pipeline.gold.compute import Computed, compute, source_versions
from pipeline.gold.connection import with_retries
from pipeline.gold.grants import Grant
from pipeline.gold.ledger import SourceVersion
from pipeline.gold.merge import replace_rows
from pipeline.gold.options import GoldOptions
from pipeline.gold.report import GoldReport
from pipeline.gold.table import GoldTable
from pipeline.gold.views import Dropped, GoldView

log = logging.getLogger(__name__)


def load(spark: SparkSession, contract: Contract, silver: DataFrame, options: GoldOptions) -> GoldReport:
    """Make the contract's Gold tables say what ``silver`` says, and report the rows touched.

    ``silver`` has the contract's Silver columns. Tables are created, or extended by new columns, as the
    SQL's result asks, and the views over them follow. Raises GoldError (its subclasses say when); Gold is
    then as it was.
    """
    computed = [compute(spark, silver, table, options.schema) for table in contract.gold]
    with ThreadPoolExecutor(1) as pool:
        # Spark counts the ledger's lines while PostgreSQL copies the rows
        versions = pool.submit(source_versions, silver)

        def attempt(connection: Connection) -> GoldReport:
            return _load(connection, contract, computed, versions.result, options)

        loader_role.prepare(options)
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
    """One attempt: the role of BI, then everything else in one transaction.

    The connection is closed by the caller, which rolls back what is open.
    """
    if options.master_secret_arn is None:  # else it was made with the loader's role
        bi_reader.ensure(connection, options)
    connection.run("BEGIN")
    ledger.ensure(connection)
    ledger.lock(connection, contract.name)
    # an earlier attempt may have lost its connection after the server had committed
    committed = ledger.committed_report(connection, options.load_id)
    if committed is not None:
        return committed
    layer = [GoldView.of(view) for view in contract.views]
    tables = [item.table for item in computed]
    altered, dropped = _alter(connection, contract.name, tables, layer)
    counts = {item.table.name: replace_rows(connection, item.table, item.text) for item in computed}
    recorded = ledger.record_sources(connection, contract.name, versions(), contract.digest, options.load_id)
    # last, when Spark has counted too: who reads a view that changes waits from here to the commit
    altered = views.sync(connection, contract.name, layer, tables, dropped) or altered
    if options.bi_secret_arn is not None:
        grants.let_read(connection, bi_reader.ROLE, [*tables, *layer])
    report = GoldReport(counts, altered or any(count.changed for count in counts.values()))
    if report.changed or recorded:
        ledger.record_load(
            connection, contract.name, options.job_run_id, contract.digest, options.load_id, report
        )
    connection.run("COMMIT")
    return report


def _alter(
    connection: Connection, dataset: str, tables: Sequence[GoldTable], layer: Sequence[GoldView]
) -> tuple[bool, Dropped]:
    """Bring the tables to what the contract says, after a look at all of them.

    Gives whether something changed, and the views that had to be dropped for it.
    """
    for relation in (*tables, *layer):
        ledger.own(connection, relation, dataset)
    plans = [migration.plan(connection, table) for table in tables]
    dropped: dict[str, Sequence[Grant]] = {}
    for plan in plans:
        if plan.widened:
            dropped |= views.drop_over(connection, plan.table, layer)
    if layer:
        views.make_schema(connection)
    altered = [migration.apply(connection, plan) for plan in plans]
    return any(altered), dropped
