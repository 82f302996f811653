"""The patch tracing_configuration: DescribeStateMachine tells of tracing."""

from __future__ import annotations

from typing import Any

import pytest
from localstack.services.stepfunctions.backend.state_machine import (
    StateMachineInstance,
    StateMachineRevision,
)

from glue_app.emulator.host.patches import tracing_configuration
from glue_app.emulator.host.patches.patch import original


def state_machine(tracing: dict[str, Any] | None) -> StateMachineRevision:
    return StateMachineRevision(
        name="pipeline",
        arn="arn:aws:states:us-east-1:000000000000:stateMachine:pipeline",
        definition='{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}',
        role_arn="arn:aws:iam::000000000000:role/states",
        logging_config={"level": "OFF"},
        cloud_watch_logging_configuration=None,
        tracing_config=tracing,
    )


def test_localstack_still_leaves_it_out() -> None:
    described = original(StateMachineInstance, "describe")(state_machine({"enabled": True}))

    assert "tracingConfiguration" not in described


@pytest.mark.parametrize(
    ("given", "answered"), [({"enabled": True}, {"enabled": True}), (None, {"enabled": False})]
)
def test_it_is_answered(given: dict[str, Any] | None, answered: dict[str, Any]) -> None:
    """AWS answers `enabled: false` for a state machine made without it."""
    tracing_configuration.apply()

    assert state_machine(given).describe()["tracingConfiguration"] == answered
