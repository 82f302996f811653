"""An incremental Gold table: only the keys that a change of Silver touches are computed anew.

The touched keys are those that the table's own SQL gives for the rows of Silver that have come or gone. Its
result for these keys, over all of Silver, replaces what the table has of them. That is the full result again
as long as each result row comes from the Silver rows that have its key, and from nothing else:
``reads_by_group`` refuses a SELECT of which Spark's analysed plan does not show it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from pipeline.contract import model as contracts
from pipeline.gold.copy_text import CopyText
from pipeline.gold.errors import GoldSqlError
from pipeline.gold.history import UNREADABLE
from pipeline.gold.table import GoldTable

log = logging.getLogger(__name__)

_ROW_WISE = {"Project", "Filter", "SubqueryAlias"}
_OTHER_EACH_TIME = ("Current", "Now", "LocalTimestamp")
"""Catalyst's classes that say another thing in the next load, for the same rows, begin so."""
_ANOTHER_DAY = re.compile(r"""(['"])\s*(now|today|tomorrow|yesterday)(?:[^a-z'"][^'"]*)?\1""", re.IGNORECASE)
"""Texts that Spark takes for times. In the SQL: of DATE 'today' the plan has the day only."""
_BY_ORDER = ("First", "Last", "AnyValue", "CollectList", "CollectSet")
"""Catalyst's classes of aggregates that depend on the order of a group's rows, which nothing says."""
_BROADCAST_KEYS = 1_000_000
"""With so many touched keys Spark joins without sending them to all executors."""


class SilverHistory(Protocol):
    """Versions of Silver; ``version`` is the one that is loaded."""

    @property
    def version(self) -> str: ...

    def changed(self, since: str, columns: tuple[str, ...]) -> DataFrame | None:
        """Return the rows, of these columns, that came or went after ``since``; None when that can't be
        told."""


@dataclass(frozen=True)
class Touched:
    """``rows``: the result for the touched keys; ``keys``: all of these, with or without a row now."""

    rows: CopyText
    keys: CopyText


@dataclass(frozen=True)
class Incremental:
    """``digest``: of all that the rows depend on beside Silver's."""

    name: str
    digest: str
    history: SilverHistory
    _key: tuple[str, ...]
    _read: tuple[str, ...]
    _rows: DataFrame
    _select: Callable[[DataFrame], DataFrame]

    @classmethod
    def of(
        cls,
        target: GoldTable,
        table: contracts.GoldTable,
        rows: DataFrame,
        read: tuple[str, ...],
        history: SilverHistory,
        spark: SparkSession,
        select: Callable[[SparkSession, DataFrame, contracts.GoldTable], DataFrame],
    ) -> Incremental:
        """``rows``: the result of the table's SQL; ``read``: columns of Silver that it reads."""
        columns = [(column.name, column.pg_type) for column in target.columns]
        said = json.dumps([table.sql, table.key, columns, read, spark.version])
        digest = hashlib.sha256(said.encode()).hexdigest()
        return cls(
            table.name, digest, history, table.key, read, rows, lambda silver: select(spark, silver, table)
        )

    def since(self, version: str) -> Touched | None:
        """Compute what has changed since ``version`` of Silver; None when that can't be told."""
        changed = self.history.changed(version, self._read)
        if changed is None:
            return None
        renamed = [f"__touched_{number}" for number in range(len(self._key))]
        keys = self._select(changed).select(*self._key).distinct().toDF(*renamed).persist()
        try:
            count = keys.count()
        except UNREADABLE as error:
            keys.unpersist()
            log.info("gold: Silver's changes since version %s can't be read: %s", version, str(error)[:200])
            return None
        log.info("gold: %d keys of Gold table %s are computed", count, self.name)
        touched = f.broadcast(keys) if count <= _BROADCAST_KEYS else keys
        same = reduce(
            lambda left, right: left & right,
            (
                self._rows[name].eqNullSafe(touched[other])
                for name, other in zip(self._key, renamed, strict=True)
            ),
        )
        # Spark moves this join below the GROUP BY, so that untouched rows of Silver are read and dropped
        rows = self._rows.join(touched, same, "left_semi")
        # a key that is null was never loaded: nothing of it can be gone
        return Touched(CopyText.of(rows), CopyText.of(keys.dropna().toDF(*self._key)))


def reads_by_group(rows: DataFrame, table: contracts.GoldTable) -> tuple[str, ...]:
    """Return the columns of Silver that the SELECT behind ``rows`` reads.

    Raises GoldSqlError unless it takes rows of Silver, one by one or by GROUP BY, with a key that each row of
    Silver or each group gives.
    """
    day = _ANOTHER_DAY.search(table.sql)
    if day:
        raise _refused(table, f"has the text {day[0]}, another time in each load")
    jvm: Any = rows._jdf
    node = jvm.queryExecution().analyzed()
    grouped, read, silver = False, set(), None
    while silver is None:
        kind = node.nodeName()
        if kind == "View":
            silver = {attribute.exprId().id() for attribute in _items(node.output())}
            break
        if kind == "Aggregate":
            if grouped or not node.groupingExpressions().size():
                raise _refused(table, "groups twice" if grouped else "has no GROUP BY")
            grouped = True
            _check_key(node, table)
        elif kind not in _ROW_WISE:
            raise _refused(table, f"has {kind}")
        elif kind == "Filter" and not grouped and _below_is_grouped(node):
            raise _refused(table, "leaves groups out (HAVING)")
        elif kind == "Project" and not grouped and _below_is_grouped(node):
            raise _refused(table, "reads the result of a GROUP BY")
        for expression in _items(node.expressions()):
            _check_expression(expression, table)
        read |= {
            (attribute.name(), attribute.exprId().id()) for attribute in _items(node.references().toSeq())
        }
        node = node.children().apply(0)
    columns = tuple(sorted({name for name, number in read if number in silver}))
    if not columns:
        raise _refused(table, "reads no column of silver")
    return columns


def _items(scala: Any) -> Iterator[Any]:
    return (scala.apply(index) for index in range(scala.size()))


def _below_is_grouped(node: Any) -> bool:
    while node.nodeName() in _ROW_WISE:
        node = node.children().apply(0)
    return bool(node.nodeName() == "Aggregate")


def _check_key(aggregate: Any, table: contracts.GoldTable) -> None:
    for output in _items(aggregate.aggregateExpressions()):
        if output.name() in table.key and any(_class(e) == "AggregateExpression" for e in _all(output)):
            raise _refused(table, f"computes its key {output.name()} over the rows of a group")


def _check_expression(expression: Any, table: contracts.GoldTable) -> None:
    if not expression.deterministic():
        raise _refused(table, f"is not the same each time: {expression.sql()}")
    for part in _all(expression):
        name = _class(part)
        if name.startswith(_OTHER_EACH_TIME):
            raise _refused(table, f"asks for the time: {part.sql()}")
        if name in _BY_ORDER:
            raise _refused(table, f"depends on the order of the rows: {part.sql()}")
        if "Subquery" in name or name in ("Exists", "ListQuery"):
            raise _refused(table, "has a subquery")


def _class(expression: Any) -> str:
    return str(expression.getClass().getSimpleName())


def _all(expression: Any) -> Iterator[Any]:
    yield expression
    for child in _items(expression.children()):
        yield from _all(child)


def _refused(table: contracts.GoldTable, why: str) -> GoldSqlError:
    rule = "with incremental: true it must be one SELECT … FROM silver [WHERE …] [GROUP BY …], its key made"
    return GoldSqlError(
        table.name, f"the SELECT {why}; {rule} of each row or each group. Or leave incremental out"
    )
