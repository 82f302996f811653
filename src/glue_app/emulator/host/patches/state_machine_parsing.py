"""LocalStack parses a definition for each execution: a quarter of a CPU second for the pipeline's.

A burst of uploads starts hundreds of executions at once, and their tasks ran into their timeouts behind the
parser. An execution still gets a program of its own, as the parser made it: its parts may keep state.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser
from localstack.services.stepfunctions.backend.execution_worker import ExecutionWorker

from .patch import Patch, replace


@lru_cache(maxsize=64)
def _parsed(definition: str) -> bytes:
    return pickle.dumps(AmazonStateLanguageParser.parse(definition)[0])


def _once(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def entrypoint(self: Any) -> Any:
        return pickle.loads(_parsed(self._evaluation_details.state_machine_details.definition))  # noqa: S301 - ours

    return entrypoint


def apply() -> None:
    replace(ExecutionWorker, "_get_evaluation_entrypoint", _once)


PATCH = Patch(
    "state-machine-parsing",
    "hundreds of executions start at once: each definition is parsed once",
    apply,
)
