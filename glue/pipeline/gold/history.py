"""What changed in Silver between two versions, from Delta's log: the rows of the files that came and went.

A file that is rewritten for one row has all its others on both sides: they cancel out. Commits that say
``dataChange: false`` (OPTIMIZE) hold the same rows before and after.
https://github.com/delta-io/delta/blob/master/PROTOCOL.md#add-file-and-remove-file
"""

from __future__ import annotations

import logging
from urllib.parse import unquote

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as f
from pyspark.sql.utils import CapturedException

from pipeline.delta import DeltaTable

log = logging.getLogger(__name__)

UNREADABLE = (CapturedException, Py4JJavaError)
"""What Spark raises for files that are gone or hold other columns: some at once, some when they are read."""
_FILE = "struct<path: string, dataChange: boolean, deletionVector: struct<storageType: string>>"
_SIGN = "__came_or_went"


class DeltaHistory:
    """``table`` is read at its latest version."""

    def __init__(self, table: DeltaTable) -> None:
        self._table = table
        self._id = ""

    @property
    def version(self) -> str:
        """``<id of the table>@<version>``: a table that was made anew counts from 0 again."""
        if not self._id:
            detail = self._table.spark.sql(f"DESCRIBE DETAIL {self._table.sql_name}").collect()[0]
            self._id = str(detail["id"])
        return f"{self._id}@{self._table.version()}"

    def changed(self, since: str, columns: tuple[str, ...]) -> DataFrame | None:
        """Return the rows, of ``columns``, that came or went after ``since``, each as often as that makes.

        None when that can't be told: another table, schema or layout, a version whose log or files are gone
        (VACUUM). Reading the rows may still raise one of ``UNREADABLE``.
        """
        table, _, version = since.rpartition("@")
        now, _, latest = self.version.rpartition("@")
        if table != now or int(version) > int(latest):
            log.info("gold: Silver is not the table that was loaded before")
            return None
        try:
            return self._difference(range(int(version) + 1, int(latest) + 1), columns)
        except UNREADABLE as error:
            log.info("gold: Silver's changes since version %s can't be read: %s", version, str(error)[:200])
            return None

    def _difference(self, versions: range, columns: tuple[str, ...]) -> DataFrame | None:
        spark = self._table.spark
        came, went = set[str](), set[str]()
        for added, removed, metadata in self._actions(versions) if versions else ():
            if metadata:
                # the files that went have other columns, or other partitions, than the table says now
                log.info("gold: Silver has got another schema, layout or other properties")
                return None
            for files, file in ((came, added), (went, removed)):
                if file is None or not file["dataChange"]:
                    continue
                if file["deletionVector"] is not None:
                    log.info("gold: Silver has deletion vectors, which are not followed")
                    return None
                files.add(file["path"])
        signed = [
            self._rows(files, columns, sign) for files, sign in ((came - went, 1), (went - came, -1)) if files
        ]
        if not signed:
            return spark.createDataFrame([], self._table.read().select(*columns).schema)
        both = signed[0].union(signed[1]) if len(signed) > 1 else signed[0]
        net = both.groupBy(*columns).agg(f.sum(_SIGN).alias(_SIGN))
        return net.where(f"{_SIGN} <> 0").drop(_SIGN)

    def _actions(self, versions: range) -> list[Row]:
        """Return what the log says of files and of metadata, by one Spark job."""
        log_files = [f"{self._table.path}/_delta_log/{version:020}.json" for version in versions]
        schema = f"add {_FILE}, remove {_FILE}, metaData struct<id: string>"
        actions = self._table.spark.read.schema(schema).json(log_files)
        there = f.coalesce("add.dataChange", "remove.dataChange", f.col("metaData").isNotNull())
        columns = ("add", "remove", f.col("metaData").isNotNull())
        found: list[Row] = actions.where(there).select(*columns).collect()
        return found

    def _rows(self, files: set[str], columns: tuple[str, ...], sign: int) -> DataFrame:
        """Return the files as they lie there: those that went are no part of the table any more."""
        paths = [path if ":" in path else f"{self._table.path}/{unquote(path)}" for path in sorted(files)]
        reader = self._table.spark.read.schema(self._table.read().schema)
        rows = reader.option("basePath", self._table.path).parquet(*paths)
        return rows.select(*columns, f.lit(sign).alias(_SIGN))
