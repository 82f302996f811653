"""The patch request_shapes: requests are checked against AWS's model before any provider sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.api.core import ServiceOperation
from localstack.aws.handlers.service import ServiceRequestRouter
from localstack.aws.protocol.parser import create_parser
from localstack.aws.spec import load_service
from localstack.http import Request, Response

from glue_app.emulator.host.gateway import request_shapes
from glue_app.emulator.host.patches.patch import original


def route(service: str, headers: dict[str, str], body: bytes, call: Any = None) -> list[Any]:
    """What the provider has seen."""
    request_shapes.apply()
    context = RequestContext(Request("POST", "/", headers=headers, body=body))
    context.service = load_service(service)
    context.protocol = context.service.protocol
    context.operation, context.service_request = create_parser(context.service, context.protocol).parse(
        context.request
    )
    router = ServiceRequestRouter()
    seen: list[Any] = []
    key = ServiceOperation(service, context.operation.name)
    router.add_handler(key, lambda _chain, its, _response: seen.append(its.service_request))
    (call or ServiceRequestRouter.__call__)(router, None, context, Response())
    return seen


def send_json(service: str, target: str, body: Any, call: Any = None) -> list[Any]:
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    return route(service, headers, body if isinstance(body, bytes) else json.dumps(body).encode(), call)


def refused(service: str, target: str, body: Any) -> str:
    with pytest.raises(CommonServiceException) as raised:
        send_json(service, target, body)
    assert raised.value.status_code == 400
    return str(raised.value.code)


def test_localstack_still_lets_a_number_through_as_a_name() -> None:
    seen = send_json("glue", "AWSGlue.GetJob", {"JobName": 5}, original(ServiceRequestRouter, "__call__"))
    assert seen == [{"JobName": 5}]


@pytest.mark.parametrize(
    ("service", "target"),
    [
        ("glue", "AWSGlue.GetJob"),
        ("ssm", "AmazonSSM.GetParameter"),
        ("secretsmanager", "secretsmanager.GetSecretValue"),
        ("stepfunctions", "AWSStepFunctions.StartExecution"),
        ("events", "AWSEvents.PutRule"),
        ("kms", "TrentService.Encrypt"),
        ("logs", "Logs_20140328.CreateLogGroup"),
    ],
)
def test_a_service_in_json(service: str, target: str) -> None:
    """A wrong type, a missing member, also in a body that is empty."""
    model = load_service(service).operation_model(target.partition(".")[2])
    required = model.input_shape.required_members[0]

    assert refused(service, target, {required: 5}) == "SerializationException"
    assert refused(service, target, {}) == "ValidationException"
    assert refused(service, target, b"") == "ValidationException"


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("rds", "StopDBInstance", "MissingParameter"),
        ("ec2", "DeleteSubnet", "MissingParameter"),
        ("iam", "GetRolePolicy", "ValidationError"),
    ],
)
def test_a_service_of_the_query_protocol(service: str, operation: str, code: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with pytest.raises(CommonServiceException) as raised:
        route(service, headers, f"Action={operation}".encode())
    assert (raised.value.code, raised.value.status_code) == (code, 400)


def test_what_fits_passes() -> None:
    """With nulls, and with what the model doesn't know."""
    body = {"JobName": "job", "Nothing": 1}
    assert send_json("glue", "AWSGlue.GetJob", body) == [{"JobName": "job"}]


def test_a_service_that_is_not_checked_passes() -> None:
    assert send_json("sqs", "AmazonSQS.GetQueueUrl", {"QueueName": 5}) == [{"QueueName": 5}]
