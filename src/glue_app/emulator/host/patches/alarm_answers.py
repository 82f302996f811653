"""DescribeAlarms answers with the alarms themselves, which the evaluation changes while they are written out.

The first evaluation of an alarm adds a field; an answer that is on its way then is a 500. It gets copies.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider

from .patch import Patch, replace


def _copying(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def describe(self: Any, context: Any, *arguments: Any, **named: Any) -> Any:
        answer = original(self, context, *arguments, **named)
        return {kind: [dict(alarm) for alarm in alarms] for kind, alarms in answer.items()}

    return describe


def apply() -> None:
    replace(CloudwatchProvider, "describe_alarms", _copying)
    replace(CloudwatchProvider, "describe_alarms_for_metric", _copying)


PATCH = Patch(
    "alarm-answers", "nothing that shows: an alarm that is evaluated while it is described is no 500", apply
)
