"""A 500 says in the log where it came from: LocalStack logs the place of an exception with DEBUG only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.aws.api import ServiceException
from localstack.aws.handlers.logging import ExceptionLogger
from localstack.aws.protocol.parser import RequestParserError

from glue_app.emulator.host.patches.patch import Patch, replace

#: the answer to these is an error of the client's, or says all there is
_EXPECTED = (ServiceException, RequestParserError, NotImplementedError)


def _with_its_place(original: Callable[..., None]) -> Callable[..., None]:
    def log(self: Any, chain: Any, exception: Exception, context: Any, response: Any) -> None:
        if isinstance(exception, _EXPECTED):
            original(self, chain, exception, context, response)
            return
        service, operation = context.get("service"), context.get("operation")
        self.logger.error(
            "request %s, %s.%s failed",
            context.get("request_id"),
            service.service_name if service else "no service",
            operation.name if operation else "no operation",
            exc_info=exception,
        )

    return log


def apply() -> None:
    replace(ExceptionLogger, "__call__", _with_its_place)


PATCH = Patch("failure-log", "nothing that shows: a 500 leaves its traceback in the log", apply)
