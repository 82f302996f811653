"""What share of a Bedrock quota an enrichment uses, on Spark, against the stub's quota.

    PYTHONPATH=src:.:glue:.tools/job-modules/4.0 .tools/glue-4.0/bin/python -m benchmarks.quota [calls]

The stub keeps the quota as Bedrock documents it, and starts with a minute's worth. Time is scaled, so that
each quota lets through 10 requests a second: of 20 a minute a minute takes 2 s, of 2,000 a minute 200 s. The
stub's quota and latency (5 s) and the limiter's clock go by that time; Spark, boto3 and the cache do not. So
the share is measured harder than it is on AWS up to 600 a minute, and softer above.

A quota that is told is measured so on Spark. One that is found, and one of tokens, with the limiter and
threads that ask the stub as its tasks do, a minute taking 6 to 30 s: what Spark adds to each request is too
much for a minute of 1,000. (2,000 are found in simulated time: tests/unit/glue/enrichment/test_limiter.py.)

Share: what was answered, of what the quota gave from the first request on to the one that was answered last,
a latency later. What it starts with is counted as given where the limiter takes it: all of it when the quota
is found, a sixth of it when tokens are told. Without Spark also without the first minute: what that left is
used then, so it may be more than 1; of tokens that are told, what the requests under way set aside and do not
use is missing in it, once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from pyspark.sql import SparkSession

from benchmarks.figure import Figure
from glue_app.stack.ports import free_port
from pipeline.contract.loader import load_contract
from pipeline.enrichment import EnrichmentOptions, enrich
from pipeline.enrichment.bedrock import tokens_of
from pipeline.enrichment.limiter import Limiter, Stop
from tests.support.enrichment_endpoint import FakeEndpoint

ROOT = Path(__file__).resolve().parents[1]
MODEL = "amazon.nova-lite-v1:0"
CALLS = 120
LATENCY_MS = 5_000
QUOTAS = (20, 60, 200, 1_000, 2_000)
FOUND = {20: 10.0, 60: 10.0, 200: 5.0, 1_000: 2.0}  # and how fast its time goes
TOKENS = 20_000
A_SECOND = 10  # requests that each quota lets through
CONTRACT = """
title: Feedback
columns: [{name: n, type: integer, required: true}, {name: comment, type: string}]
record_key: [n]
free_text: [comment]
enrich:
  instructions: Judge each text.
  answer: {properties: {sentiment: {type: string, enum: [positive, negative]}}}
"""


class Stub:
    """The Bedrock stub, in the Python that the stack runs it with."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        python = Path(os.environ.get("GLUE_APP_TOOLS", ROOT / ".tools")) / "host" / "bin" / "python"
        command = ["-m", "uvicorn", "stub_bedrock.app:app", "--port", self.url.rpartition(":")[2]]
        self._process = subprocess.Popen([python, *command, "--log-level", "error"], cwd=ROOT)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.tell("GET", "/_stub/health")
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def tell(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)  # noqa: S310
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            text = response.read()
        return json.loads(text) if text else None

    def quota(self, speed: float, **a_minute: int) -> None:
        """Set it; a minute's worth of it is there."""
        self.tell("PUT", "/_stub/faults", {"latency_ms": LATENCY_MS, "clock_speed": speed, **a_minute})

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


class Watched(Limiter):
    """Knows when requests were answered, and what that cost of the quota."""

    speed = 1.0
    last: Watched
    begin: Callable[[], None]
    """Called before the first request."""

    def __init__(self, options: EnrichmentOptions, burndown: int, seconds: float | None) -> None:
        speed = self.speed

        def wait(changed: threading.Condition, seconds: float) -> None:
            changed.wait(seconds / speed)

        super().__init__(options, burndown, seconds, lambda: time.monotonic() * speed, wait)
        self._beginning, self.begun = threading.Lock(), False
        self.first = 0.0
        self.taken: list[tuple[float, int]] = []
        """When a request was answered, in scaled seconds, and its tokens."""
        Watched.last = self

    def acquire(self, tokens: int) -> int | Stop:
        with self._beginning:
            if not self.begun:
                self.begun = True
                Watched.begin()
                self.first = time.monotonic() * self.speed + LATENCY_MS / 1_000
        return super().acquire(tokens)

    def settle(self, number: int, input_tokens: int, output_tokens: int) -> None:
        super().settle(number, input_tokens, output_tokens)
        now = time.monotonic() * self.speed
        self.taken.append((now, input_tokens + output_tokens * self._burndown))

    def share(self, kind: str, a_minute: int, without: float = 0.0, there: float = 0.0) -> float:
        """Return what was taken, of what there was.

        ``without``: the first seconds; ``there``: minutes' worth of the quota at first.
        """
        taken = sorted(self.taken)
        since = self.first + without
        counted = [tokens for at, tokens in taken if at > since]
        used = len(counted) if kind == "requests_per_minute" else sum(counted)
        return used / (a_minute * ((taken[-1][0] - since) / 60 + there))


