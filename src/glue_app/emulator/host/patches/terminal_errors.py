"""States.ALL takes every error; on AWS not States.Runtime and not States.DataLimitExceeded.

"A retry or catch on States.ALL won't catch States.Runtime errors", which "always cause the execution to
fail"; States.DataLimitExceeded can be named, but is not meant by States.ALL.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.services.stepfunctions.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)

from .patch import Patch, replace

RUNTIME = "States.Runtime"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"


def _without_terminal_errors(original: Callable[..., None]) -> Callable[..., None]:
    def eval_body(self: Any, env: Any) -> None:
        raised = env.stack[-1].error_name
        if raised not in (RUNTIME, DATA_LIMIT_EXCEEDED):
            original(self, env)
            return
        env.stack.pop()
        named = {error.error_name for error in self.error_names}
        env.stack.append(raised == DATA_LIMIT_EXCEEDED and raised in named)

    return eval_body


def apply() -> None:
    replace(ErrorEqualsDecl, "_eval_body", _without_terminal_errors)


PATCH = Patch(
    "terminal-errors", "States.ALL takes neither States.Runtime nor States.DataLimitExceeded", apply
)
