"""The enrichment as it runs on AWS: several executors, real boto3, S3 and the Bedrock stub behind one URL."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from tests.integration.local_stack import GLUE_PYTHON, JOB_MODULES, REGION, REPOSITORY, LocalStack

pytestmark = pytest.mark.slow

BUCKET = "enrichment-on-a-cluster"


@pytest.fixture(scope="module")
def reports(stack: LocalStack, bedrock_stub: str) -> dict[str, Any]:
    """Both scenarios in one Spark application: it takes longer to start than to do them."""
    stack.client("s3").create_bucket(Bucket=BUCKET)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPARK_"))}
    environment = {
        **kept,
        "PYTHONPATH": os.pathsep.join(map(str, (REPOSITORY / "glue", JOB_MODULES))),
        "AWS_ENDPOINT_URL": stack.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    scenarios = ["rough_weather", "lost_executor"]
    arguments = json.dumps({"bucket": BUCKET, "stub": bedrock_stub, "scenarios": scenarios})
    script = REPOSITORY / "tests" / "integration" / "enrichment" / "cluster_job.py"
    done = subprocess.run(
        [str(GLUE_PYTHON), str(script), arguments],
        cwd=stack.state,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_throttling_errors_and_spoilt_answers_lose_no_row(reports: dict[str, Any]) -> None:
    """Every row is answered; the report's calls and tokens are those the model gave."""
    report = reports["rough_weather"]
    first, stub = report["first"], report["stub"]
    assert report["executors"] == 2
    assert (first["rows"], first["answered"]) == (400, 400)
    assert first["languages"] == ["en", "ja"]
    assert stub["throttled"] > 0
    assert stub["errors"] == 2
    stats = first["stats"]
    assert (stats["texts"], stats["distinct"], stats["cached"], stats["failed"]) == (400, 100, 0, 0)
    assert stats["calls"] == stub["calls"] - stub["throttled"] - stub["errors"]
    assert (stats["throttled"], stats["estimate"]["texts"]) == (stub["throttled"], 100)
    assert (stats["input_tokens"], stats["output_tokens"]) == (stub["input_tokens"], stub["output_tokens"])


def test_the_same_texts_in_another_run_cost_nothing(reports: dict[str, Any]) -> None:
    """All of them come from the cache in S3."""
    report = reports["rough_weather"]
    assert report["second"]["stats"] == {
        "calls": 0,
        "texts": 400,
        "distinct": 100,
        "cached": 100,
        "failed": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "throttled": 0,
        "estimate": {
            "known": 100,
            "texts": 0,
            "calls": 0,
            "input_tokens": 0,
            "output_tokens": 0,
            "price": None,
        },
    }
    assert report["second"]["answered"] == 400
    assert report["stub_after"] == report["stub"]


def test_a_lost_executor_costs_no_more_than_what_was_under_way(reports: dict[str, Any]) -> None:
    """Its task goes on elsewhere from the cache, its calls are counted once, and its results are not paid for
    again when Spark has to compute them anew."""
    report = reports["lost_executor"]
    stats, stub = report["run"]["stats"], report["stub"]
    assert report["run"]["answered"] == 300
    # each task has two requests under way and two more handed to its threads: its Python worker, which
    # outlives the killed JVM for a moment, may still send all four
    assert 60 <= stats["calls"] <= stub["calls"] <= stats["calls"] + 4
    assert stub["records"] <= 300 + 2 * 5
    assert report["stub_after"]["calls"] == stub["calls"], "a result that was lost was paid for again"
