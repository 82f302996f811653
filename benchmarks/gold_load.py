"""Gold load against a bare COPY of the same bytes, in one run on one server (ratios travel, seconds do not).

    PYTHONPATH=.:src:glue:.tools/job-modules/4.0 .tools/glue-4.0/bin/python -m benchmarks.gold_load [rows]

Bare COPY: the finished text from memory into a table with the same primary key, one connection, committed.
The load starts from a Silver that Spark holds in memory and does all it does in the job: SQL, text, COPY,
comparison, ledger, ANALYZE, commit. Both use the same driver.

``… -m benchmarks.gold_load 20000000 once``: one load into a new table whose rows Spark makes as it goes, with
the driver's memory; compare two sizes for the slope.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from pyspark.sql import DataFrame, SparkSession

from benchmarks.figure import Figure
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.gold import GoldOptions, GoldReport, load
from pipeline.gold.compute import compute
from pipeline.gold.credentials import Credentials
from tests.support.postgres_server import DATABASE, MASTER, PostgresServer

ROUNDS = 5
ROWS_A_PARTITION = 50_000
HEAP = "1g"
"""Of the driver and its executor together, for a single load."""
CONTRACT = """
title: Orders
columns: [{name: order_id, type: integer, required: true}]
record_key: [order_id]
gold:
  - name: orders
    key: [order_id]
    sql: >-
      SELECT order_id, customer_id, country, amount, quantity, created_at, status, review FROM silver
"""


def _silver(spark: SparkSession, rows: int, changed: bool = False, partitions: int = 4) -> DataFrame:
    amount = "(id * 7919 % 1000003) / 997.0D"
    if changed:
        amount = f"CASE WHEN id % 10 = 0 THEN -1.0D ELSE {amount} END"
    return spark.range(0, rows, 1, partitions).selectExpr(
        "id AS order_id",
        "id % 5000 AS customer_id",
        "concat('country ', id % 47) AS country",
        f"{amount} AS amount",
        "CAST(id % 9 AS int) AS quantity",
        "timestamp_seconds(1600000000 + id * 37) AS created_at",
        "'shipped' AS status",
        "repeat('review text ', 6) AS review",
        "'s3://bronze/bronze/orders/a.csv' AS _source",
        "'v1' AS _source_version_id",
    )


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _bare_copy(server: PostgresServer, chunks: list[memoryview]) -> float:
    with server.connect() as connection:
        connection.run("DROP TABLE IF EXISTS bare")
        connection.run(
            "CREATE TABLE bare (order_id bigint PRIMARY KEY, customer_id bigint, country text, "
            "amount float8, quantity int, created_at timestamptz, status text, review text)"
        )
        return _timed(lambda: connection.run("COPY bare FROM STDIN", stream=iter(chunks)))


class Target:
    """A server, and loads into it."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark, self.server = spark, PostgresServer(durable=True)
        self.contract: Contract = load_contract(CONTRACT, "orders.yaml")

    def gold(self, source: DataFrame) -> GoldReport:
        options = GoldOptions(
            "127.0.0.1", self.server.port, DATABASE, "arn:bench", root_certificate=self.server.certificate
        )
        credentials = Credentials(MASTER, self.server.password)
        with mock.patch("pipeline.gold.connection.fetch", return_value=credentials):
            return load(self.spark, self.contract, source, options)

    def drop(self) -> None:
        with self.server.connect() as connection:
            connection.run("DROP TABLE IF EXISTS orders")


def _ratios(target: Target, rows: int) -> None:
    silver, changed = _silver(target.spark, rows), _silver(target.spark, rows, changed=True)
    for frame in (silver, changed):
        frame.cache().count()
    text = compute(target.spark, silver, target.contract.gold[0], "public").text
    chunks = [chunk.lines for chunk in text.begin()]
    target.gold(silver)  # warms the JVM up, as the Silver step would have
    seconds: dict[str, list[float]] = {name: [] for name in ("bare", "first", "unchanged", "tenth")}
    for _ in range(ROUNDS):
        target.drop()
        seconds["bare"].append(_bare_copy(target.server, chunks))
        seconds["first"].append(_timed(lambda: target.gold(silver)))
        seconds["unchanged"].append(_timed(lambda: target.gold(silver)))
        seconds["tenth"].append(_timed(lambda: target.gold(changed)))
    # other programs on the machine only ever add time
    best = {name: min(values) for name, values in seconds.items()}
    names = {
        "bare": "bare COPY",
        "first": "load into a new table",
        "unchanged": "load, nothing changed",
        "tenth": "load, a tenth of the rows changed",
    }
    print(f"{rows} rows, {sum(map(len, chunks)) / 1e6:.0f} MB, best of {ROUNDS}")
    for name, text_of in names.items():
        rate = rows / best[name]
        print(f"{text_of:36s}{best[name]:7.2f} s {rate:10.0f} rows/s   ratio {best['bare'] / best[name]:.2f}")


def _once(target: Target, rows: int) -> None:
    silver = _silver(target.spark, rows, partitions=max(4, rows // ROWS_A_PARTITION))
    loaded: list[int] = []
    seconds = _timed(lambda: loaded.append(target.gold(silver).tables["orders"].rows))
    if loaded != [rows]:
        raise RuntimeError(f"{rows} rows went in, {loaded} came out")
    gateway: Any = target.spark.sparkContext._gateway
    jvm, python = (_peak_megabytes(pid) for pid in (gateway.proc.pid, os.getpid()))
    value = f"{rows / seconds:.0f} rows/s, JVM {jvm} MB (heap {HEAP}), Python {python} MB"
    print(Figure(f"Gold load of {rows} rows into a new table", value).line(), flush=True)


def _peak_megabytes(pid: int) -> int:
    """Return the most memory that a process ever had, by Linux's /proc."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) >> 10


def main(rows: int = 300_000, once: bool = False) -> None:
    """Print the table."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    if once:
        builder = builder.config("spark.driver.memory", HEAP)
    spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    target = Target(spark)
    try:
        (_once if once else _ratios)(target, rows)
    finally:
        target.server.stop()
        spark.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *[argument == "once" for argument in sys.argv[2:3]])
