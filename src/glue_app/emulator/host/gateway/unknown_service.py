"""A service's name that LocalStack finds no model of, or no protocol for, is an exception of its own: a 500.

botocore signs some of S3's operations for a service of another name (directory buckets, Object Lambda), which
LocalStack does not know. What nobody emulates is a 501 that names it (ADR 0008); what is in no protocol of
its service is a 400, as a request that can't be parsed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import UnknownServiceError
from localstack.aws.handlers.service import ServiceNameParser
from localstack.aws.protocol.parser import OperationNotFoundParserError
from localstack.aws.protocol.service_router import ProtocolError

from glue_app.emulator.host.patches.patch import Patch, replace
from glue_app.emulator.host.refusing import refuse
from glue_app.emulator.host.service import NotEmulatedError

#: what a request is signed for → S3's operation; others that are signed so have a bucket in their path, by
#: which LocalStack knows them
_OF_S3 = {"s3express": "ListDirectoryBuckets", "s3-object-lambda": "WriteGetObjectResponse"}


def refusal(signed_for: str) -> NotEmulatedError:
    """Return the error for a request that is signed for a service without a model."""
    if signed_for in _OF_S3:
        return NotEmulatedError("s3", _OF_S3[signed_for])
    return NotEmulatedError(signed_for, "*", "botocore has no service of this name")


def _refusing(original: Callable[..., None]) -> Callable[..., None]:
    def parse_service_name(self: Any, chain: Any, context: Any, response: Any) -> None:
        try:
            original(self, chain, context, response)
        except UnknownServiceError as error:
            found = refusal(error.kwargs["service_name"])
            refuse(context.request, response, found.status_code, found.code, found.message)
            chain.stop()
        except ProtocolError as error:
            context.protocol = context.service.protocol
            raise OperationNotFoundParserError(str(error)) from error

    return parse_service_name


def apply() -> None:
    replace(ServiceNameParser, "__call__", _refusing)


PATCH = Patch(
    "unknown-service", "nothing that shows: a service that nobody knows is refused, and named", apply
)
