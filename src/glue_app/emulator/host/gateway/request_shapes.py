"""LocalStack and moto take any JSON for any member: a wrong type or a missing member is a KeyError, a 500.

AWS checks a request against its model before the service sees it (glue_app/aws/shape_validation.py). So does
this patch, in the one place that requests for our providers, LocalStack's and moto's all pass.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from localstack.aws.api import CommonServiceException
from localstack.aws.handlers.service import ServiceRequestRouter

from glue_app.aws.shape_validation import Refusal, refuse_json, refuse_query
from glue_app.emulator.host.patches.patch import Patch, replace

#: service → whether limits are checked too, beside types and what is missing. AWS is laxer than its model
#: here and there, and a false refusal is worse than a miss: so only where infra/ and tests show that it fits
CHECKED = {
    "cloudwatch": False,
    "ec2": False,
    "events": False,
    "glue": True,
    "iam": False,
    "kms": False,
    "logs": False,
    "rds": True,
    "secretsmanager": False,
    "ssm": True,
    "stepfunctions": False,
}


def refusal(context: Any) -> Refusal | None:
    """None for a request that fits, and for what is not checked."""
    limits = CHECKED.get(context.service.service_name)
    shape = context.operation.input_shape
    if limits is None or shape is None:
        return None
    if context.protocol == "json":
        return refuse_json(shape, json.loads(context.request.data or b"{}"), limits)
    if context.protocol in ("query", "ec2"):
        listed = context.service.service_name == "iam"
        return refuse_query(shape, context.service_request, limits, listed)
    return None


def _checking(original: Callable[..., None]) -> Callable[..., None]:
    def route(self: Any, chain: Any, context: Any, response: Any) -> None:
        if context.service and context.operation and (found := refusal(context)):
            raise CommonServiceException(found.code, found.message, status_code=400, sender_fault=True)
        original(self, chain, context, response)

    return route


def apply() -> None:
    replace(ServiceRequestRouter, "__call__", _checking)


PATCH = Patch(
    "request-shapes", "a request that isn't of its operation's shape is refused with AWS's error", apply
)
