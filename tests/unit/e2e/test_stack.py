"""The running stack's clients."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

from glue_app.e2e.stack import RunningStack

ARN = "arn:aws:states:ap-northeast-1:000000000000:stateMachine:glue-app-pipeline"


def test_clients_go_where_infra_was_applied() -> None:
    """TF_VAR_region may have said another region than the default of `infra/`."""
    outputs = {"state_machine_arn": ARN, "silver_bucket": "silver"}
    stack = RunningStack("http://127.0.0.1:9", "embedded", "", outputs, Path("r"), Mock(), Path("d"))
    assert stack.client("stepfunctions").meta.region_name == "ap-northeast-1"
    assert stack.lake().region == "ap-northeast-1"
