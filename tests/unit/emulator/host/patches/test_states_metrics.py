"""The patch states_metrics: executions publish AWS/States metrics."""

from __future__ import annotations

import datetime
import inspect
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from localstack.services.stepfunctions.backend.execution import Execution

from glue_app.emulator.host import metrics
from glue_app.emulator.host.patches import states_metrics
from glue_app.emulator.host.patches.patch import original

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:pipeline"
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


def test_localstack_still_publishes_none() -> None:
    assert "metric" not in inspect.getsource(original(Execution, "publish_execution_status_change_event"))


def test_an_execution_that_starts_counts_as_started() -> None:
    (point,) = states_metrics.metric_data(ARN, "RUNNING", None)

    assert (point["MetricName"], point["Value"]) == ("ExecutionsStarted", 1)
    assert point["Dimensions"] == [{"Name": "StateMachineArn", "Value": ARN}]


@pytest.mark.parametrize(
    ("status", "metric"),
    [
        ("SUCCEEDED", "ExecutionsSucceeded"),
        ("FAILED", "ExecutionsFailed"),
        ("TIMED_OUT", "ExecutionsTimedOut"),
        ("ABORTED", "ExecutionsAborted"),
    ],
)
def test_an_execution_that_ends_counts_as_that_and_as_nothing_else(status: str, metric: str) -> None:
    """The zeros let an alarm go back to OK."""
    points = {point["MetricName"]: point for point in states_metrics.metric_data(ARN, status, 1500.0)}

    assert {name for name, point in points.items() if point["Value"] == 1} == {metric}
    assert len(points) == 5
    assert (points["ExecutionTime"]["Value"], points["ExecutionTime"]["Unit"]) == (1500.0, "Milliseconds")


def test_metrics_go_out_with_the_status_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a CloudWatch that fails does not fail the execution."""
    cloudwatch = Mock()
    cloudwatch.put_metric_data.side_effect = ConnectionError("no CloudWatch")
    monkeypatch.setattr(metrics, "connect_to", lambda **_: SimpleNamespace(cloudwatch=cloudwatch))
    status_event = Mock()
    publish = states_metrics._with_metrics(status_event)
    execution: Any = SimpleNamespace(
        exec_status=SimpleNamespace(value="FAILED"),
        start_date=START,
        stop_date=START + datetime.timedelta(seconds=2),
        state_machine_arn=ARN,
        exec_arn="execution",
        account_id="000000000000",
        region_name="us-east-1",
    )

    publish(execution)

    status_event.assert_called_once_with(execution)
    sent = cloudwatch.put_metric_data.call_args.kwargs
    assert sent["Namespace"] == "AWS/States"
    assert sent["MetricData"] == states_metrics.metric_data(ARN, "FAILED", 2000.0)
