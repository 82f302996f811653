"""What is not a request of its protocol is answered 400 in that protocol, never 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from localstack.aws.api import RequestContext
from localstack.aws.handlers.service import ServiceExceptionSerializer
from localstack.aws.protocol.parser import RequestParserError, create_parser
from localstack.aws.spec import load_service
from localstack.http import Request

from glue_app.emulator.host.gateway import protocol_errors

JSON = "application/x-amz-json-1.1"


def answer(service: str, **request: Any) -> Any:
    protocol_errors.apply()
    context = RequestContext(Request(**request))
    context.service, context.request_id = load_service(service), "the-id"
    context.protocol, context.operation = context.service.protocol, None
    with pytest.raises(RequestParserError) as raised:
        create_parser(context.service, context.protocol).parse(context.request)
    return ServiceExceptionSerializer().create_exception_response(raised.value, context)


def glue(body: bytes, target: str | None = "AWSGlue.GetJob") -> Any:
    headers = {"Content-Type": JSON} | ({"X-Amz-Target": target} if target else {})
    return answer("glue", method="POST", path="/", headers=headers, body=body)


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'"text"', b"[1]"])
def test_a_body_that_is_no_json_object(body: bytes) -> None:
    """SerializationException."""
    response = glue(body)
    assert (response.status_code, response.json["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("moment", [10**30, -(2**63), 10**13, "x", []])
def test_a_time_that_is_none(moment: Any) -> None:
    """SerializationException; far out of range it is an OSError of the platform's."""
    table = {"DatabaseName": "d", "TableInput": {"Name": "t", "LastAccessTime": moment}}
    response = glue(json.dumps(table).encode(), "AWSGlue.CreateTable")
    assert (response.status_code, response.json["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("target", [None, "AWSGlue.Nothing"])
def test_a_target_that_is_none(target: str | None) -> None:
    """UnknownOperationException, for a missing X-Amz-Target too."""
    response = glue(b"{}", target)
    assert (response.status_code, response.json["__type"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "InvalidAction"),
        (b"Action=Nothing", "InvalidAction"),
        (b"Action=DescribeDBInstances&MaxRecords=many", "MalformedInput"),
    ],
)
def test_a_query_that_is_none(body: bytes, code: str) -> None:
    """InvalidAction or MalformedInput, in XML with the request's id."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = answer("rds", method="POST", path="/", headers=headers, body=body)
    assert response.status_code == 400
    assert f"<Code>{code}</Code>" in response.get_data(as_text=True)
    assert "the-id" in response.get_data(as_text=True)


def test_a_fault_of_the_parser_stays_a_fault() -> None:
    """Only what a malformed request raises is blamed on the client."""
    assert protocol_errors.client_error(RuntimeError("ours"), "glue", "json") is None
