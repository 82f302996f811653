"""Run by the Glue environment's Python: enrich rows on a cluster of two executors, report as JSON on stdout.

Argument: JSON with ``bucket``, ``stub`` (URL of its control routes) and ``scenario`` (a name below).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from pipeline.contract.loader import load_contract
from pipeline.enrichment import EnrichmentOptions, EnrichmentResult, enrich

CONTRACT = """
title: Feedback
columns:
  - {name: feedback_id, type: integer, required: true}
  - {name: comment, type: string}
record_key: [feedback_id]
free_text: [comment]
enrich:
  instructions: The texts are comments of an online shop's customers.
  answer:
    properties:
      category: {type: string, enum: [delivery, quality, price, other], description: What it is about.}
      sentiment: {type: string, enum: [positive, neutral, negative]}
      language: {type: string, enum: [en, ja, other]}
      summary: {type: string, maxLength: 80}
      keywords: {type: array, items: {type: string}, maxItems: 5}
"""
COMMENTS = (
    "The parcel came late and the box was torn, order {0}.",
    "配送が遅くて箱もつぶれていました。注文番号{0}です。",
    "Great quality, I love it! Number {0}.",
    "値段のわりに品質がよく、とても満足しています（{0}）。",
)


class Job:
    def __init__(self, spark: SparkSession, bucket: str, stub: str) -> None:
        self._spark = spark
        self._bucket = bucket
        self._stub = stub
        self._contract = load_contract(CONTRACT, "feedback.yaml")

    def enrich(self, rows: int, distinct: int, run_id: str, **settings: Any) -> EnrichmentResult:
        options = EnrichmentOptions("amazon.nova-lite-v1:0", self._bucket, run_id=run_id, **settings)
        return enrich(self._spark, self._rows(rows, distinct), self._contract, options)

    def _rows(self, rows: int, distinct: int) -> DataFrame:
        comments = [COMMENTS[number % distinct % 4].format(number % distinct) for number in range(rows)]
        return self._spark.createDataFrame(list(enumerate(comments)), "feedback_id long, comment string")

    def stub(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._stub + path, data, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            text = response.read()
        return json.loads(text) if text else None


def executors() -> list[int]:
    """Process ids of our executors: descendants of this process."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            pid = int(folder.name)
            if b"CoarseGrainedExecutorBackend" in (folder / "cmdline").read_bytes() and _is_ours(pid):
                found.append(pid)
    return sorted(found)


def _is_ours(pid: int) -> bool:
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return False


def summary(result: EnrichmentResult) -> dict[str, Any]:
    rows = result.rows.collect()
    return {
        "stats": asdict(result.stats),
        "rows": len(rows),
        "answered": sum(row["category"] is not None and row["_enrichment_error"] is None for row in rows),
        "languages": sorted({row["language"] for row in rows}),
    }


def rough_weather(job: Job) -> dict[str, Any]:
    """Throttling, errors and spoilt answers, then the same texts again in another run."""
    faults = {
        "throttle_every": 4,
        "error_code": "ServiceUnavailableException",
        "error_next": 2,
        "tool_answer": "missing_record",
        "tool_answer_next": 2,
        "guardrail_next": 1,
    }
    job.stub("DELETE", "/_stub/calls")
    job.stub("PUT", "/_stub/faults", faults)
    first = summary(job.enrich(400, 100, "one"))
    job.stub("DELETE", "/_stub/faults")
    counted = job.stub("GET", "/_stub/calls")
    second = summary(job.enrich(400, 100, "two"))
    return {
        "executors": len(executors()),
        "first": first,
        "second": second,
        "stub": counted,
        "stub_after": job.stub("GET", "/_stub/calls"),
    }


def lost_executor(job: Job) -> dict[str, Any]:
    """One executor is killed while its requests are under way, another after all is answered."""
    job.stub("DELETE", "/_stub/calls")
    job.stub("PUT", "/_stub/faults", {"latency_ms": 300})
    killed: list[int] = []

    def kill_one() -> None:
        deadline = time.monotonic() + 60
        while job.stub("GET", "/_stub/calls")["records"] < 40 and time.monotonic() < deadline:
            time.sleep(0.05)
        killed.append(executors()[0])
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    result = job.enrich(300, 300, "three", max_in_flight=4, records_per_prompt=5, cache_prefix="lost/")
    killer.join()
    job.stub("DELETE", "/_stub/faults")
    counted = job.stub("GET", "/_stub/calls")
    os.kill(next(pid for pid in executors() if pid != killed[0]), signal.SIGKILL)
    return {"run": summary(result), "stub": counted, "stub_after": job.stub("GET", "/_stub/calls")}


SCENARIOS = {"rough_weather": rough_weather, "lost_executor": lost_executor}


@contextlib.contextmanager
def cluster() -> Iterator[SparkSession]:
    """Two executors of one core, each a process of its own."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    os.environ["PYTHONPATH"] = path
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.executor.cores": "1",
        "spark.executor.memory": "512m",
        "spark.executorEnv.PYTHONPATH": path,
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    }
    builder = SparkSession.builder.master("local-cluster[2,1,512]").appName("enrichment")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    yield spark
    spark.stop()


def main() -> None:
    arguments = json.loads(sys.argv[1])
    with cluster() as spark:
        job = Job(spark, arguments["bucket"], arguments["stub"])
        print(json.dumps({name: SCENARIOS[name](job) for name in arguments["scenarios"]}))


if __name__ == "__main__":
    main()
