"""Puts a waiting JVM through what jobs do, so that its classes are loaded and compiled when a run comes.

No S3 and no credentials: the tables lie in the JVM's own folder. Ends by writing the file that offers the
JVM to the next run.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PATIENCE_S = 60.0  # for the JVM to say where it listens


def main() -> None:
    given = json.loads(sys.argv[1])
    try:
        _prepare(given)
    except BaseException:
        os.kill(int(given["pid"]), signal.SIGKILL)  # nobody shall wait for it
        raise


def _prepare(given: dict[str, str]) -> None:
    port, secret = _connection(Path(given["connection"]))
    os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"] = str(port), secret
    folder = Path(given["home"], "exercise")
    _exercise(f"file://{folder}")
    shutil.rmtree(folder, ignore_errors=True)
    ready = Path(given["ready"])
    offered = {"port": port, "secret": secret, "pid": given["pid"], "home": given["home"]}
    part = ready.with_suffix(".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as sink:
        json.dump(offered, sink)
    os.rename(part, ready)
    os.unlink(given["making"])


def _connection(file: Path) -> tuple[int, str]:
    """Port and secret, as pyspark's own launcher reads them: four bytes a number, big-endian."""
    deadline = time.monotonic() + _PATIENCE_S
    while not file.exists():
        if time.monotonic() > deadline:
            sys.exit("the JVM did not say where it listens")
        time.sleep(0.02)
    data = file.read_bytes()
    port, length = struct.unpack(">ii", data[:8])
    return port, data[8 : 8 + length].decode()


def _exercise(root: str) -> None:
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    jvm: Any = spark.sparkContext._jvm
    try:
        for step in (_queries, _delta):
            step(spark, root)
    finally:
        spark.stop()
        _forget(jvm)


def _queries(spark: Any, root: str) -> None:
    from pyspark.sql import functions as f

    def same(frames: Iterator[Any]) -> Iterator[Any]:
        return frames

    rows = spark.range(50).selectExpr("id", "concat('text ', id % 9) text", "current_timestamp() at")
    mapped = rows.mapInPandas(same, rows.schema).persist()
    counts = mapped.groupBy("text").agg(f.min("id").alias("first"), f.count(f.lit(1)).alias("n"))
    joined = mapped.join(counts, "text", "left").withColumn("key", f.sha2("text", 256))
    joined.withColumn("parsed", f.from_json(f.lit('{"a": "b"}'), "a string")).collect()
    mapped.unpersist()


def _delta(spark: Any, root: str) -> None:
    """Only where the run has Delta."""
    if "DeltaSparkSessionExtension" not in spark.conf.get("spark.sql.extensions", ""):
        return
    rows = spark.range(50).selectExpr("id", "concat('text ', id % 9) text")
    rows.write.format("delta").mode("append").save(f"{root}/delta")
    table = spark.read.format("delta").option("versionAsOf", 0).load(f"{root}/delta")
    table.join(rows.select("id"), "id", "left_anti").unionByName(rows).groupBy("text").count().collect()
    rows.where("id < 20").createOrReplaceTempView("changes")
    spark.sql(
        f"MERGE INTO delta.`{root}/delta` t USING changes s ON t.id = s.id "  # noqa: S608
        "WHEN MATCHED AND s.id = 7 THEN DELETE WHEN MATCHED THEN UPDATE SET t.text = s.text "
        "WHEN NOT MATCHED THEN INSERT (id, text) VALUES (s.id, s.text)"
    )


def _forget(jvm: Any) -> None:
    """Take back all state of the exercise that outlives its SparkContext, then give memory back."""
    session = jvm.org.apache.spark.sql.SparkSession
    session.clearActiveSession()
    session.clearDefaultSession()
    if "delta" in str(jvm.java.lang.System.getProperty("spark.sql.extensions")):
        jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
    jvm.org.apache.hadoop.fs.FileSystem.closeAll()
    for _ in range(2):
        jvm.java.lang.System.gc()


if __name__ == "__main__":
    main()
