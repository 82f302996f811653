"""Step Functions publishes no AWS/States metrics: an alarm on ExecutionsFailed would never fire.

https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from localstack.services.stepfunctions.backend.execution import Execution

from .. import metrics
from .patch import Patch, replace

LOG = logging.getLogger(__name__)

METRIC_OF_STATUS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def metric_data(state_machine_arn: str, status: str, milliseconds: float | None) -> list[dict[str, Any]]:
    """Return the AWS/States data points of an execution that has just entered `status`.

    milliseconds: how long the execution took, None while it runs. An execution that ended counts 0 for
        the other endings, as on AWS, so that an alarm finds its way back to OK.
    """
    dimensions = [{"Name": "StateMachineArn", "Value": state_machine_arn}]

    def count(name: str, value: float, unit: str = "Count") -> dict[str, Any]:
        return {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": unit}

    if milliseconds is None:
        return [count(METRIC_OF_STATUS[status], 1)]
    endings = [ending for ending in METRIC_OF_STATUS if ending != "RUNNING"]
    data = [count(METRIC_OF_STATUS[ending], float(ending == status)) for ending in endings]
    return [*data, count("ExecutionTime", milliseconds, "Milliseconds")]


def _with_metrics(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def publish(self: Any) -> None:
        original(self)
        status = str(getattr(self.exec_status, "value", self.exec_status))
        took = (self.stop_date - self.start_date).total_seconds() * 1000 if self.stop_date else None
        try:
            data = metric_data(self.state_machine_arn, status, took)
            metrics.put(self.account_id, self.region_name, "AWS/States", data)
        except Exception:  # metrics must never break an execution
            LOG.exception("AWS/States metrics of %s", self.exec_arn)

    return publish


def apply() -> None:
    replace(Execution, "publish_execution_status_change_event", _with_metrics)


PATCH = Patch("states-metrics", "executions publish AWS/States metrics, so that alarms on them fire", apply)
