"""How the Silver table lies in S3, as the contract's ``silver`` says: partitions, order, table properties."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from pipeline.contract.model import Contract
from pipeline.contract.silver_table import SilverTable, is_added

_LEAST_LOG_DAYS = 30  # Delta's own default
_VIEW = "rows_to_lay_out"


def with_days(rows: DataFrame, contract: Contract) -> DataFrame:
    """Add the columns for partitions by the day of a timestamp."""
    for partition in contract.silver.partitions:
        if partition.by_date:
            rows = rows.withColumn(partition.name, f.to_date(partition.column))
    return rows


def days(columns: Sequence[str]) -> list[str]:
    """Return the columns that ``with_days`` has added."""
    return [name for name in columns if is_added(name)]


def fits(columns: Sequence[str], contract: Contract) -> bool:
    """Tell whether a table has all columns that it is to be laid out by: a new one comes with an upload."""
    by = {*(one.column for one in contract.silver.partitions), *contract.silver.cluster_by}
    return by.issubset(columns)


def known_by_key(contract: Contract, columns: Sequence[str]) -> list[str]:
    """Return the columns in which a record's rows must be alike, whichever upload they are of.

    Columns of the record key, and with ``record_key: content`` those the table is laid out by.
    """
    key = contract.record_key
    if key.kind == "content":
        return [name for name in contract.silver.columns if name in columns]
    days_of_key = [one.name for one in contract.silver.partitions if one.column in key.columns]
    return [name for name in dict.fromkeys((*key.columns, *days_of_key)) if name in columns]


def laid_out(rows: DataFrame, table: SilverTable) -> DataFrame:
    """Put the rows of a partition into as few files as may be, or those next to each other into one."""
    if table.partition_by:
        # by SQL: DataFrame.hint of Spark 3.3 takes a column's name for a text, and refuses it
        names = ", ".join(f"`{name}`" for name in table.partition_by)
        rows.createOrReplaceTempView(_VIEW)
        try:
            return rows.sparkSession.sql(f"SELECT /*+ REBALANCE({names}) */ * FROM {_VIEW}")  # noqa: S608
        finally:
            rows.sparkSession.catalog.dropTempView(_VIEW)
    return rows.repartitionByRange(*table.cluster_by) if table.cluster_by else rows


def properties(table: SilverTable) -> dict[str, str]:
    """Return the table properties of Silver and of what lies beside it.

    The least and the greatest value are kept of every column, not only of the first 32: the job's own stand
    last, and files are left unread by them. https://docs.delta.io/2.1.0/table-properties.html
    """
    return retention(table.retention_days) | {"delta.dataSkippingNumIndexedCols": "-1"}


def retention(days: int) -> dict[str, str]:
    """Return the properties that keep versions readable for ``days``."""
    return {
        "delta.deletedFileRetentionDuration": f"interval {days} days",
        "delta.logRetentionDuration": f"interval {max(days, _LEAST_LOG_DAYS)} days",
    }
