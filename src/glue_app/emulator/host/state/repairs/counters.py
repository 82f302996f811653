"""State that moto keeps on classes and modules."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import vpcs
from moto.logs.models import LogEvent, LogStream


def save() -> dict[str, Any]:
    return {
        "log_streams": LogStream._log_ids,
        "log_events": LogEvent._event_id,
        "endpoint_services": dict(vpcs.DEFAULT_VPC_ENDPOINT_SERVICES),
    }


def restore(saved: dict[str, Any]) -> None:
    LogStream._log_ids = saved["log_streams"]
    LogEvent._event_id = saved["log_events"]
    vpcs.DEFAULT_VPC_ENDPOINT_SERVICES.update(saved["endpoint_services"])  # their ids are random