def measure(spark: SparkSession, stub: Stub, speed: float, calls: int, a_minute: int) -> str:
    """Enrich as many texts as it is to make calls; returns the share of requests, and what was throttled."""
    Watched.speed = speed
    Watched.begin = partial(stub.quota, speed, requests_per_minute=a_minute)  # type: ignore[method-assign]
    contract = load_contract(CONTRACT, "feedback.yaml")
    rows = spark.range(calls).selectExpr("id AS n", "concat('I love it, order ', id) AS comment")
    run = f"{time.monotonic_ns()}"
    options = EnrichmentOptions(
        MODEL,
        "cache",
        run_id=run,
        cache_prefix=f"{run}/",
        records_per_prompt=1,
        requests_per_minute=a_minute,
    )
    with mock.patch("pipeline.enrichment.plan.Limiter", Watched):
        stats = enrich(spark, rows, contract, options).stats
    assert stats.failed == 0, stats
    share = Watched.last.share("requests_per_minute", a_minute)
    return f"{share:.3f} ({stats.calls} calls, {stats.throttled} throttled)"


def ask(stub: Stub, speed: float, minutes: float, told: bool, **a_minute: int) -> str:
    """Ask for so many minutes of the stub's, from as many threads as are let through at a time."""
    Watched.speed, Watched.begin = speed, partial(stub.quota, speed, **a_minute)  # type: ignore[method-assign]
    options = EnrichmentOptions(MODEL, "cache", **a_minute if told else {})
    limiter = Watched(options, 1, minutes * 60)
    asked = {
        "messages": [{"role": "user", "content": [{"text": "What do you think of it? " * 20}]}],
        "inferenceConfig": {"maxTokens": 300},
    }

    def task() -> None:
        while isinstance(number := limiter.acquire(tokens_of(asked)), int):
            try:
                usage = stub.tell("POST", f"/model/{MODEL}/converse", asked)["usage"]
            except urllib.error.HTTPError as error:  # 429: any other has no message and ends the thread
                limiter.refused(number, json.loads(error.read())["message"])
            else:
                limiter.settle(number, usage["inputTokens"], usage["outputTokens"])

    threads = [threading.Thread(target=task) for _ in range(options.in_flight)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((kind, quota),) = a_minute.items()
    shares = f"{limiter.share(kind, quota, there=1 / 6 if told else 1):.3f}"
    shares += f", without the first minute {limiter.share(kind, quota, 60):.3f}"
    return f"{shares} ({limiter.calls} calls, {limiter.throttled} throttled)"


@contextmanager
def session(stub: Stub, s3: FakeEndpoint) -> Iterator[SparkSession]:
    """Spark on two cores; each task is a process of Python's that reaches the limiter over TCP, as on AWS."""
    os.environ.update(
        PYSPARK_PYTHON=sys.executable,
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME=stub.url,
        AWS_ENDPOINT_URL_S3=s3.url,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",  # noqa: S106
        AWS_DEFAULT_REGION="us-east-1",
        AWS_EC2_METADATA_DISABLED="true",
    )
    builder = SparkSession.builder.master("local[2]")
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()


def _print(quota: str, told: bool, share: str) -> None:
    name = f"share of {quota} a minute that is used, {'told' if told else 'found'}"
    print(Figure(name, share, "0.95").line(), flush=True)


def others(stub: Stub) -> None:
    """Print what is measured without Spark, two minutes of the stub's each."""
    for a_minute, speed in FOUND.items():
        _print(f"{a_minute:,} requests", False, ask(stub, speed, 2, False, requests_per_minute=a_minute))
    for told in (True, False):
        _print(f"{TOKENS:,} tokens", told, ask(stub, 5, 2, told, tokens_per_minute=TOKENS))


def main(calls: int = CALLS) -> None:
    """Print the figures."""
    stub, s3 = Stub(), FakeEndpoint()
    try:
        with session(stub, s3) as spark:
            measure(spark, stub, 100, 20, 12_000)  # workers start, and import
            for a_minute in QUOTAS:
                speed = A_SECOND * 60 / a_minute
                _print(f"{a_minute:,} requests", True, measure(spark, stub, speed, calls, a_minute))
        others(stub)
    finally:
        s3.stop()
        stub.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
