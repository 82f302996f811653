"""An incremental Gold table against the same in full, when a hundredth of its keys is touched.

Silver is a Delta table in a folder with ten rows a key; both loads begin at it. Run as gold_load.py.
"""

from __future__ import annotations

import os
import sys
import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from unittest import mock

from pyspark.sql import SparkSession

from benchmarks.figure import Figure
from benchmarks.gold_load import _silver, _timed
from pipeline.contract.loader import load_contract
from pipeline.delta import DeltaTable
from pipeline.gold import DeltaHistory, GoldOptions, load
from pipeline.gold.credentials import Credentials
from tests.support.local_spark import JARS
from tests.support.postgres_server import DATABASE, MASTER, PostgresServer

ROUNDS = 3
CONTRACT = """
title: Orders
columns: [{{name: order_id, type: integer, required: true}}]
record_key: [order_id]
gold:
  - name: {name}
    key: [customer]
    incremental: {incremental}
    sql: >-
      SELECT order_id DIV 10 AS customer, count(*) AS orders, sum(quantity) AS quantity,
      max(amount) AS amount, max(created_at) AS latest FROM silver GROUP BY order_id DIV 10
"""


def _spark(folder: str) -> SparkSession:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": folder,
        "spark.driver.extraClassPath": f"{JARS}/*",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.databricks.delta.snapshotPartitions": "4",
        "spark.sql.shuffle.partitions": "8",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def main(rows: int = 1_000_000) -> None:
    """Print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        spark, server = _spark(folder), PostgresServer(durable=True)
        try:
            path = str(Path(folder, "silver"))
            _silver(spark, rows, partitions=20).write.format("delta").save(path)
            options = GoldOptions(
                "127.0.0.1", server.port, DATABASE, "arn:bench", root_certificate=server.certificate
            )
            credentials = Credentials(MASTER, server.password)

            def gold(name: str, incremental: bool) -> None:
                table = DeltaTable(spark, path)
                contract = load_contract(
                    CONTRACT.format(name=name, incremental=str(incremental).lower()), f"{name}.yaml"
                )
                with mock.patch("pipeline.gold.connection.fetch", return_value=credentials):
                    this = replace(options, load_id=uuid.uuid4().hex)
                    load(spark, contract, table.read(), this, DeltaHistory(table))

            tables = {"whole": False, "touched": True}
            seconds: dict[str, list[float]] = {name: [] for name in tables}
            for name, incremental in tables.items():
                gold(name, incremental)
            for number in range(ROUNDS):
                first = rows // 100 * number
                spark.sql(
                    f"UPDATE delta.`{path}` SET quantity = quantity + 1 "  # noqa: S608 - our own path
                    f"WHERE order_id BETWEEN {first} AND {first + rows // 100 - 1}"
                )
                for name, incremental in tables.items():
                    seconds[name].append(_timed(lambda n=name, i=incremental: gold(n, i)))
        finally:
            server.stop()
            spark.stop()
    whole, touched = min(seconds["whole"]), min(seconds["touched"])
    value = f"{touched / whole:.2f} ({touched:.1f} s / {whole:.1f} s, {rows} rows)"
    print(Figure("incremental Gold load / full, 1 % of the keys touched", value).line())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
