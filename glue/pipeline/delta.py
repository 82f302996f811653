"""A Delta table at a path, through Spark SQL alone.

Spark SQL and not the Python package ``delta``: ``--datalake-formats delta`` brings the former to every Glue
job (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-delta-lake.html).

One writer a table: two Spark applications writing one Delta table on S3 lose commits without an error. The
dataset's lock is what keeps them apart (``pipeline.lock``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import types as spark_types

from pipeline.errors import ForeignFilesError, IncompatibleSchemaError

_TASKS_A_SLOT = 4
"""Of VACUUM: by Spark's default it lists a table of any size by 10,000 tasks, minutes on two cores."""
_WRITTEN_BY_DELTA = re.compile(r"part-.+\.parquet")
_SURE_UNITS = 31
"""Of UTF-16, by which a text is surely in order with the statistics that Delta keeps: ``near``."""


class DeltaTable:
    """``path``: ``s3://bucket/prefix``. The latest version is looked up once and after each write: see
    above.
    """

    def __init__(self, spark: SparkSession, path: str) -> None:
        self.spark = spark
        self.path = path
        self._version: int | None = None

    @property
    def sql_name(self) -> str:
        return f"delta.`{self.path}`"

    def exists(self) -> bool:
        return self._latest() is not None

    def version(self) -> int:
        """Return the latest version. The table must exist."""
        version = self._latest()
        if version is None:
            raise LookupError(f"{self.path} is no Delta table")
        return version

    def _latest(self) -> int | None:
        """From the names in the table's log: DESCRIBE HISTORY answers the same with three Spark jobs.

        https://github.com/delta-io/delta/blob/master/PROTOCOL.md#delta-log-entries
        """
        if self._version is None:
            jvm: Any = self.spark._jvm
            commits = jvm.org.apache.hadoop.fs.Path(f"{self.path}/_delta_log/*.json")
            files = commits.getFileSystem(self.spark._jsc.hadoopConfiguration())
            found = files.globStatus(commits)  # sorted by name; the newest commit is never cleaned up
            if found:
                self._version = int(found[len(found) - 1].getPath().getName().split(".")[0])
        return self._version

    def read(self) -> DataFrame:
        """Return the rows as of now: a later write does not show through."""
        return self.spark.read.format("delta").option("versionAsOf", self.version()).load(self.path)

    def detail(self) -> Row:
        """Return what DESCRIBE DETAIL says, ``partitionColumns``, ``properties``, ``numFiles`` among it."""
        found: Row = self.spark.sql(f"DESCRIBE DETAIL {self.sql_name}").first()
        return found

    def history(self, commits: int) -> list[Row]:
        """Return the newest commits, the newest first, as DESCRIBE HISTORY tells of them."""
        found: list[Row] = self.spark.sql(f"DESCRIBE HISTORY {self.sql_name} LIMIT {commits}").collect()
        return found

    def append(
        self, rows: DataFrame, partition_by: Sequence[str] = (), properties: Mapping[str, str] | None = None
    ) -> None:
        """Add rows in one commit; it creates the table when there is none, and only then by what comes
        after ``rows``.
        """
        writer = rows.write.format("delta").mode("append")
        if not self.exists():
            writer = writer.partitionBy(*partition_by).options(**(properties or {}))
        self._version = None
        writer.save(self.path)

    def rewrite(self, rows: DataFrame, partition_by: Sequence[str]) -> None:
        """Replace all rows and the layout by those of ``rows``, in one commit: readers see either."""
        self._version = None
        writer = rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true")
        writer.partitionBy(*partition_by).save(self.path)

    def set_properties(self, properties: Mapping[str, str]) -> bool:
        """Set table properties in one commit; False when they were so already."""
        have: Mapping[str, str] = self.detail()["properties"]
        changed = {name: value for name, value in properties.items() if have.get(name) != value}
        if changed:
            self._version = None
            listed = ", ".join(f"'{name}' = '{value}'" for name, value in changed.items())
            self.spark.sql(f"ALTER TABLE {self.sql_name} SET TBLPROPERTIES ({listed})")
        return bool(changed)

    def optimize(self, cluster_by: Sequence[str] = ()) -> Row:
        """Put small files together, or all rows in order; one commit, none when there is nothing to do.

        https://docs.delta.io/2.1.0/optimizations-oss.html - returns Delta's metrics.
        """
        self._version = None
        order = f" ZORDER BY ({', '.join(f'`{name}`' for name in cluster_by)})" if cluster_by else ""
        found: Row = self.spark.sql(f"OPTIMIZE {self.sql_name}{order}").first()["metrics"]
        return found

    def replace_where(self, rows: DataFrame, condition: str) -> None:
        """Replace the rows that meet ``condition`` by ``rows``, in one commit."""
        self._version = None
        rows.write.format("delta").mode("overwrite").option("replaceWhere", condition).save(self.path)

    def delete(self, condition: str) -> None:
        """Delete the rows that meet ``condition``, in one commit."""
        self._version = None
        self.spark.sql(f"DELETE FROM {self.sql_name} WHERE {condition}")  # noqa: S608 - the job's own SQL

    def vacuum(self, retain: str = "") -> int:
        """Remove the files that no version within ``delta.deletedFileRetentionDuration`` names (a week by
        default) and that are as old; return how many there were.

        retain: another retention, as ``RETAIN 0 HOURS``.

        Delta takes whatever lies in the table's folder for such a file:
        https://docs.delta.io/2.1.0/delta-utility.html#remove-files-no-longer-referenced-by-a-delta-table
        Raises ForeignFilesError, and removes nothing, when there is one that no writer of Delta has made.
        """
        tasks = self.spark.sparkContext.defaultParallelism * _TASKS_A_SLOT
        self.spark.conf.set("spark.sql.sources.parallelPartitionDiscovery.parallelism", str(tasks))
        self.spark.conf.set("spark.databricks.delta.vacuum.parallelDelete.enabled", "true")
        listed = self.spark.sql(f"VACUUM {self.sql_name} {retain} DRY RUN").collect()
        names = [row["path"].rstrip("/").rpartition("/")[2] for row in listed]
        files = [name for name in names if "=" not in name]  # the rest are folders of partitions
        foreign = sorted(name for name in files if not _WRITTEN_BY_DELTA.fullmatch(name))
        if foreign:
            raise ForeignFilesError(self.path, foreign)
        if files:
            self.spark.sql(f"VACUUM {self.sql_name} {retain}")
        return len(files)

    def merge(self, statement: str) -> None:
        """Run ``MERGE INTO <sql_name> …``, in one commit."""
        self._version = None
        self.spark.sql(f"MERGE INTO {self.sql_name} {statement}")

    def check_types(self, schema: spark_types.StructType) -> None:
        """Raise IncompatibleSchemaError when a column that the table has, too, has another type there."""
        have = {field.name: field.dataType for field in self.read().schema}
        changed = {
            field.name: (have[field.name].simpleString(), field.dataType.simpleString())
            for field in schema
            if field.name in have and have[field.name] != field.dataType
        }
        if changed:
            raise IncompatibleSchemaError(self.path, changed)

    def add_columns(self, schema: spark_types.StructType) -> None:
        """Add the columns the table lacks; no commit when it has them all.

        Raises IncompatibleSchemaError when a column has another type.
        """
        self.check_types(schema)
        have = self.read().columns
        added = [
            f"`{field.name}` {field.dataType.simpleString()}" for field in schema if field.name not in have
        ]
        if added:
            self._version = None
            self.spark.sql(f"ALTER TABLE {self.sql_name} ADD COLUMNS ({', '.join(added)})")


