"""Metrics that a service itself publishes to CloudWatch."""

from __future__ import annotations

from typing import Any

from localstack.aws.connect import connect_to

from .state.gate import GATE


def put(account_id: str, region: str, namespace: str, data: list[dict[str, Any]]) -> None:
    """Put `data`, as PutMetricData takes it. No reason to save the stack: the next save has them anyway."""
    clients = connect_to(aws_access_key_id=account_id, region_name=region)
    with GATE.unnoticed():
        clients.cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
