"""A request that can't be parsed is the client's fault: AWS answers 400 in the protocol's own words, not 500.

https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html (InvalidAction, MalformedInput),
https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html (SerializationException,
UnknownOperationException), https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MalformedXML,
MethodNotAllowed). The messages are not verified on AWS for each service.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from botocore.model import OperationNotFoundError
from localstack.aws.api import CommonServiceException
from localstack.aws.handlers.service import ServiceExceptionSerializer
from localstack.aws.protocol.parser import (
    OperationNotFoundParserError,
    ProtocolParserError,
    RequestParserError,
)
from localstack.aws.protocol.serializer import create_serializer

from glue_app.emulator.host.patches.patch import Patch, replace

#: what reading a malformed body raises; any other cause is a fault of the parser's and stays a 500
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


def client_error(error: Exception, service: str, protocol: str) -> CommonServiceException | None:
    """AWS's error for what LocalStack's parser raised; None where the request may not be at fault."""
    if not isinstance(error, RequestParserError):
        return None
    cause = error.__cause__
    no_target = isinstance(cause, KeyError) and protocol == "json"
    if isinstance(error, OperationNotFoundParserError) or isinstance(cause, OperationNotFoundError):
        return _unknown_operation(service, protocol)
    if no_target or "Missing Action" in str(error):
        return _unknown_operation(service, protocol)
    if not isinstance(error, ProtocolParserError) and not _malformed(cause):
        return None
    if service == "s3":
        return _error(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    if protocol in ("query", "ec2", "rest-xml"):
        return _error("MalformedInput", "The request could not be parsed.")
    return _error("SerializationException", "")


def _malformed(cause: BaseException | None) -> bool:
    """Tell whether the client is at fault.

    A time beyond the platform's numbers is an OSError; others of these are no fault of a client's.
    """
    return isinstance(cause, _MALFORMED) or (isinstance(cause, OSError) and cause.errno == errno.EOVERFLOW)


def _unknown_operation(service: str, protocol: str) -> CommonServiceException:
    if service == "s3":
        message = "The specified method is not allowed against this resource."
        return _error("MethodNotAllowed", message, status=405)
    if protocol in ("query", "ec2"):
        return _error("InvalidAction", "The action or operation requested is invalid.")
    return _error("UnknownOperationException", "", status=404 if protocol.startswith("rest") else 400)


def _error(code: str, message: str, status: int = 400) -> CommonServiceException:
    return CommonServiceException(code, message, status_code=status, sender_fault=True)


def _in_protocol(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_exception_response(self: Any, exception: Exception, context: Any) -> Any:
        protocol = context.protocol or context.service.protocol
        error = client_error(exception, context.service.service_name, protocol)
        if error is None:
            return original(self, exception, context)
        context.service_exception = error
        # the serializer wants some operation, which an error's answer does not show
        operation = context.operation or context.service.operation_model(context.service.operation_names[0])
        serializer = create_serializer(context.service, protocol)
        headers, request_id = context.request.headers, context.request_id
        return serializer.serialize_error_to_response(error, operation, headers, request_id)

    return create_exception_response


def apply() -> None:
    replace(ServiceExceptionSerializer, "create_exception_response", _in_protocol)


PATCH = Patch("protocol-errors", "a request that can't be parsed is answered 400, not 500", apply)
