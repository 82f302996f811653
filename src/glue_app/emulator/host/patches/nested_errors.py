"""An error of AWS's own in a branch or an iteration ends the execution with a ValueError of LocalStack's.

It names every error that comes out of a branch or an iteration as if it were the user's, and refuses names
that begin with `States.`. On AWS the error keeps its name, and what a Catch or Retry says of it counts.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration import (
    iteration_worker,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_parallel import branches_decl

from .patch import Patch, replace


def _of_its_kind(original: Callable[..., Any]) -> Callable[..., Any]:
    def named(error_name: str | None) -> Any:
        with suppress(ValueError, KeyError):
            if error_name is not None and error_name.startswith("States."):
                return StatesErrorName.from_name(error_name)
        return original(error_name)

    return named


def apply() -> None:
    replace(iteration_worker, "CustomErrorName", _of_its_kind)
    replace(branches_decl, "CustomErrorName", _of_its_kind)


PATCH = Patch(
    "nested-errors", "an error of AWS's own in a branch or an iteration keeps its name and cause", apply
)
