"""The AWS/Events metrics of a rule, which LocalStack does not publish: an alarm on them would never fire.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

from __future__ import annotations

import logging

from localstack.utils.aws.arns import parse_arn

from glue_app.emulator.host import metrics

LOG = logging.getLogger(__name__)

INVOCATIONS = "Invocations"
FAILED = "FailedInvocations"
RETRIED = "RetryInvocationAttempts"
TRIGGERED = "TriggeredRules"
TO_QUEUE = "InvocationsSentToDlq"
QUEUE_FAILED = "InvocationsFailedToBeSentToDlq"


def dimensions(rule_arn: str) -> list[dict[str, str]]:
    """RuleName, and EventBusName where the bus is not the default one."""
    *bus, rule = parse_arn(rule_arn)["resource"].removeprefix("rule/").split("/")
    named = [{"Name": "EventBusName", "Value": bus[0]}] if bus else []
    return [*named, {"Name": "RuleName", "Value": rule}]


def count(rule_arn: str, *names: str) -> None:
    """Count one for each metric. What goes wrong here must never break a delivery."""
    try:
        rule = parse_arn(rule_arn)
        data = [
            {"MetricName": name, "Dimensions": dimensions(rule_arn), "Value": 1.0, "Unit": "Count"}
            for name in names
        ]
        metrics.put(rule["account"], rule["region"], "AWS/Events", data)
    except Exception:
        LOG.exception("AWS/Events metrics of %s", rule_arn)
