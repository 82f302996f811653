"""Gold from Silver: computed in Spark, replaced in PostgreSQL in one transaction.

Gold is what the contract's SQL says of the whole of Silver, so a load that is repeated, redelivered or killed
at any point leads to the same rows. Readers see the rows before or the rows after. A table that is
``incremental`` gets the same rows from less of Silver (``pipeline.gold.incremental``).

Rows stream from Spark into stages of the session first; the transaction holds locks for the merge alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pg8000.native import Connection
from pyspark.sql import DataFrame, SparkSession

from pipeline.contract.model import Contract
from pipeline.gold import bi_reader, grants, ledger, loader_role, merge, migration, table, views
from pipeline.gold.compute import Computed, compute, source_versions
from pipeline.gold.connection import with_retries
from pipeline.gold.copy_text import Chunk
from pipeline.gold.errors import GoldOwnerError
from pipeline.gold.grants import Grant
from pipeline.gold.incremental import SilverHistory
from pipeline.gold.ledger import SourceVersion, State
from pipeline.gold.options import GoldOptions
from pipeline.gold.report import GoldReport, TableReport
from pipeline.gold.table import GoldTable
from pipeline.gold.views import GoldView

log = logging.getLogger(__name__)


def load(
    spark: SparkSession,
    contract: Contract,
    silver: DataFrame,
    options: GoldOptions,
    history: SilverHistory | None = None,
) -> GoldReport:
    """Make the contract's Gold tables say what ``silver`` says, and report the rows touched.

    ``silver`` has the contract's Silver columns, ``history`` its versions; without it all tables are computed
    in full. Tables are created, or extended by new columns, as the SQL's result asks, and the views over them
    follow. Raises GoldError (its subclasses say when); Gold is then as it was.
    """
    computed = [compute(spark, silver, one, options.schema, history) for one in contract.gold]
    with ThreadPoolExecutor(1) as pool:
        # Spark counts the ledger's lines while PostgreSQL copies the rows
        versions = pool.submit(source_versions, silver)

        def attempt(connection: Connection) -> GoldReport:
            return _load(connection, contract, computed, versions.result, options)

        loader_role.prepare(options)
        report = with_retries(options, attempt)
    log.info("gold: %s", report)
    return report


@dataclass(frozen=True)
class _Ready:
    """A table whose rows wait in a stage; or, while it is empty, whose first rows wait in Spark."""

    computed: Computed
    new: bool = False
    rows: Iterator[Chunk] | None = None
    stage: merge.Stage | None = None
    before: int = 0


def _load(
    connection: Connection,
    contract: Contract,
    computed: Sequence[Computed],
    versions: Callable[[], Sequence[SourceVersion]],
    options: GoldOptions,
) -> GoldReport:
    """One attempt: the role of BI, the stages, then everything else in one transaction.

    The connection is closed by the caller, which rolls back what is open and ends the stages.
    """
    if options.master_secret_arn is None:  # else it was made with the loader's role
        bi_reader.ensure(connection, options)
    ledger.hold(connection, contract.name)
    layer = [GoldView.of(view) for view in contract.views]
    # committed before the rows are sent: other datasets' first loads wait for who makes these
    connection.run("BEGIN")
    ledger.ensure(connection)
    if layer:
        views.make_schema(connection)
    connection.run("COMMIT")
    # what would be refused is, before Spark works for it
    connection.run("BEGIN")
    # an earlier attempt may have lost its connection after the server had committed
    committed = ledger.committed_report(connection, options.load_id)
    if committed is not None:
        return committed
    computed = [one for one in computed if not _is_left_out(connection, contract.name, one)]
    plans = _plans(connection, contract.name, [item.table for item in computed], layer)
    states = [ledger.state(connection, item.table) for item in computed]
    connection.run("ROLLBACK")
    ready = [
        _prepare(connection, number, *one)
        for number, one in enumerate(zip(computed, plans, states, strict=True), 1)
    ]
    connection.run("BEGIN")
    report, recorded = _replace(connection, contract, ready, layer, versions, options)
    if report.changed or recorded:
        ledger.record_load(
            connection, contract.name, options.job_run_id, contract.digest, options.load_id, report
        )
    connection.run("COMMIT")
    return report


def _plans(
    connection: Connection, dataset: str, tables: Sequence[GoldTable], layer: Sequence[GoldView]
) -> list[migration.Migration]:
    """Return what leads to the tables that the contract asks for, after a look at all of them."""
    for relation in (*tables, *layer):
        ledger.own(connection, relation, dataset)
    return [migration.plan(connection, one) for one in tables]


def _is_left_out(connection: Connection, dataset: str, one: Computed) -> bool:
    """Tell whether it is only offered, and somebody else has its name: that stops nothing else."""
    if not one.offered:
        return False
    try:
        ledger.own(connection, one.table, dataset)
    except GoldOwnerError as error:
        owner = error.owner or "somebody else"
        log.warning("gold: no table %s: one of that name belongs to %s", one.table.name, owner)
        return True
    return False


def _prepare(
    connection: Connection, number: int, item: Computed, plan: migration.Migration, state: State | None
) -> _Ready:
    """Have Spark compute the rows, outside of any transaction."""
    if plan.missing or (not plan.alters and not table.has_rows(connection, item.table)):
        return _Ready(item, plan.missing, item.text.begin())
    how = item.incremental
    if how is not None and not plan.alters:
        touched = how.since(state.silver_version) if state and state.digest == how.digest else None
        if state and touched:
            rows, keys = touched.rows.begin(), touched.keys.begin()
            staged = merge.stage(connection, item.table, number, rows, keys)
            return _Ready(item, stage=staged, before=state.rows)
        log.info("gold: Gold table %s is computed in full", item.table.name)
    return _Ready(item, stage=merge.stage(connection, item.table, number, item.text.begin()))


def _replace(
    connection: Connection,
    contract: Contract,
    ready: Sequence[_Ready],
    layer: Sequence[GoldView],
    versions: Callable[[], Sequence[SourceVersion]],
    options: GoldOptions,
) -> tuple[GoldReport, bool]:
    """Everything that others see, in the caller's transaction; what they might wait for comes last.

    Gives the report and whether the ledger of sources says something else than before.
    """
    tables = [one.computed.table for one in ready]
    plans = _plans(connection, contract.name, tables, layer)
    altered = False
    counts: dict[str, TableReport] = {}
    for one, plan in zip(ready, plans, strict=True):
        if one.rows is not None:
            altered = migration.apply(connection, plan) or altered
            counts[plan.table.name] = merge.fill(connection, plan.table, one.rows, one.new)
    sources = versions()
    dropped: dict[str, Sequence[Grant]] = {}
    for plan in plans:
        if plan.widened:
            dropped |= views.drop_over(connection, plan.table, layer)
    for one, plan in zip(ready, plans, strict=True):
        if one.stage is not None:
            altered = migration.apply(connection, plan) or altered
            counts[plan.table.name] = merge.merge(connection, one.stage, one.before)
    for one in ready:
        _record_state(connection, one.computed, counts[one.computed.table.name].rows)
    recorded = ledger.record_sources(connection, contract.name, sources, contract.digest, options.load_id)
    # who reads a view that changes waits from here to the commit
    altered = views.sync(connection, contract.name, layer, tables, dropped) or altered
    if options.bi_secret_arn is not None:
        grants.let_read(connection, bi_reader.ROLE, [*tables, *layer])
    counts = {one.name: counts[one.name] for one in tables}
    return GoldReport(counts, altered or any(count.changed for count in counts.values())), recorded


def _record_state(connection: Connection, item: Computed, rows: int) -> None:
    how = item.incremental
    if how is None:
        ledger.forget_state(connection, item.table)
    else:
        ledger.record_state(connection, item.table, State(how.history.version, how.digest, rows))
