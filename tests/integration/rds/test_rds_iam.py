"""IAM database authentication: PostgreSQL lets in whoever has a token that AWS would take, nobody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from tests.integration.local_stack import ACCOUNT_ID, REGION, LocalStack
from tests.integration.rds.db_instance import Instance

pytestmark = pytest.mark.database

PASSWORD = "first-Passw0rd"
ROOT = "test"
AWS = Path(sys.executable).with_name("aws")

Token = Callable[..., str]


@pytest.fixture
def gold(create_instance: Callable[..., Instance]) -> Instance:
    """With the user `writer`, who is in rds_iam."""
    instance = create_instance(EnableIAMDatabaseAuthentication=True)
    with instance.connect("postgres_admin", PASSWORD) as connection:
        connection.execute("CREATE ROLE writer LOGIN PASSWORD 'writers-Passw0rd'; GRANT rds_iam TO writer")
    return instance


@pytest.fixture
def token(gold: Instance) -> Token:
    """Makes tokens of keys; by default LocalStack's own, for `writer` at the endpoint."""

    def make(key: str = ROOT, secret: str = ROOT, session: str | None = None, **other: Any) -> str:
        endpoint = gold.described["Endpoint"]
        told = {"DBHostname": endpoint["Address"], "Port": endpoint["Port"], "DBUsername": "writer"}
        made: str = (
            boto3.Session(key, secret, session, region_name=REGION)
            .client("rds")
            .generate_db_auth_token(**{**told, **other})
        )
        return made

    return make


def user_of(instance: Instance, password: str, user: str = "writer", **options: Any) -> str:
    with instance.connect(user, password, **options) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    return str(row and row[0])


def test_tokens_of_users_sessions_and_the_root_user_let_in(
    gold: Instance, token: Token, client: Callable[[str], Any], stack: LocalStack
) -> None:
    """Made by boto3 and by the AWS CLI. An inactive key's lets nobody in."""
    iam, name = client("iam"), f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT_ID}}
    ]}  # fmt: skip
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    session = client("sts").assume_role(RoleArn=role, RoleSessionName="load")["Credentials"]
    held = (session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])

    assert user_of(gold, token()) == "writer"
    assert user_of(gold, token(key["AccessKeyId"], key["SecretAccessKey"])) == "writer"
    assert user_of(gold, token(*held)) == "writer"
    assert user_of(gold, _token_of_the_cli(gold, key)) == "writer"

    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    for refused in (
        token(key["AccessKeyId"], key["SecretAccessKey"]),
        token(*held[:2]),
        token(*held[:2], "another"),
        token("test", "wrong"),
        token("AKIAIOSFODNN7EXAMPLE", "test"),
    ):
        with pytest.raises(psycopg.OperationalError, match='authentication failed for user "writer"'):
            user_of(gold, refused)
    log = stack.localstack.logged()
    assert "nobody has its access key" in log
    assert "X-Amz-Signature" not in log


def _token_of_the_cli(gold: Instance, key: dict[str, str]) -> str:
    endpoint = gold.described["Endpoint"]
    command = [
        str(AWS), "rds", "generate-db-auth-token", "--hostname", endpoint["Address"],
        "--port", str(endpoint["Port"]), "--username", "writer", "--region", REGION,
    ]  # fmt: skip
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return subprocess.run(
        command, env={**os.environ, **keys}, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_user_in_rds_iam_comes_in_by_nothing_else(gold: Instance, token: Token) -> None:
    """Not by a password, without TLS or as somebody else; others don't come in by a token."""
    refused: list[Callable[[], str]] = [
        lambda: user_of(gold, "writers-Passw0rd"),
        lambda: user_of(gold, token(DBUsername="postgres_admin")),
        lambda: user_of(gold, token(Port=5433)),
        lambda: user_of(gold, token(Region="eu-west-3")),
        lambda: user_of(gold, token(), sslmode="disable"),
        lambda: user_of(gold, token(DBUsername="postgres_admin"), "postgres_admin"),
    ]

    for attempt in refused:
        with pytest.raises(psycopg.OperationalError):
            attempt()
    assert user_of(gold, PASSWORD, "postgres_admin") == "postgres_admin"


def test_it_can_be_switched_and_outlives_a_failover(gold: Instance, token: Token, rds: Any) -> None:
    gold.modify(EnableIAMDatabaseAuthentication=False)
    with pytest.raises(psycopg.OperationalError):
        user_of(gold, token())
    assert user_of(gold, "writers-Passw0rd") == "writer"

    gold.modify(EnableIAMDatabaseAuthentication=True, MultiAZ=True)
    assert user_of(gold, token()) == "writer"

    rds.reboot_db_instance(DBInstanceIdentifier=gold.identifier, ForceFailover=True)
    gold.wait()
    assert user_of(gold, token()) == "writer"
    with pytest.raises(psycopg.OperationalError):
        user_of(gold, "writers-Passw0rd")
