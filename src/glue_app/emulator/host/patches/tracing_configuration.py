"""DescribeStateMachine leaves out tracingConfiguration: an endless Terraform diff.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.services.stepfunctions.backend.state_machine import StateMachineInstance

from .patch import Patch, replace


def _with_tracing(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def describe(self: Any) -> Any:
        output = original(self)
        output["tracingConfiguration"] = self.tracing_config or {"enabled": False}
        return output

    return describe


def apply() -> None:
    replace(StateMachineInstance, "describe", _with_tracing)


PATCH = Patch("tracing-configuration", "DescribeStateMachine answers tracingConfiguration", apply)
