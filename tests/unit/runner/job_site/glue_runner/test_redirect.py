"""boto3 of a job goes to the stack: the image's old one and the newest, in a real interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from glue_app.runner.job_site.glue_runner import redirect
from glue_app.settings import Settings

JOB_SITE = Path(redirect.__file__).parents[1]
SETTINGS = Settings.from_environment()
GLUE_PYTHON = SETTINGS.tools / f"glue-{SETTINGS.glue_version}" / "bin" / "python"


def run(python: str, script: str, **env: str) -> str:
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(JOB_SITE), "GLUE_RUNNER_PID": "1",
        "AWS_ENDPOINT_URL": "http://localstack:4566", "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", **env,
    }  # fmt: skip
    done = subprocess.run(
        [python, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(params=["Glue's", "newest"])
def python(request: pytest.FixtureRequest) -> str:
    """Glue's Python (4.0's has botocore 1.27), and this one with a botocore that knows AWS_ENDPOINT_URL."""
    return str(GLUE_PYTHON) if request.param == "Glue's" else sys.executable


def test_clients_go_to_the_endpoint(python: str) -> None:
    script = "import boto3; print(boto3.client('secretsmanager').meta.endpoint_url)"
    assert run(python, script) == "http://localstack:4566"


def test_an_endpoint_of_ones_own_is_kept(python: str) -> None:
    script = "import boto3; print(boto3.client('sqs', endpoint_url='http://127.0.0.1:1').meta.endpoint_url)"
    assert run(python, script) == "http://127.0.0.1:1"


def test_a_services_own_endpoint_wins(python: str) -> None:
    script = "import boto3; print(boto3.client('sqs').meta.endpoint_url)"
    assert run(python, script, AWS_ENDPOINT_URL_SQS="http://sqs:1") == "http://sqs:1"


def test_s3_is_path_style_also_with_a_config_of_ones_own(python: str) -> None:
    script = """
import boto3
from botocore.config import Config
config = Config(connect_timeout=7, s3={"use_accelerate_endpoint": False})
client = boto3.client("s3", "eu-west-1", config=config)
print(client.meta.config.s3["addressing_style"], client.meta.config.connect_timeout)
print(client.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"}).partition("?")[0])
"""
    assert run(python, script).splitlines() == ["path 7", "http://localstack:4566/bucket/key"]


def test_importing_botocore_is_left_to_the_job(python: str) -> None:
    assert run(python, "import sys; print('botocore' in sys.modules)") == "False"
