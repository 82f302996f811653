"""The Gold tables of a contract, computed from Silver: SQL → rows ready for COPY."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.utils import AnalysisException, ParseException

from pipeline.contract import model as contracts
from pipeline.gold.columns import GoldColumn, pg_type
from pipeline.gold.comments import in_both_languages
from pipeline.gold.copy_text import CopyText
from pipeline.gold.errors import GoldSqlError
from pipeline.gold.incremental import Incremental, SilverHistory, reads_by_group
from pipeline.gold.ledger import SourceVersion
from pipeline.gold.table import GoldTable

VIEW = "silver"


@dataclass(frozen=True)
class Computed:
    """A Gold table's definition and its rows. ``incremental``: how to compute those that have changed.

    ``offered``: left out where the name is somebody else's.
    """

    table: GoldTable
    text: CopyText
    incremental: Incremental | None = None
    offered: bool = False


def compute(
    spark: SparkSession,
    silver: DataFrame,
    table: contracts.GoldTable,
    schema: str,
    history: SilverHistory | None = None,
) -> Computed:
    """Run the table's SQL over ``silver``. Raises GoldSqlError, GoldTypeError or GoldSchemaError (a name).

    ``history``: of ``silver``, for tables that are incremental; None: those are computed in full, too.
    """
    rows = select(spark, silver, table)
    twice = [name for name, count in Counter(name.lower() for name in rows.columns).items() if count > 1]
    if twice:
        raise GoldSqlError(table.name, f"the SELECT yields {', '.join(twice)} twice: name each column once")
    missing = [name for name in table.key if name not in rows.columns]
    if missing:
        has = ", ".join(rows.columns)
        raise GoldSqlError(
            table.name, f"key column {', '.join(missing)} is not in the SELECT, which yields {has}"
        )
    unknown = [name for name in table.columns if name not in rows.columns]
    if unknown:
        raise GoldSqlError(
            table.name, f"there is a comment on {', '.join(unknown)}, which is not in the SELECT"
        )
    columns = tuple(
        GoldColumn(
            field.name,
            pg_type(table.name, field.name, field.dataType),
            in_both_languages(table.columns.get(field.name)),
        )
        for field in rows.schema.fields
    )
    target = GoldTable(schema, table.name, table.key, columns, in_both_languages(table.comment))
    target.check_names()
    text = CopyText.of(rows)
    if not table.incremental:
        return Computed(target, text, offered=table.offered)
    read = reads_by_group(rows, table)
    if history is None:
        return Computed(target, text)
    return Computed(target, text, Incremental.of(target, table, rows, read, history, spark, select))


def select(spark: SparkSession, silver: DataFrame, table: contracts.GoldTable) -> DataFrame:
    """Return the result of the table's SQL over ``silver``. Raises GoldSqlError."""
    silver.createOrReplaceTempView(VIEW)
    try:
        return spark.sql(table.sql)
    except (AnalysisException, ParseException) as error:
        raise GoldSqlError(table.name, str(error).split("\n== SQL ==")[0]) from None
    finally:
        spark.catalog.dropTempView(VIEW)


def source_versions(silver: DataFrame) -> list[SourceVersion]:
    """Return the source object versions in Silver with their row counts: one line for each object ever
    uploaded.
    """
    counted = silver.groupBy("_source", "_source_version_id").count()
    return [SourceVersion(source or "", version or "", rows) for source, version, rows in counted.collect()]
