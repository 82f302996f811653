"""A run that takes a warm JVM sees the same world as one whose JVM starts with it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import textwrap
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from glue_app.runner import kernel_guard
from glue_app.runner.run_request import RunRequest
from glue_app.runner.runs import Run, Runs
from glue_app.runner.settings import Settings
from tests.integration.local_stack import GLUE_JARS, GLUE_PYTHON, REGION, LocalStack
from tests.support.polling import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.embedded("the runner lives in the process of the test")]

DELTA = {
    "--datalake-formats": "delta",
    "--conf": "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension "
    "--conf spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
WORLD = """
import json, os, sys
from pyspark.sql import SparkSession
target = sys.argv[sys.argv.index("--target") + 1]
spark = SparkSession.builder.getOrCreate()
spark.range(3).write.format("delta").save(target)

def look(rows):
    import boto3, pathlib
    try:
        boto3.client("s3", endpoint_url="https://s3.amazonaws.com").list_buckets()
        refused = False
    except Exception as error:
        refused = "egress refused" in str(error)
    yield json.dumps({
        "cwd": os.getcwd(), "home": os.environ["HOME"], "key": os.environ["AWS_ACCESS_KEY_ID"],
        "leftover": sorted(name for name in os.environ if "WARM" in name), "refused": refused,
    })

seen = json.loads(spark.sparkContext.parallelize([0], 1).mapPartitions(look).collect()[0])
jvm = spark.sparkContext._jvm
jvm.org.apache.log4j.LogManager.getLogger("GlueLogger").info("hello from the JVM")
jvm.java.lang.System.out.println("printed by the JVM")
conf = spark.sparkContext.getConf().getAll()
pid = jvm.java.lang.ProcessHandle.current().pid()

def by_nio():  # the kernel's guard has it refused; without that nothing is tried
    if not os.path.exists("/proc") or "Seccomp:\\t2" not in open(f"/proc/{pid}/status").read():
        return "unguarded"
    try:
        jvm.java.nio.channels.SocketChannel.open(jvm.java.net.InetSocketAddress("203.0.113.7", 443))
    except Exception as error:
        return str(error.java_exception.getMessage())

secrets = [name for name, value in conf if value == os.environ["AWS_SECRET_ACCESS_KEY"]]
print(json.dumps({
    "worker": seen, "cwd": os.getcwd(), "rows": spark.read.format("delta").load(target).count(),
    "warm": "PYSPARK_GATEWAY_PORT" in os.environ, "secrets_in_conf": secrets,
    "user_dir": jvm.java.lang.System.getProperty("user.dir"),
    "pid": pid, "by_nio": by_nio(),
    "tables": [table.name for table in spark.catalog.listTables()],
}))
"""


@contextlib.contextmanager
def runner(warm_jvms: int) -> Iterator[Runs]:
    """It lives in this process, its jobs in Glue's Python."""
    home = Path(tempfile.mkdtemp(prefix="glue-app-warm-"))
    options = {"python": str(GLUE_PYTHON), "jars": GLUE_JARS, "java_options": "-XX:TieredStopAtLevel=1"}
    runs = Runs(Settings(0, "a-token-of-the-tests", home, warm_jvms=warm_jvms, **options))  # type: ignore[arg-type]
    yield runs
    runs.stop_all()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    """A runner that keeps a JVM."""
    with runner(warm_jvms=1) as runs:
        yield runs


@pytest.fixture
def run(runs: Runs, stack: LocalStack, bucket: str) -> Callable[..., Run]:
    """run(script): what became of it; by another runner with `of`."""

    def carry_out(script: str, of: Runs = runs) -> Run:
        run_id = uuid.uuid4().hex
        stack.client("s3").put_object(Bucket=bucket, Key=run_id, Body=textwrap.dedent(script).encode())
        arguments = DELTA | {"--target": f"s3://{bucket}/warm/{run_id}"}
        started = of.start(RunRequest(run_id, f"s3://{bucket}/{run_id}", arguments, world(stack)))
        wait_for("the run to end", lambda: started.state.terminal, 120)
        return started

    return carry_out


def world(stack: LocalStack) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": stack.endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "a-key-of-this-run",
        "AWS_SECRET_ACCESS_KEY": "a-secret-of-this-run",
        "AWS_SESSION_TOKEN": "a-token-of-this-run",
    }


def warmed(runs: Runs, stack: LocalStack) -> Path:
    offers = runs.warm_jvms.keep_ready_for(DELTA, world(stack))
    assert offers is not None
    return wait_for("the warm JVM", lambda: next(offers.glob("*.json"), None), 120)


def streams(run: Run) -> tuple[str, str]:
    return (run.directory / "stdout.log").read_text(), (run.directory / "stderr.log").read_text()


def output(run: Run) -> Any:
    text = (run.directory / "stdout.log").read_text()
    assert run.exit_code == 0, (run.directory / "stderr.log").read_text()
    return json.loads(text.splitlines()[-1])


def test_its_world_is_that_of_a_cold_one(runs: Runs, run: Callable[..., Run], stack: LocalStack) -> None:
    with runner(warm_jvms=0) as without:
        cold_run = run(WORLD, of=without)
        cold = output(cold_run)
        outputs = [(cold, cold_run, streams(cold_run))]
    assert not cold["warm"]
    warmed(runs, stack)
    warm_run = run(WORLD)
    warm = output(warm_run)
    assert warm["warm"]
    outputs.append((warm, warm_run, streams(warm_run)))

    for one, of, (stdout, stderr) in outputs:
        assert one["rows"] == 3
        assert one["tables"] == []
        assert one["secrets_in_conf"] == []
        assert one["cwd"] == one["worker"]["cwd"] == one["user_dir"] == str(of.directory / "work")
        assert one["worker"]["home"] == str(of.directory)
        assert one["worker"]["key"] == "a-key-of-this-run"
        assert one["worker"]["refused"]
        assert one["worker"]["leftover"] == []
        assert "INFO GlueLogger: hello from the JVM" in stderr
        assert "printed by the JVM" in stdout
        if kernel_guard.problem() is None:
            assert one["by_nio"] == "No route to host"
            assert "egress refused: 203.0.113.7 is not part of the local stack" in stderr

    # it served one run, and ended with it
    wait_for("the JVM to end with its run", lambda: not Path(f"/proc/{warm['pid']}/cmdline").exists())
    with pytest.raises(ProcessLookupError):
        os.kill(warm["pid"], 0)


def test_a_script_without_spark_leaves_it(runs: Runs, run: Callable[..., Run], stack: LocalStack) -> None:
    ready = warmed(runs, stack)
    before = ready.read_text()
    assert output(run("print(1)")) == 1
    assert ready.read_text() == before


def test_one_that_died_is_made_up_for(runs: Runs, run: Callable[..., Run], stack: LocalStack) -> None:
    """The offer may be older than the death: the run starts a JVM of its own and says so."""
    ready = warmed(runs, stack)
    offer = json.loads(ready.read_text()) | {"port": 1}
    ready.write_text(json.dumps(offer))
    ended = run(WORLD)
    assert not output(ended)["warm"]
    assert "the warm JVM is of no use" in (ended.directory / "stderr.log").read_text()