def equal_to(values: Iterable[tuple[str, str]]) -> str:
    """Return the SQL condition that each column equals its text: that and not ``=``, by which Delta may
    leave out a file that has it (``near``).
    """
    return " AND ".join(_equal(f"`{column}`", text) for column, text in values)


def _equal(column: str, text: str) -> str:
    said = near(column, text)
    if at_least(text) == text:
        return said
    # Delta knows no statistics of a binary value, and Spark makes no equality of texts of it
    return f"{said} AND CAST({column} AS BINARY) = X'{text.encode().hex()}'"


def near(column: str, text: str) -> str:
    """Return SQL that is true where the column has ``text``, and for no file that has it false."""
    least = at_least(text)
    if least == text:
        return f"{column} = {sql_literal(text)}"
    return f"{column} >= {sql_literal(least)} AND {column} <= {sql_literal(text)}"


def at_least(text: str) -> str:
    """Return what to ask a column's greatest value for, instead of ``text``: its beginning.

    Of a longer text Delta keeps 32 units of UTF-16 and U+FFFD behind them. That is less than a text which
    goes on with a character outside the BMP, and a pair that the cut parts becomes a question mark. A whole
    beginning of 31 units is never greater. Least values are cut, too, which makes them less only.
    https://github.com/delta-io/delta/blob/v2.1.0/core/src/main/scala/org/apache/spark/sql/delta/stats/StatisticsCollection.scala
    """
    return text.encode("utf-16-le")[: 2 * _SURE_UNITS].decode("utf-16-le", "ignore")


def sql_literal(text: str) -> str:
    """``text`` as a Spark SQL string literal, whatever stands in it (object keys hold quotes and
    backslashes).
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"
