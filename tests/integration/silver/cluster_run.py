"""Run by the Glue environment's Python: the step silver on a cluster of two executors, report as JSON on
stdout.

Arguments: a folder to work in. Each executor is a JVM of its own, as on Glue: whatever is not shipped to it
is missing, and nothing it computes is in the driver's memory.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

from pipeline import silver
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.delta import DeltaTable
from pipeline.reading import Body, open_csv, ranges
from pipeline.reading.frame import records
from pipeline.silver import step
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts, Storage
from tests.support.fake_s3 import MODIFIED, FakeS3
from tests.support.file_bodies import FileBody
from tests.support.local_spark import spark_settings
from tests.support.polling import wait_for

ROWS = 20_000
CONTRACT = """
title: Orders
columns:
  - {name: id, type: integer, required: true}
  - {name: note, type: string}
  - {name: day, type: date}
record_key: [id]
"""


def main(folder: Path) -> None:
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)  # the workers' launcher looks there
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local-cluster[2,1,1024]")
    settings = spark_settings(folder / "spark") | {"spark.executor.memory": "512m"}
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    step._BYTES_A_PARTITION = ranges._LEAST = 50_000  # a file of 700 KB is cut as one of 60 MB would be
    path = folder / "orders.csv"
    path.write_text("id,note,day\n" + "".join(_lines()), encoding="utf-8")
    contract = load_contract(CONTRACT, "orders.yaml")
    job = silver.SilverJob(
        contract=contract,
        source=SourceObject("bronze", "bronze/orders/orders.csv", "v1"),
        facts=SourceFacts(path.stat().st_size, MODIFIED),
        body=FileBody(str(path)),
        bucket="silver",
        lake=str(folder),
        job_run_id="jr_1",
        started_at=datetime.now(timezone.utc),
    )
    report = silver.run(spark, job, Storage(FakeS3())).as_dict()
    rows = DeltaTable(spark, job.silver_path).read()
    counts = ("count(*) AS n", "count(DISTINCT id) AS ids", "sum(length(note)) AS characters")
    found = rows.selectExpr(*counts).first()
    print(
        json.dumps(
            {
                "rows": report["rows"],
                "reasons": report["quarantine_reasons"],
                "silver": found.asDict() if found else None,
                "records_an_executor": _spread(spark, contract, job.body, folder / "executors"),
            }
        )
    )
    spark.stop()


def _lines() -> Iterator[str]:
    for number in range(ROWS):
        day = "soon" if number % 100 == 0 else "2024-01-02"
        yield f'{number},"note {number:06d}\nline two",{day}\n'


def _spread(spark: SparkSession, contract: Contract, body: Body, seen: Path) -> list[list[int]]:
    """Return for each executor how many records its tasks read: a Python worker's parent is its executor's.

    A task waits until both executors have one, or a quick one would do the work of both.
    """
    seen.mkdir()

    def count(rows: Iterator[object]) -> Iterator[tuple[int, int]]:
        (seen / str(os.getppid())).touch()
        wait_for("a task on the other executor", lambda: len(list(seen.iterdir())) > 1, 60)
        yield os.getppid(), sum(1 for _ in rows)

    spread = defaultdict[int, list[int]](list)
    for executor, number in records(spark, open_csv(body, contract), 8).rdd.mapPartitions(count).collect():
        spread[executor].append(number)
    return list(spread.values())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
