"""`make reprocess`, `quality`, `find` and `forget` against the whole pipeline, Spark and Gold included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from psycopg import sql

from glue_app.bootstrap.layout import ROOT
from glue_app.e2e.stack import RunningStack
from glue_app.e2e.upload import upload
from glue_app.settings import Settings
from glue_app.stack.layout import StateLayout
from tests.support.polling import wait_for

pytestmark = pytest.mark.long
DATASET = "support_tickets"  # its name: the contract is this test's
CONTRACT = """
title: Tickets
columns:
  - {name: id, type: string, required: true}
  - {name: state, type: string, required: true}
  - {name: changed_at, type: integer, required: true}
record_key: [id]
sequence_by: changed_at
quality: {max_quarantined_ratio: 1}
gold:
  - name: ops_states
    key: [state]
    sql: SELECT state, COUNT(*) AS n FROM silver GROUP BY state
  - name: ops_tickets
    key: [id]
    sql: SELECT id, state FROM silver
"""
MENDED = CONTRACT.replace(
    "{name: state, type: string, required: true}",
    "{name: state, type: string, required: true, enum: [open, closed]}",
)
B = "bo-7731@example.com"
UPLOADS = {
    "1.csv": f"id,state,changed_at\na,open,1\n{B},open,5\nc,closed,1\n",
    "2.csv": f"id,state,changed_at\na,closd,2\n{B},closed,1\n",
    "3.csv": "id,state,changed_at\nc,closed,3\n",
}
"""``a`` is misspelt in its latest state, and the latest state of B stands in the first file."""


@pytest.fixture(scope="module")
def uploaded(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> RunningStack:
    """Three uploads, processed under the contract before it was mended."""
    folder: Path = tmp_path_factory.mktemp("uploads")
    put_contract(stack, CONTRACT)
    for name, text in UPLOADS.items():
        (folder / name).write_text(text)
        upload(stack.client("s3"), stack.outputs["bronze_bucket"], DATASET, folder / name)
        time.sleep(1.1)  # S3 keeps whole seconds: the order of the uploads is theirs
    wait_for("all to be in Silver", lambda: len(keys(stack, f"sources/{DATASET}/")) == 3, 1800)
    wait_for("Gold", lambda: settled(stack), 1800)
    return stack


def put_contract(stack: RunningStack, text: str) -> None:
    bucket = stack.outputs["assets_bucket"]
    stack.client("s3").put_object(Bucket=bucket, Key=f"datasets/{DATASET}.yaml", Body=text.encode())


def keys(stack: RunningStack, prefix: str) -> list[str]:
    found = stack.client("s3").list_objects_v2(Bucket=stack.outputs["silver_bucket"], Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", [])]


def settled(stack: RunningStack) -> bool:
    """Nothing waits, nothing runs."""
    return not keys(stack, f"pending/{DATASET}/") and not running(stack)


def running(stack: RunningStack) -> list[str]:
    found = stack.client("stepfunctions").list_executions(
        stateMachineArn=stack.outputs["state_machine_arn"], statusFilter="RUNNING"
    )
    return [one["executionArn"] for one in found["executions"]]


def runs(stack: RunningStack) -> list[tuple[str, str]]:
    """Step and state of the job's runs, the first one first."""
    found = stack.client("glue").get_job_runs(JobName=stack.outputs["glue_job_name"])["JobRuns"]
    ordered = sorted(found, key=lambda run: run["StartedOn"])
    return [(run["Arguments"]["--step"], run["JobRunState"]) for run in ordered]


def states(stack: RunningStack) -> dict[str, str]:
    rows = stack.lake().table(f"silver/{DATASET}", "id, state")
    return {
        key.as_py(): state.as_py() for key, state in zip(rows.column("id"), rows.column("state"), strict=True)
    }


