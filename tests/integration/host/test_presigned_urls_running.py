"""Presigned URLs of a running stack: made by boto3 and the AWS CLI, with a role session's keys."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.parse
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from tests.integration.local_stack import ACCOUNT_ID, REGION, LocalStack

KEY = "in put/声.csv"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
        }
    ],
}


@pytest.fixture(scope="module")
def bucket(client: Callable[[str], Any]) -> str:
    name = f"presigned-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="module")
def session(client: Callable[[str], Any], bucket: str) -> dict[str, str]:
    """Keys and token of a role's session, as boto3's client takes them."""
    role = client("iam").create_role(RoleName=bucket, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"][
        "Arn"
    ]
    given = client("sts").assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text.partition("<Code>")[2].partition("</Code>")[0]


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_role_session_uploads_and_reads(
    stack: LocalStack, session: dict[str, str], bucket: str, version: str
) -> None:
    """PUT, POST and GET; an altered key is refused, and so is a URL without its token."""
    config = Config(signature_version=version, s3={"addressing_style": "path"})
    s3: Any = boto3.client("s3", REGION, endpoint_url=stack.endpoint, config=config, **session)
    where = {"Bucket": bucket, "Key": KEY}
    put = s3.generate_presigned_url("put_object", Params=where, ExpiresIn=60)
    assert httpx.put(put, content=b"put", trust_env=False).status_code == 200
    get = s3.generate_presigned_url("get_object", Params=where, ExpiresIn=60)
    assert httpx.get(get, trust_env=False).content == b"put"
    form = s3.generate_presigned_post(bucket, KEY, Conditions=[["content-length-range", 0, 10]], ExpiresIn=60)
    posted = httpx.post(form["url"], data=form["fields"], files={"file": b"posted"}, trust_env=False)
    assert posted.status_code == 204, posted.text
    assert httpx.get(get, trust_env=False).content == b"posted"

    other = get.replace(urllib.parse.quote(KEY), "another", 1)
    assert other != get
    assert code(httpx.get(other, trust_env=False)) == (403, "SignatureDoesNotMatch")
    without = "&".join(part for part in get.split("&") if not part.lower().startswith("x-amz-security-token"))
    assert code(httpx.get(without, trust_env=False)) == (400, "InvalidToken")
    fields = {
        name: "0" * len(value) if name.endswith("signature") else value
        for name, value in form["fields"].items()
    }
    assert fields != form["fields"]
    forged = httpx.post(form["url"], data=fields, files={"file": b"forged"}, trust_env=False)
    assert code(forged) == (403, "SignatureDoesNotMatch")
    assert httpx.get(get, trust_env=False).content == b"posted"


def test_an_expired_url_and_the_key_of_nobody_are_refused(stack: LocalStack, bucket: str) -> None:
    """The usual keys of the stack work; a request that is signed in its header is not looked at."""
    where = {"Bucket": bucket, "Key": "a"}
    stack.client("s3").put_object(**where, Body=b"a")
    good = stack.client("s3").generate_presigned_url("get_object", Params=where)
    assert httpx.get(good, trust_env=False).content == b"a"
    expired = stack.client("s3").generate_presigned_url("get_object", Params=where, ExpiresIn=-60)
    assert code(httpx.get(expired, trust_env=False)) == (403, "AccessDenied")
    nobody = stack.client("s3", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret")
    url = nobody.generate_presigned_url("get_object", Params=where)
    assert code(httpx.get(url, trust_env=False)) == (403, "InvalidAccessKeyId")


def test_the_aws_cli_presigns(stack: LocalStack, session: dict[str, str], bucket: str) -> None:
    """`aws s3 presign`, where a CLI is installed beside the tests' Python."""
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if (aws := shutil.which("aws", path=beside)) is None:
        pytest.skip("no AWS CLI here")
    where = {"Bucket": bucket, "Key": "of-the-cli"}
    stack.client("s3").put_object(**where, Body=b"cli")
    environment = {name.upper(): value for name, value in session.items()} | {
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": os.devnull, "PATH": beside,
    }  # fmt: skip
    made = subprocess.run(
        [aws, "--endpoint-url", stack.endpoint, "s3", "presign", f"s3://{bucket}/of-the-cli"],
        env=environment, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert httpx.get(made.stdout.strip(), trust_env=False).content == b"cli"
