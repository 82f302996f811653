"""LocalStack calls a service loaded before its routes are there.

A request that comes while another loads the service finds no route and was told that the operation is not
implemented: EC2 has 700 of them, and Terraform asks for many things at once. It waits now for the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.aws.handlers.service_plugin import ServiceLoader

from .patch import Patch, replace


def _waiting(original: Callable[..., None]) -> Callable[..., None]:
    def require_service(self: Any, chain: Any, context: Any, response: Any) -> None:
        if context.service is None:
            return
        with self.service_locks[context.service.service_name]:
            original(self, chain, context, response)

    return require_service


def apply() -> None:
    replace(ServiceLoader, "require_service", _waiting)


PATCH = Patch(
    "service-loading",
    "nothing that shows: a request that comes while its service is loaded waits, and is not refused",
    apply,
)
