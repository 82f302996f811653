"""What Silver and the table beside it have, as the relation that ``pipeline.uploads.decisions`` reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from pipeline.contract.silver_table import is_added
from pipeline.delta import DeltaTable, equal_to, sql_literal
from pipeline.silver.columns import (
    DELETED,
    SILVER_METADATA,
    SOURCE,
    SOURCE_MODIFIED,
    SOURCE_ORDER,
    SOURCE_VERSION,
)
from pipeline.silver.job import SilverJob
from pipeline.silver.pruning import ALL
from pipeline.uploads.position import position_sql
from pipeline.uploads.positions import DATASET, Positions
from pipeline.validation.frame import RECORD_KEY

_LABEL, _EFFECTIVE, _OBJECT = "_label", "_eff", "_object"  # no contract's column begins so


_RELATED = {
    _OBJECT: "object",
    _LABEL: "label",
    _EFFECTIVE: "eff",
    "_seq": "seq",
    "_gone": "deleted",
    "_place": "place",
    SOURCE: "source",
}
"""As ``decisions`` calls them."""


@dataclass(frozen=True)
class State:
    """Both tables, and what the order of uploads is known to be."""

    job: SilverJob
    silver: DeltaTable
    aside: DeltaTable
    known: Positions

    @property
    def is_snapshot(self) -> bool:
        return self.job.contract.changes.mode == "snapshot"

    @property
    def scope(self) -> str:
        """What an upload of a snapshot is all of: the object's URI, or DATASET."""
        by_object = self.is_snapshot and self.job.contract.changes.scope == "object"
        return self.job.source.object_uri if by_object else DATASET

    @property
    def label(self) -> str:
        """What the run's rows get as ``_source_order``."""
        return self.known.own(self.job.position)

    def exists(self) -> bool:
        return self.silver.exists() or self.aside.exists()

    def table(self, place: str) -> DeltaTable:
        return self.aside if place == "aside" else self.silver

    def rows(self, where: Mapping[str, str] | None = None) -> DataFrame:
        """Every row with ``_label``, ``_eff``, ``_seq``, ``_gone``, ``_place``, ``_object``.

        where: place → SQL over the columns of the table ``t``, by which Delta leaves files unread
        (``pipeline.silver.pruning``).
        """
        where = where or {}
        rows = [
            self._of(self.silver, "silver", where.get("silver", ALL)),
            self._of(self.aside, "aside", where.get("aside", ALL)),
        ]
        found = [one for one in rows if one is not None]
        return found[0] if len(found) == 1 else found[0].unionByName(found[1], allowMissingColumns=True)

    def related(
        self, columns: Sequence[str], compared: Sequence[str], where: Mapping[str, str] | None = None
    ) -> DataFrame:
        """Return them as ``decisions`` wants: ``payload`` has ``columns``, ``content`` those ``compared``."""
        structs = {"content": compared, "payload": columns}
        return self.rows(where).select(
            f.col(RECORD_KEY).alias("record_key"),
            *(f.col(name).alias(alias) for name, alias in _RELATED.items()),
            *(f.struct(*names).alias(name) for name, names in structs.items() if names),
        )

    @cached_property
    def is_superseded(self) -> bool:
        """A later snapshot of the same object, or of the dataset, is there: nothing of this one counts.

        As it was before the run wrote anything.
        """
        return self.is_snapshot and self._newest() > self.job.position

    def _newest(self) -> str:
        label = ""
        if self.exists():
            rows = self.rows().where(equal_to([(_OBJECT, self.scope)]))
            found = rows.agg(f.max(_LABEL).alias(_LABEL)).first()
            label = (found[_LABEL] if found else None) or ""
        return max(label.rstrip("~"), self.known.heads.get(self.scope, ""))

    def of_upload(self) -> str:
        """Return SQL over a table's own columns, true for each row that the upload speaks for as a whole: its
        own of an earlier run, or those of its snapshot.
        """
        if self.is_snapshot:
            return ALL if self.scope == DATASET else equal_to([(SOURCE, self.scope)])
        at = self.job.position
        raised = {label for label, by in self.known.raised.items() if by.rstrip("~") == at}
        # the label is the position, or that with some ~ behind it: ``positions``
        own = f"`{SOURCE_ORDER}` >= {sql_literal(at)} AND `{SOURCE_ORDER}` < {sql_literal(at + chr(127))}"
        return self._labelled([f"({own})", *_equal(raised)])

    def after_upload(self) -> str:
        """Return SQL over a table's own columns, true for each row of a later upload. Rows come in order
        mostly: then it is true for no file.
        """
        at = self.job.position
        raised = {label for label, by in self.known.raised.items() if by > at}
        return self._labelled([f"`{SOURCE_ORDER}` > {sql_literal(at)}", *_equal(raised)])

    def of_labels(self, labels: Iterable[str]) -> str:
        """Return SQL over a table's own columns that is true for each row of ``labels``."""
        return self._labelled(_equal(set(labels)))

    @staticmethod
    def _labelled(conditions: Sequence[str]) -> str:
        """Rows of before there were labels have none."""
        return " OR ".join([*conditions, f"`{SOURCE_ORDER}` IS NULL"])

    def labels(self) -> Mapping[str, int]:
        """How many rows there are of each label."""
        counted = self.rows().groupBy(_LABEL).count().collect()
        return {row[_LABEL]: int(row["count"]) for row in counted}

    def _of(self, table: DeltaTable, place: str, where: str) -> DataFrame | None:
        if not table.exists():
            return None
        rows = table.read()
        if SOURCE_ORDER in rows.columns or SOURCE_ORDER not in where:
            rows = rows.alias("t").where(where)
        deleted = f.lit(0)
        if place == "aside":
            # rows of another mode, which the contract had before, are none of this one's
            rows = rows.where(f.col(DELETED) == f.lit(not self.is_snapshot))
            deleted = f.lit(0 if self.is_snapshot else 1)
        old = f.expr(position_sql(SOURCE_MODIFIED, SOURCE, SOURCE_VERSION))
        label = f.coalesce(f.col(SOURCE_ORDER), old) if SOURCE_ORDER in rows.columns else old
        by_object = self.scope != DATASET
        sequence_by = self.job.contract.changes.sequence_by
        known = sequence_by is not None and sequence_by in rows.columns
        columns = {
            _LABEL: label,
            _OBJECT: f.col(SOURCE) if by_object else f.lit(DATASET),
            "_seq": f.col(sequence_by) if known and sequence_by else f.lit(0),
            "_gone": deleted,
            "_place": f.lit(place),
        }
        return self._effective(rows.select("*", *(column.alias(name) for name, column in columns.items())))

    def _effective(self, rows: DataFrame) -> DataFrame:
        """Add ``eff``: the position of the newest upload that says the row."""
        plain = rows.columns
        rows, label = _looked_up(rows, self.known.raised, _LABEL, "_raised")
        eff = f.regexp_replace(f.coalesce(label, f.col(_LABEL)), "~+$", "")
        if self.is_snapshot:
            rows, head = _looked_up(rows, self.known.heads, _OBJECT, "_head")
            eff = f.greatest(eff, head)
        return rows.select(*plain, eff.alias(_EFFECTIVE))


def _looked_up(rows: DataFrame, values: Mapping[str, str], by: str, name: str) -> tuple[DataFrame, Column]:
    """``rows`` with what is needed for the column: ``values[by]``, or null."""
    if not values:
        return rows, f.lit(None).cast("string")
    found = rows.sparkSession.createDataFrame(list(values.items()), f"_of{name} string, {name} string")
    return rows.join(f.broadcast(found), f.col(by) == f.col(f"_of{name}"), "left"), f.col(name)


def _equal(labels: Iterable[str]) -> list[str]:
    return [f"`{SOURCE_ORDER}` = {sql_literal(label)}" for label in sorted(labels)]


def data_columns(columns: Sequence[str]) -> list[str]:
    """Return the columns that make a row what it is; the job's own say where it is from and where it lies."""
    return [name for name in columns if name not in (*SILVER_METADATA, DELETED) and not is_added(name)]


def asked(spark: SparkSession, rule: str, position: str, scope: str, label: str = "") -> DataFrame:
    """Run a rule of ``decisions``; its views must be there."""
    values = {"position": position, "object": scope, "label": label}
    # all at once: an object's key may hold ``:label``
    return spark.sql(re.sub(r":(position|object|label)\b", lambda found: sql_literal(values[found[1]]), rule))
