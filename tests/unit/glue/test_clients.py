"""Clients of AWS: one place makes them."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.clients import aws_client
from pipeline.enrichment import bedrock, cache
from pipeline.reading.body import s3_client
from tests.support.enrichment_fakes import options

PIPELINE = Path(__file__).resolve().parents[3] / "glue"


def test_no_other_module_makes_a_client() -> None:
    """So that none is without a region on an executor, where none may be in the environment."""
    makers = {
        path.relative_to(PIPELINE).as_posix()
        for path in PIPELINE.rglob("*.py")
        if re.search(r"\bboto3\b\s*(\.|$)|import boto3|from boto3|botocore\.session", path.read_text())
    }
    assert makers == {"pipeline/clients.py"}


def test_a_client_calls_the_region_it_is_told() -> None:
    """Whatever the environment says."""
    assert aws_client("s3", "eu-west-3").meta.region_name == "eu-west-3"
    assert s3_client("eu-west-3").meta.region_name == "eu-west-3"
    told = options(region="eu-west-3")
    for client in (bedrock.connect(told, 2), cache.connect(told)):
        assert client.meta.region_name == "eu-west-3"  # type: ignore[attr-defined]
