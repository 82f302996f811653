"""The merge into Silver: one commit, or none when nothing differs; one or two beside it where it must be.

The order of the commits: what goes aside, Silver, what leaves from aside. Killed between two of them, a row
is in both tables, never in none; the next run over the source version goes on from there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql import types as spark

from pipeline.delta import DeltaTable, equal_to, sql_literal
from pipeline.silver import layout, pruning
from pipeline.silver.columns import (
    DELETED,
    INGESTED_AT,
    SILVER_METADATA,
    SOURCE,
    SOURCE_ORDER,
    with_source,
)
from pipeline.silver.job import SilverJob
from pipeline.silver.state import State, asked, data_columns
from pipeline.uploads import decisions
from pipeline.uploads.regrouping import Regrouping, regroup
from pipeline.validation.deletions import is_deletion
from pipeline.validation.frame import DETAIL, RAW, REASON, RECORD_KEY

_INSERT, _UPDATE, _DELETE, _KEEP = "insert", "update", "delete", "keep"
_TARGET, _ACTION = "_target", "_action"  # no contract's column begins so
_KEPT = StorageLevel.MEMORY_AND_DISK
_PLACES = ("silver", "aside")


@dataclass(frozen=True)
class Merged:
    """What the merge did, in rows of Silver. ``kept``: rows of the upload that were there as they are."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    kept: int = 0
    kept_aside: int = 0
    created: bool = False
    raised: Mapping[str, str] = field(default_factory=dict)
    """Labels whose rows the upload says again: pipeline.uploads.regrouping."""
    labels: Mapping[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return bool(self.created or self.inserted or self.updated or self.deleted)


def silver_rows(accepted: DataFrame, job: SilverJob, label: str) -> DataFrame:
    """Contract and enrichment columns, then the job's own: the Silver table's layout."""
    rows = with_source(accepted.drop(RAW, REASON, DETAIL), job, INGESTED_AT)
    rows = layout.with_days(rows.withColumn(SOURCE_ORDER, f.lit(label)), job.contract)
    return rows.select(*data_columns(rows.columns), *layout.days(rows.columns), *SILVER_METADATA)


def merge(state: State, accepted: DataFrame, job: SilverJob) -> Merged:
    """Make the tables say what ``accepted`` says, under the contract's mode.

    ``accepted`` must be persisted; it holds each record key once, and none that a later source has.
    """
    rows = silver_rows(accepted, job, state.label)
    if state.is_superseded:
        return Merged()
    if not state.exists() or _is_emptied(state):
        return _create(state, rows, job)
    if not state.silver.exists():  # killed after the first deletions
        table = job.contract.silver
        state.silver.append(rows.limit(0), table.partition_by, layout.properties(table))
    rows = _with_columns_of(state.silver, rows)
    state.silver.add_columns(spark.StructType(list(rows.schema)))
    if state.aside.exists():
        state.aside.add_columns(spark.StructType(list(rows.schema)))
    return _Plan(state, rows, job).carry_out()


def _is_emptied(state: State) -> bool:
    """Maintenance has emptied the table for all uploads to come again: it has the job's own columns only."""
    return state.silver.exists() and not data_columns(state.silver.read().columns)


def _create(state: State, rows: DataFrame, job: SilverJob) -> Merged:
    deletions = rows.where(is_deletion(job.contract))
    if job.contract.changes.mode == "cdc" and not deletions.isEmpty():
        deletions = deletions.withColumn(DELETED, f.lit(True))
        if state.aside.exists():  # emptied, but for what a run left that was killed here
            state.aside.rewrite(deletions, ())
        else:
            _set_aside(state, deletions)
    living = rows.where(~is_deletion(job.contract))
    table = job.contract.silver
    if state.silver.exists():
        state.silver.rewrite(layout.laid_out(living, table), table.partition_by)
    else:
        state.silver.append(layout.laid_out(living, table), table.partition_by, layout.properties(table))
    return Merged(inserted=living.count(), created=True)


def _with_columns_of(table: DeltaTable, rows: DataFrame) -> DataFrame:
    """Add the columns that the contract has no more: a row that is written has no value there."""
    have = set(rows.columns)
    gone = [one for one in table.read().schema if one.name not in have]
    own = [name for name in rows.columns if name not in SILVER_METADATA]
    nulls = [f.lit(None).cast(one.dataType).alias(one.name) for one in gone]
    return rows.select(*own, *nulls, *SILVER_METADATA) if gone else rows


def _set_aside(state: State, rows: DataFrame) -> None:
    state.aside.append(rows, (), layout.properties(state.job.contract.silver))


class _Plan:
    """One merge: the rules of ``pipeline.uploads.decisions`` over Silver, and the commits they ask for."""

    def __init__(self, state: State, rows: DataFrame, job: SilverJob) -> None:
        self.state = state
        self.rows = rows
        self.job = job
        self.spark: SparkSession = rows.sparkSession
        self.columns = rows.columns
        self._views: list[str] = []
        self._persisted: list[DataFrame] = []

    def carry_out(self) -> Merged:
        with self._cleaned_up():
            self._register()
            found = self._regrouped()
            self._view(self._groups(found.rewritten), "regrouping")
            changes = self._changes(found)
            counted_by = (f.col(_TARGET).alias("target"), f.col(_ACTION).alias("action"))
            self._view(changes.select(*counted_by), "changes")
            counted = self._sql(decisions.COUNTS).collect()
            counts = {(row["target"], row["action"]): int(row["n"]) for row in counted}
            self._commit(changes, counts)
        return Merged(
            inserted=counts.get(("silver", _INSERT), 0),
            updated=counts.get(("silver", _UPDATE), 0),
            deleted=counts.get(("silver", _DELETE), 0),
            kept=counts.get(("silver", _KEEP), 0),
            kept_aside=counts.get(("aside", _KEEP), 0),
            raised=found.raised,
            labels=self._labels,
        )

    def _register(self) -> None:
        job = self.job
        compared = data_columns(self.columns)
        sequence_by = job.contract.changes.sequence_by
        incoming = self.rows.select(
            f.col(RECORD_KEY).alias("record_key"),
            (f.col(sequence_by) if sequence_by else f.lit(0)).alias("seq"),
            is_deletion(job.contract).cast("int").alias("deleted"),
            f.struct(*compared).alias("content"),
            f.struct(*self.columns).alias("payload"),
        )
        self._located = self._locate()
        self._lies = self._where()
        found = self.state.related(self.columns, compared, self._lies)
        located = self._located.select(f.col(RECORD_KEY).alias("record_key")).distinct()
        found = found.join(located, "record_key", "left_semi")
        self._view(incoming, "incoming")
        self._view(self._kept(found), "state")
        rule = decisions.SNAPSHOT if self.state.is_snapshot else decisions.LATEST
        self._view(self._kept(self._sql(rule)), "desired")

    def _locate(self) -> DataFrame:
        """Return where the rows lie that the upload may change: ``_record_key``, ``_place`` and the columns
        that the tables are laid out by. Nothing else is read, and only of files that may have such rows.
        """
        by = [name for name in self.job.contract.silver.columns if name in self.columns]
        own_rows = self.state.rows(dict.fromkeys(_PLACES, self.state.of_upload()))
        own = f.col("_eff") == self.job.position
        if self.state.is_snapshot:
            own = f.expr(equal_to([("_object", self.state.scope)]))
        keyed = layout.known_by_key(self.job.contract, self.columns)
        said = self.rows.select(RECORD_KEY, *keyed).union(own_rows.where(own).select(RECORD_KEY, *keyed))
        may_be = pruning.or_null(pruning.condition(said, keyed), keyed)
        rows = self.state.rows(dict.fromkeys(_PLACES, may_be))
        found = rows.join(said.select(RECORD_KEY).distinct(), RECORD_KEY, "left_semi")
        return self._kept(found.select(RECORD_KEY, "_place", *by))

    def _where(self) -> dict[str, str]:
        """Return place → SQL that is true for each of the located rows there."""
        by = self._located.columns[2:]
        return {
            place: pruning.condition(self._located.where(f.col("_place") == place), by)
            for place in _PLACES
            if self.state.table(place).exists()
        }

    def _regrouped(self) -> Regrouping:
        self._labels: Mapping[str, int] = {}
        if self.state.is_snapshot:
            return Regrouping({}, frozenset(), {})
        said = {row["label"]: int(row["said"]) for row in self._sql(decisions.SAID_AGAIN).collect()}
        if not said:
            return Regrouping({}, frozenset(), {})
        self._labels = self.state.labels()
        return regroup(said, self._labels, self.state.known, self.job.position)

    def _changes(self, found: Regrouping) -> DataFrame:
        """Rows of ``_target``, ``_action`` and the columns of Silver."""
        asked_for = (f.col("target").alias(_TARGET), f.col("action").alias(_ACTION))
        changes = self._sql(decisions.CHANGES).select(*asked_for, "payload.*")
        if found.split:
            labels = self.spark.createDataFrame(list(found.split.items()), "label string, _new string")
            said = self.spark.table("desired").select("record_key")
            where = dict.fromkeys(_PLACES, self.state.of_labels(found.split))
            labelled = self.state.related(self.columns, (), where)
            rest = labelled.join(f.broadcast(labels), "label").join(said, "record_key", "left_anti")
            moved_by = (f.col("place").alias(_TARGET), f.lit(_UPDATE).alias(_ACTION))
            moved = rest.select(*moved_by, "_new", "payload.*")
            moved = self._kept(moved.withColumn(SOURCE_ORDER, f.col("_new")).drop("_new"))
            changes = changes.union(moved)
            moved_from = moved.select(RECORD_KEY, _TARGET, *self._located.columns[2:])
            self._located = self._located.union(moved_from)
            self._lies = self._where()
        return self._kept(changes)

    def _commit(self, changes: DataFrame, counts: Mapping[tuple[str, str], int]) -> None:
        aside = changes.where(f"{_TARGET} = 'aside'").withColumn(DELETED, f.lit(not self.state.is_snapshot))
        columns = [*self.columns, DELETED]
        keys = (RECORD_KEY, SOURCE) if self.state.scope else (RECORD_KEY,)
        wanted: dict[str, set[str]] = {place: set() for place in _PLACES}
        for target, action in counts:
            wanted[target].add(action)
        if wanted["aside"] & {_INSERT, _UPDATE}:
            rows = aside.where(f"{_ACTION} <> '{_DELETE}'")
            if self.state.aside.exists():
                apply(self.state.aside, rows, columns, keys, wanted["aside"], self._lies["aside"])
            else:
                _set_aside(self.state, rows.select(*columns))
        if wanted["silver"] - {_KEEP}:
            rows = layout.laid_out(changes.where(f"{_TARGET} = 'silver'"), self.job.contract.silver)
            apply(
                self.state.silver, rows, self.columns, (RECORD_KEY,), wanted["silver"], self._lies["silver"]
            )
        if _DELETE in wanted["aside"]:
            rows = aside.where(f"{_ACTION} = '{_DELETE}'")
            apply(self.state.aside, rows, columns, keys, {_DELETE}, self._lies["aside"])

    def _sql(self, rule: str) -> DataFrame:
        return asked(self.spark, rule, self.job.position, self.state.scope, self.state.label)

    def _groups(self, rewritten: Collection[str]) -> DataFrame:
        labels = ", ".join(sql_literal(label) for label in rewritten) or "NULL"
        groups = f"SELECT CAST(label AS STRING) AS label, 1 AS rewritten FROM VALUES {labels} t(label)"  # noqa: S608
        return self.spark.sql(groups)

    def _kept(self, rows: DataFrame) -> DataFrame:
        self._persisted.append(rows.persist(_KEPT))
        return rows

    def _view(self, rows: DataFrame, name: str) -> None:
        rows.createOrReplaceTempView(name)
        self._views.append(name)

    @contextmanager
    def _cleaned_up(self) -> Iterator[None]:
        try:
            yield
        finally:
            for rows in self._persisted:
                rows.unpersist()
            for name in self._views:
                self.spark.catalog.dropTempView(name)


def apply(
    table: DeltaTable,
    changes: DataFrame,
    columns: list[str],
    keys: tuple[str, ...],
    actions: set[str],
    where: str = pruning.ALL,
) -> None:
    """Carry out ``changes`` (``_action``, of which there are ``actions``, and ``columns``) in one commit.

    There is one row of a key at most. where: SQL over ``t`` that is true for each row to be changed.
    """
    if not actions & {_UPDATE, _DELETE}:
        table.append(changes.select(*columns))
        return
    view = "silver_changes"
    changes.createOrReplaceTempView(view)
    same = " AND ".join([*(f"t.`{name}` = s.`{name}`" for name in keys), f"({where})"])
    assigned = ", ".join(f"t.`{name}` = s.`{name}`" for name in columns)
    names = ", ".join(f"`{name}`" for name in columns)
    values = ", ".join(f"s.`{name}`" for name in columns)
    try:
        table.merge(
            f"t USING {view} s ON {same}"  # noqa: S608
            f" WHEN MATCHED AND s.{_ACTION} = '{_DELETE}' THEN DELETE"
            f" WHEN MATCHED THEN UPDATE SET {assigned}"
            f" WHEN NOT MATCHED AND s.{_ACTION} <> '{_DELETE}' THEN INSERT ({names}) VALUES ({values})"
        )
    finally:
        table.spark.catalog.dropTempView(view)