def command(*words: str, **variables: str) -> subprocess.Popen[str]:
    """As make runs it."""
    return subprocess.Popen(
        [sys.executable, "-m", "glue_app.cli", *words, f"--dataset={DATASET}"],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def said(*words: str, **variables: str) -> str:
    """What a command that ends well says."""
    process = command(*words, **variables)
    told = process.communicate(timeout=1800)[0]
    assert process.returncode == 0, told
    return told


def test_uploads_go_through_again_after_a_change_of_the_contract(uploaded: RunningStack) -> None:
    """The command and its execution are stopped half way; the same command goes on.

    One run of silver and one of gold do all; Silver is what the changed contract says of the three.
    """
    stack = uploaded
    assert states(stack) == {"a": "closd", B: "open", "c": "closed"}
    put_contract(stack, MENDED)
    first = command("reprocess", "--yes")
    wait_for("its run", lambda: runs(stack)[-1] == ("silver", "RUNNING"), 900)
    first.kill()
    first.communicate()
    for arn in running(stack):
        stack.client("stepfunctions").stop_execution(executionArn=arn)
    wait_for("the run's end", lambda: runs(stack)[-1][1] not in ("STARTING", "RUNNING", "STOPPING"), 900)
    before = len(runs(stack))
    assert keys(stack, f"pending/{DATASET}/uploads/")

    told = said("reprocess", "--yes")
    assert "goes on with what was begun" in told
    assert runs(stack)[before:] == [("silver", "SUCCEEDED"), ("gold", "SUCCEEDED")]
    assert states(stack) == {"a": "open", B: "open", "c": "closed"}
    with stack.gold() as gold:
        assert dict(gold.execute("SELECT state, n FROM ops_states").fetchall()) == {"open": 2, "closed": 1}
    assert "skipped     3  current" in said("reprocess", "--yes")
    assert len(runs(stack)) == before + 2


def test_the_quality_of_the_uploads_is_there_for_people_and_for_bi(uploaded: RunningStack) -> None:
    told = said("quality")
    assert all(name in told for name in UPLOADS)
    with uploaded.gold_as_bi() as gold:
        query = f"SELECT count(*), sum(rows_read) FROM {DATASET}_quality"
        counted: Any = gold.execute(query).fetchone()
    assert (int(counted[0]), int(counted[1])) == (3, 6)


def test_a_persons_rows_are_found_in_every_version(uploaded: RunningStack) -> None:
    """Two versions in Bronze, one row in Silver; the key is not told."""
    told = said("find", KEY=B)
    assert "2 rows in 2 of 3 source versions in Bronze" in told
    assert "lines 3" in told
    assert "silver      1 row\n" in told


def test_a_person_is_forgotten_in_every_layer(uploaded: RunningStack) -> None:
    """Nothing in either bucket, in any version, nor in Gold, nor in a log holds the key; everybody else is in
    Silver and Gold. The certificate says what went.
    """
    stack = uploaded
    before = {kind_of(name) for name, body in stored(stack) if B in body}
    assert {"bronze", "silver", "silver/_delta_log"} <= before
    assert in_gold(stack) == ["ops_tickets"]
    is_forgotten(stack, said("forget", "--yes", KEY=B))


def is_forgotten(stack: RunningStack, told: str) -> None:
    assert "removed: 2 records of 2 versions in Bronze" in told
    assert B not in told
    assert states(stack) == {"a": "open", "c": "closed"}
    with stack.gold() as gold:
        assert dict(gold.execute("SELECT state, n FROM ops_states").fetchall()) == {"open": 1, "closed": 1}
        assert dict(gold.execute("SELECT id, state FROM ops_tickets").fetchall()) == states(stack)
    wait_for("what was written anew to be taken note of", lambda: settled(stack), 900)
    assert [name for name, body in stored(stack) if B in body] == []
    assert in_gold(stack) == []
    assert [name for name, text in logged(stack) if B in text] == []
    assert "0 rows in 0 of 3 source versions in Bronze" in said("find", KEY=B)
    assert "nothing to remove" in said("forget", "--yes", KEY=B)
    assert "skipped     3  current" in said("reprocess", "--yes")
    certificate = the_certificate(stack)
    assert sorted(one["records"] for one in certificate["bronze"].values()) == [1, 1]
    assert certificate["verified"]["rows_found"] == 0
    assert not certificate.keys() & {"salt", "digest"}


def kind_of(name: str) -> str:
    """The layer, and whether it is the table's log."""
    layer = name.partition(":")[2].split("/")[0]
    return f"{layer}/_delta_log" if "/_delta_log/" in name else layer


def stored(stack: RunningStack) -> Iterator[tuple[str, str]]:
    """Every version of every object in both buckets, as bytes and, of Parquet, as the rows, too."""
    s3 = stack.client("s3")
    for bucket in (stack.outputs["bronze_bucket"], stack.outputs["silver_bucket"]):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for one in page.get("Versions", []):
                found = s3.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
                body: bytes = found["Body"].read()
                text = body.decode("latin-1")
                if one["Key"].endswith(".parquet"):
                    text += rows_of(body)
                yield f"{bucket.rpartition('-')[2]}:{one['Key']}", text + str(found["Metadata"])


def rows_of(parquet: bytes) -> str:
    """The pages are compressed."""
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(parquet)
        file.flush()
        return str(duckdb.read_parquet(file.name).fetchall())


def in_gold(stack: RunningStack) -> list[str]:
    """The tables of the database that have the key in any column."""
    listed = (
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 2"
    )
    with stack.gold() as gold:
        found = []
        for schema, name in gold.execute(listed).fetchall():
            table = sql.Identifier(schema, name)
            query = sql.SQL("SELECT count(*) FROM {} AS t WHERE strpos(t::text, {}) > 0").format(table, B)
            counted: Any = gold.execute(query).fetchone()
            if counted[0]:
                found.append(name)
        return found


def logged(stack: RunningStack) -> Iterator[tuple[str, str]]:
    """What the stack's processes and the job's runs have logged."""
    layout = StateLayout(Settings.from_environment().state)
    for path in [*layout.logs.rglob("*"), *layout.glue.rglob("*")]:
        if path.is_file() and path.stat().st_size < 50_000_000:
            yield str(path), path.read_text(errors="replace")
    logs = stack.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        yield group["logGroupName"], "\n".join(one["message"] for page in pages for one in page["events"])


def the_certificate(stack: RunningStack) -> Any:
    (key,) = keys(stack, f"forgotten/{DATASET}/")
    found = stack.client("s3").get_object(Bucket=stack.outputs["silver_bucket"], Key=key)
    return json.loads(found["Body"].read())
