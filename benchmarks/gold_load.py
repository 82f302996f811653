"""Gold load against a bare COPY of the same bytes, in one run on one server (ratios travel, seconds do not).

    PYTHONPATH=glue:.tools/job-modules/4.0 .tools/glue-4.0/bin/python -m benchmarks.gold_load [rows]

Bare COPY: the finished text from memory into a table with the same primary key, one connection, committed.
The load starts from a Silver that Spark holds in memory and does all it does in the job: SQL, text, COPY,
comparison, ledger, commit. Both use the same driver. The target for a new table is a ratio of at least 0.5.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from unittest import mock

from pyspark.sql import DataFrame, SparkSession

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.gold import GoldOptions, GoldReport, load
from pipeline.gold.compute import compute
from pipeline.gold.credentials import Credentials
from tests.support.postgres_server import DATABASE, MASTER, PostgresServer

ROUNDS = 5
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


def _silver(spark: SparkSession, rows: int, changed: bool = False) -> DataFrame:
    amount = "(id * 7919 % 1000003) / 997.0D"
    if changed:
        amount = f"CASE WHEN id % 10 = 0 THEN -1.0D ELSE {amount} END"
    silver = spark.range(0, rows, 1, 4).selectExpr(
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
    silver.cache().count()
    return silver


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


def _chunks(spark: SparkSession, contract: Contract, silver: DataFrame) -> list[memoryview]:
    return list(compute(spark, silver, contract.gold[0], "public").text.chunks)


def main(rows: int = 300_000) -> None:
    """Print the table."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    contract = load_contract(CONTRACT, "orders.yaml")
    server = PostgresServer(durable=True)
    try:
        silver, changed = _silver(spark, rows), _silver(spark, rows, changed=True)
        options = {
            "host": "127.0.0.1",
            "port": server.port,
            "database": DATABASE,
            "secret_arn": "arn:benchmark",
            "root_certificate": server.certificate,
        }
        credentials = Credentials(MASTER, server.password)

        def gold(source: DataFrame) -> GoldReport:
            with mock.patch("pipeline.gold.connection.fetch", return_value=credentials):
                return load(spark, contract, source, GoldOptions(**options))

        def drop() -> None:
            with server.connect() as connection:
                connection.run("DROP TABLE IF EXISTS orders")

        chunks = _chunks(spark, contract, silver)
        gold(silver)  # warms the JVM up, as the Silver step would have
        seconds: dict[str, list[float]] = {name: [] for name in ("bare", "first", "unchanged", "tenth")}
        for _ in range(ROUNDS):
            drop()
            seconds["bare"].append(_bare_copy(server, chunks))
            seconds["first"].append(_timed(lambda: gold(silver)))
            seconds["unchanged"].append(_timed(lambda: gold(silver)))
            seconds["tenth"].append(_timed(lambda: gold(changed)))
    finally:
        server.stop()
        spark.stop()
    # other programs on the machine only ever add time
    best = {name: min(values) for name, values in seconds.items()}
    names = {
        "bare": "bare COPY",
        "first": "load into a new table",
        "unchanged": "load, nothing changed",
        "tenth": "load, a tenth of the rows changed",
    }
    print(f"{rows} rows, {sum(map(len, chunks)) / 1e6:.0f} MB, best of {ROUNDS}")
    for name, text in names.items():
        rate = rows / best[name]
        print(f"{text:36s}{best[name]:7.2f} s {rate:10.0f} rows/s   ratio {best['bare'] / best[name]:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
