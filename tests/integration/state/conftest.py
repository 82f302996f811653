"""A stack of its own for the tests that end it, with something of each kind in it."""

from __future__ import annotations

import datetime
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.local_stack import GLUE_VERSION
from tests.integration.rds.db_instance import Instance
from tests.integration.state.kept_stack import KeptStack
from tests.support.polling import wait_for

BUCKET, JOB, GOLD = "kept-bucket", "kept-job", "gold"


def folder() -> Path:
    """Not in pytest's own temporary folder: the database servers' user must be able to enter it."""
    made = Path(tempfile.mkdtemp(prefix="glue-app-"))
    made.chmod(0o755)
    return made


@pytest.fixture(scope="module")
def kept() -> Iterator[KeptStack]:
    """With a versioned bucket, a database with rows and a managed password, a job that takes its time."""
    stack = KeptStack(folder())
    try:
        stack.start()
        _populate(stack)
        yield stack
    finally:
        stack.remove()


@pytest.fixture
def gold(kept: KeptStack) -> Instance:
    return database(kept)


def database(stack: KeptStack) -> Instance:
    """The database as its clients see it: by the secret, with TLS."""
    return Instance(GOLD, stack.client, lambda: stack.state / "rds" / "ca.pem")


def restorable(stack: KeptStack) -> datetime.datetime:
    """EarliestRestorableTime, once the database has been backed up."""

    def reached() -> datetime.datetime | None:
        found = stack.client("rds").describe_db_instance_automated_backups(DBInstanceIdentifier=GOLD)
        earliest: datetime.datetime | None = found["DBInstanceAutomatedBackups"][0]["RestoreWindow"].get(
            "EarliestTime"
        )
        return earliest

    return wait_for("a backup of the database", reached, 60)


def names(stack: KeptStack) -> list[str]:
    """The rows that are there."""
    instance = database(stack)
    secret = instance.secret
    with instance.connect(secret["username"], secret["password"], "gold_db") as connection:
        return [row[0] for row in connection.execute("SELECT name FROM sales ORDER BY name")]


def add(stack: KeptStack, name: str) -> None:
    instance = database(stack)
    secret = instance.secret
    with instance.connect(secret["username"], secret["password"], "gold_db") as connection:
        connection.execute("INSERT INTO sales VALUES (%s)", [name])


def _populate(stack: KeptStack) -> None:
    s3 = stack.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for text in (b"old", b"new"):
        s3.put_object(Bucket=BUCKET, Key="a.csv", Body=io.BytesIO(text))
    s3.put_object(Bucket=BUCKET, Key="slow.py", Body=b"import time\ntime.sleep(600)\n")
    trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = stack.client("iam").create_role(RoleName="kept", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    stack.client("glue").create_job(
        Name=JOB,
        Role=role,
        GlueVersion=GLUE_VERSION,
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/slow.py", "PythonVersion": "3"},
    )
    stack.client("rds").create_db_instance(
        DBInstanceIdentifier=GOLD,
        Engine="postgres",
        EngineVersion="15.8",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        DBName="gold_db",
        MasterUsername="postgres_admin",
        ManageMasterUserPassword=True,
    )
    instance = database(stack)
    instance.wait()
    secret = instance.secret
    with instance.connect(secret["username"], secret["password"], "gold_db") as connection:
        connection.execute("CREATE TABLE sales (name text)")
    add(stack, "first")
