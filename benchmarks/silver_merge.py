"""A day's change of 1,000 rows in Silver tables of two sizes: files rewritten, bytes read, time by size.

    PYTHONPATH=src:.:glue:.tools/job-modules/4.0 .tools/glue-4.0/bin/python -m benchmarks.silver_merge [rows]

The tables are written as uploads leave them: in 16 files of all days each without a layout, by day with one.
The change goes through the step silver as an upload does.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from benchmarks.figure import Figure
from pipeline import silver
from pipeline.contract.loader import load_contract
from pipeline.delta import DeltaTable
from pipeline.session import SETTINGS
from pipeline.silver import layout, maintenance
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts, Storage
from tests.support.fake_s3 import MODIFIED, FakeS3
from tests.support.file_bodies import FileBody
from tests.support.local_spark import JARS

SIZES = (100_000, 1_000_000)
DAYS, FILES, CHANGED = 100, 16, 1000
FIRST = date(2024, 1, 1)
CONTRACT = """
title: Orders
columns:
  - {name: id, type: string, required: true}
  - {name: day, type: date, required: true}
  - {name: amount, type: integer}
  - {name: note, type: string}
record_key: [id]
"""
LAYOUTS = {
    "no layout": "",
    "partition_by day": "silver: {partition_by: [day]}\n",
    "cluster_by day": "silver: {cluster_by: [day]}\n",
}
_METADATA = {
    "_source": "'s3://bronze/bronze/orders/old.csv'",
    "_source_version_id": "'v0'",
    "_source_line": "id",
    "_source_modified_at": "timestamp_seconds(1700000000)",
    "_source_order": "'001700000000.00..v0'",
    "_ingested_at": "timestamp_seconds(1700000000)",
    "_job_run_id": "'jr_0'",
    "_record_key": "sha2(concat('[\"columns\", \"O', id, '\"]'), 256)",
    "_repairs": "CAST(NULL AS string)",
}


@dataclass(frozen=True)
class Measured:
    """What the merge did: files, bytes read as a share of the table, seconds."""

    rewritten: int
    files: int
    share: float
    seconds: float


def _rows(spark: SparkSession, rows: int) -> DataFrame:
    day = f"date_add(DATE '{FIRST}', CAST(id * {DAYS} DIV {rows} AS int))"
    data = ["concat('O', id) AS id", f"{day} AS day", "id % 997 AS amount", "repeat('a note ', 6) AS note"]
    return spark.range(0, rows, 1, FILES).selectExpr(
        *data, *(f"{sql} AS `{name}`" for name, sql in _METADATA.items())
    )


def _table(spark: SparkSession, root: Path, rows: int, text: str) -> DeltaTable:
    contract = load_contract(CONTRACT + text, "orders.yaml")
    table = DeltaTable(spark, f"{root}/silver/orders")
    data = _rows(spark, rows)
    if not text:
        data = data.repartition(FILES, f.rand(1))
    data = layout.laid_out(data, contract.silver)
    table.append(data, contract.silver.partition_by, layout.properties(contract.silver))
    if contract.silver.cluster_by:
        job = maintenance.MaintenanceJob(contract, "silver", str(root), "jr_m")
        maintenance.run(spark, job, Storage(FakeS3()))
    return table


def _bytes_read(spark: SparkSession) -> int:
    jvm: Any = spark._jvm
    return sum(int(one.getBytesRead()) for one in jvm.org.apache.hadoop.fs.FileSystem.getAllStatistics())


def _change(spark: SparkSession, root: Path, rows: int, text: str) -> Measured:
    table = _table(spark, root, rows, text)
    files = len(table.read().inputFiles())
    size = int(table.detail()["sizeInBytes"])
    first = rows // DAYS * (DAYS // 2)
    day = FIRST + timedelta(days=DAYS // 2)
    number = min(CHANGED, rows // DAYS)
    lines = "".join(f"O{first + n},{day},1,changed\n" for n in range(number))
    path = root / "change.csv"
    path.write_text(f"id,day,amount,note\n{lines}", encoding="utf-8")
    job = silver.SilverJob(
        contract=load_contract(CONTRACT + text, "orders.yaml"),
        source=SourceObject("bronze", "bronze/orders/new.csv", "v1"),
        facts=SourceFacts(path.stat().st_size, MODIFIED),
        body=FileBody(str(path)),
        bucket="silver",
        lake=str(root),
        job_run_id="jr_1",
        started_at=datetime.now(timezone.utc),
    )
    before = _bytes_read(spark)
    report = silver.run(spark, job, Storage(FakeS3())).as_dict()
    share = (_bytes_read(spark) - before) / size
    if report["silver"]["updated"] != number:
        raise SystemExit(f"{number} rows should have changed: {report['silver']}")
    last = DeltaTable(spark, table.path).history(1)[0]
    rewritten = int(last["operationMetrics"]["numTargetFilesRemoved"])
    return Measured(rewritten, files, share, float(report["seconds"]["total"]))


def _session(folder: Path) -> SparkSession:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    settings = {
        "spark.driver.extraClassPath": f"{JARS}/*",
        "spark.driver.memory": "2g",
        "spark.local.dir": str(folder),
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "16",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        **SETTINGS,
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def main(*sizes: int) -> None:
    """Print the figures."""
    sizes = sizes or SIZES
    folder = Path(tempfile.mkdtemp(prefix="silver-merge-"))
    spark = _session(folder)
    try:
        _change(spark, folder / "warm", 10_000, LAYOUTS["partition_by day"])
        for name, text in LAYOUTS.items():
            found = {}
            for rows in sizes:
                root = folder / f"{rows} {name}"
                found[rows] = one = _change(spark, root, rows, text)
                share = f"{one.rewritten} of {one.files} ({one.rewritten / one.files:.1%})"
                told = f"a day's change, {rows:,} rows, {name}"
                goal = "at most 5 %" if text else ""
                print(Figure(f"Silver: files rewritten by {told}", share, goal).line(), flush=True)
                print(Figure(f"Silver: bytes read / table by {told}", f"{one.share:.2f}").line(), flush=True)
                shutil.rmtree(root)
            slope = found[sizes[-1]].seconds / found[sizes[0]].seconds
            grown = f"{sizes[-1] / sizes[0]:.0f} times the rows"
            seconds = f"{slope:.2f} times the time"
            print(Figure(f"Silver: a day's change, {grown}, {name}", seconds).line(), flush=True)
    finally:
        spark.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
