"""Has LocalStack serve a room's operations: our handlers, moto where it is sound, a loud error elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.forwarder import _wrap_with_fallthrough
from localstack.aws.skeleton import create_dispatch_table
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto_with_request
from localstack.services.plugins import Service

Handler = Callable[[RequestContext, Any], Any]


class NotEmulatedError(CommonServiceException):  # type: ignore[misc]  # LocalStack carries no types
    """Raised for an operation that is neither ours nor sound in moto: better loud than silently wrong."""

    def __init__(self, service: str, operation: str, why: str = "") -> None:
        """why: what it would take, a clause; empty where nobody has written it yet."""
        reason = f": {why}" if why else ""
        super().__init__(
            "NotEmulatedByGlueApp",
            f"{service}:{operation} is not emulated by glue-app{reason}; docs/parity.md lists what is. "
            f"On AWS this call may work.",
            status_code=501,
        )


def _not_emulated(service: str, operation: str) -> Handler:
    def refuse(_context: RequestContext, _request: Any) -> Any:
        raise NotEmulatedError(service, operation)

    return refuse


def moto(context: RequestContext, request: Any) -> Any:
    """moto's answer to the request as it was parsed: the body as it came may hold nulls, or nothing."""
    return call_moto_with_request(context, request)


def serve(
    provider: Any, moto_operations: Collection[str] = (), forwarded: Mapping[str, Handler] | None = None
) -> Service:
    """Make the LocalStack service whose operations come from `provider`'s `@handler` methods.

    provider: an object with `service` (the botocore service name) and methods decorated with
        `localstack.aws.api.handler(..., expand=False)`. A method that raises NotImplementedError falls
        through to moto.
    moto_operations: operations answered by moto alone, because moto's answer was checked to be AWS's.
    forwarded: operations handed to somebody else whole, by name; such a handler may return a Response.
    """

    def dispatch_table(provider: Any) -> dict[str, Handler]:
        model = load_service(provider.service)
        table: dict[str, Handler] = {op: _not_emulated(provider.service, op) for op in model.operation_names}
        table.update(dict.fromkeys(moto_operations, moto))
        table.update(forwarded or {})
        for operation, function in create_dispatch_table(provider).items():
            table[operation] = _wrap_with_fallthrough(function, moto)
        unknown = sorted(set(table) - set(model.operation_names))
        if unknown:
            raise ValueError(f"{provider.service}: no such operations: {', '.join(unknown)}")
        return table

    return Service.for_provider(provider, dispatch_table_factory=dispatch_table)
