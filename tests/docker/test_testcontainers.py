"""The README's example for a pytest of one's own."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from glue_app.testing import GlueAppStack
from tests.support.polling import wait_for


@pytest.fixture(scope="module")
def own_stack() -> Iterator[GlueAppStack]:
    with GlueAppStack() as stack:
        yield stack


def test_an_object_is_put_and_read(own_stack: GlueAppStack) -> None:
    s3 = own_stack.client("s3")
    s3.create_bucket(Bucket="mine")
    s3.put_object(Bucket="mine", Key="a", Body=b"1")
    assert s3.get_object(Bucket="mine", Key="a")["Body"].read() == b"1"


def test_the_model_answers(own_stack: GlueAppStack) -> None:
    answer = own_stack.client("bedrock-runtime").converse(
        modelId="anthropic.claude-3-haiku-20240307-v1:0",
        messages=[{"role": "user", "content": [{"text": "Hello"}]}],
    )
    assert answer["output"]["message"]["content"][0]["text"]


@pytest.mark.timeout(120)
def test_a_database_takes_connections(own_stack: GlueAppStack) -> None:
    rds = own_stack.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="mine", Engine="postgres", DBInstanceClass="db.t4g.medium", AllocatedStorage=20,
        MasterUsername="me", MasterUserPassword="a-long-password", DBName="mine",
    )  # fmt: skip
    described = wait_for(
        "the instance",
        lambda: next(
            (i for i in rds.describe_db_instances()["DBInstances"] if i["DBInstanceStatus"] == "available"),
            None,
        ),
        90,
    )
    at = described["Endpoint"]
    with psycopg.connect(
        host=at["Address"],
        port=at["Port"],
        dbname="mine",
        user="me",
        password="a-long-password",
        sslmode="require",
    ) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
