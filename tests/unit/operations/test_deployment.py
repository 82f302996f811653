"""Which deployment an operation works on, and what is said of one that can't be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import OperationError, UsageError
from tests.unit.operations.fake_deployment import DATASET, MACHINE, World

OUTPUTS = {
    "bronze_bucket": "b",
    "silver_bucket": "s",
    "assets_bucket": "a",
    "state_machine_arn": MACHINE,
    "glue_job_name": "job",
}


def written(path: Path, outputs: dict[str, str]) -> Path:
    path.write_text(json.dumps({name: {"value": value} for name, value in outputs.items()}))
    return path


def test_a_file_of_outputs_is_reached_with_the_callers_own_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Region from the outputs, credentials and endpoint as the AWS CLI finds them: none is in the code."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    deployment = Deployment.of_file(written(tmp_path / "o.json", OUTPUTS))
    client = deployment.connect("s3")
    assert client.meta.endpoint_url == "http://127.0.0.1:1"
    assert client.meta.region_name == "eu-central-1"
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    states = Deployment.of_file(tmp_path / "o.json").connect("stepfunctions")
    assert states.meta.endpoint_url == "https://states.eu-central-1.amazonaws.com"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"bronze_bucket": {"value": "b"}}'])
def test_a_file_that_is_none_is_said_in_a_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "o.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"OUTPUTS=.*o\.json"):
        Deployment.of_file(path)


def test_no_file_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        Deployment.of_file(tmp_path / "o.json")


def test_an_unknown_dataset_is_told_those_there_are() -> None:
    with pytest.raises(UsageError, match=f"no dataset 'x' is deployed; there are: {DATASET}"):
        World().deployment.contract("x")


def test_a_contract_with_faults_is_an_error_that_names_them() -> None:
    world = World()
    world.contract("title: x\n")
    with pytest.raises(OperationError, match="columns"):
        world.deployment.contract(DATASET)
