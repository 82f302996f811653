"""What LocalStack cannot answer by itself it downloads, installs or starts inside the request, which hangs.

The table of those services is emulator/host/not_emulated.py. They are refused where LocalStack would load
them, which each request passes: those of the network and those in memory, such as a state machine's task.
LocalStack's own answer for a service or operation that it has not looks into a catalog on its vendor's server
first, and speaks of the vendor's licences; it gets the same form. What the table does not know of, such as
JSONata in a state machine, meets the last rule: no package is installed while the stack runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.aws.api import CommonServiceException
from localstack.aws.handlers.service import ServiceExceptionSerializer, ServiceRequestRouter
from localstack.aws.handlers.service_plugin import ServiceLoader
from localstack.aws.skeleton import Skeleton
from localstack.packages.api import PackageInstaller

from glue_app.emulator.host.not_emulated import NO_PROVIDER, SERVICES
from glue_app.emulator.host.patches.patch import Patch, replace
from glue_app.emulator.host.service import NotEmulatedError


def _operation(context: Any) -> str:
    """`*` where the request is for something that the service serves beside its API, a function's URL say."""
    return context.operation.name if context.operation else "*"


def _refusing(original: Callable[..., None]) -> Callable[..., None]:
    def require_service(self: Any, chain: Any, context: Any, response: Any) -> None:
        if context.service is not None:
            name = context.service.service_name
            if entry := SERVICES.get(name):
                raise NotEmulatedError(name, _operation(context), entry.why)
            if not self.service_manager.exists(name):
                raise NotEmulatedError(name, _operation(context), NO_PROVIDER)
        original(self, chain, context, response)

    return require_service


def _telling(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_exception_response(self: Any, exception: Exception, context: Any) -> Any:
        if isinstance(exception, NotImplementedError) and context.operation:
            said = str(exception.args[0]) if exception.args else ""
            exception = NotEmulatedError(context.service.service_name, context.operation.name, said)
        return original(self, exception, context)

    return create_exception_response


def _without_handler(_original: Callable[..., Any]) -> Callable[..., Any]:
    def create_not_implemented_response(_self: Any, context: Any) -> Any:
        raise NotEmulatedError(context.service.service_name, context.operation.name)

    return create_not_implemented_response


def _as_not_emulated(_original: Callable[..., Any]) -> Callable[..., Any]:
    def on_not_implemented_error(self: Any, serializer: Any, context: Any, error: NotImplementedError) -> Any:
        operation = context.operation
        said = str(error.args[0]).rstrip(".") if error.args else ""
        refusal = NotEmulatedError(operation.service_model.service_name, operation.name, said)
        return self.on_service_exception(serializer, context, refusal)

    return on_not_implemented_error


def _installing_nothing(original: Callable[..., None]) -> Callable[..., None]:
    def install(self: Any, target: Any = None) -> None:
        if not self.is_installed():
            raise NotInstalledError(self.name)
        original(self, target)

    return install


class NotInstalledError(CommonServiceException):  # type: ignore[misc]  # LocalStack carries no types
    """Raised where LocalStack would fetch a package of its own in the middle of a request."""

    def __init__(self, package: str) -> None:
        super().__init__(
            "NotEmulatedByGlueApp",
            f"This needs {package}, which LocalStack would download now; glue-app does not let it. "
            f"docs/parity.md lists what is emulated. On AWS this may work.",
            status_code=501,
        )


def apply() -> None:
    replace(ServiceLoader, "require_service", _refusing)
    replace(ServiceExceptionSerializer, "create_exception_response", _telling)
    replace(Skeleton, "on_not_implemented_error", _as_not_emulated)
    replace(PackageInstaller, "install", _installing_nothing)
    replace(ServiceRequestRouter, "create_not_implemented_response", _without_handler)


PATCH = Patch(
    "not-emulated",
    "nothing that shows: what would be downloaded or installed inside a request is refused at once",
    apply,
)
