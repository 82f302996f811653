"""Gold loads without an end, each acknowledged by a line: the writer of the failover drill.

    PYTHONPATH=.:glue:<the job's> python -m tests.drill.failover.gold_loader HOST PORT DATABASE SECRET_ARN

Runs in the job's own Python, with the job's own loader. Load n makes every row of the table say n; one line
of JSON a load: `{"load": n, "seconds": s}`. Ends with the first load that fails for good.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from pipeline.contract.loader import load_contract
from pipeline.gold import GoldOptions, load
from tests.drill.failover.gold_table import CONTRACT, ROWS


def silver(spark: SparkSession, number: int) -> DataFrame:
    """What Silver holds for load `number`."""
    return spark.range(0, ROWS, 1, 2).selectExpr(
        "id",
        f"{number}L AS load",
        "repeat('some text ', 10) AS text",
        "'s3://bronze/bronze/drill/a.csv' AS _source",
        f"'v{number}' AS _source_version_id",
    )


def main(host: str, port: str, database: str, secret_arn: str, bundle: str) -> None:
    """Load until it is killed, or fails."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    contract = load_contract(CONTRACT, "drill.yaml")
    root = Path(bundle).read_text(encoding="ascii")
    number = 0
    while True:
        number += 1
        started = time.monotonic()
        options = GoldOptions(host, int(port), database, secret_arn, root_certificate=root)
        load(spark, contract, silver(spark, number), options)
        print(json.dumps({"load": number, "seconds": round(time.monotonic() - started, 2)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
