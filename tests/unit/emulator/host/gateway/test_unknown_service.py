"""The patch unknown_service: a request for a service without a model is refused, and says which."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import UnknownServiceError
from localstack.aws.api import RequestContext
from localstack.aws.handlers.service import ServiceNameParser
from localstack.aws.protocol.parser import OperationNotFoundParserError
from localstack.http import Request, Response

from glue_app.emulator.host.gateway import unknown_service
from glue_app.emulator.host.patches.patch import original
from tests.support.fuzz_cases import credential


def parse(
    signed_for: str, method: str = "GET", path: str = "/", kind: str = "", call: Any = None
) -> Response:
    unknown_service.apply()
    headers = {"Authorization": credential(signed_for, "000000000000"), "Content-Type": kind}
    context, response = RequestContext(Request(method, path, headers=headers)), Response()
    chain = SimpleNamespace(stop=lambda: None)
    (call or ServiceNameParser.__call__)(ServiceNameParser(), chain, context, response)
    return response


def test_localstack_still_fails_over_it() -> None:
    with pytest.raises(UnknownServiceError):
        parse("s3express", call=original(ServiceNameParser, "__call__"))


@pytest.mark.parametrize(
    ("signed_for", "method", "path", "named"),
    [
        ("s3express", "GET", "/", "s3:ListDirectoryBuckets"),
        ("s3-object-lambda", "POST", "/WriteGetObjectResponse", "s3:WriteGetObjectResponse"),
        ("nothing", "GET", "/", "nothing:*"),
    ],
)
def test_what_nobody_knows(signed_for: str, method: str, path: str, named: str) -> None:
    """501 in this project's own code, that names what was asked for."""
    response = parse(signed_for, method, path)

    assert response.status_code == 501
    assert "<Code>NotEmulatedByGlueApp</Code>" in response.get_data(as_text=True)
    assert f"{named} " in response.get_data(as_text=True)


def test_a_service_that_is_known_passes() -> None:
    assert parse("glue").status_code == 200


def test_no_protocol_of_the_service() -> None:
    """An operation that is not found, which is the client's fault."""
    with pytest.raises(OperationNotFoundParserError):
        parse("cloudwatch", "POST", kind="text/plain")
