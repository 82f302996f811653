"""LocalStack reads a JSONPath anew whenever a state uses it, and builds the parser's tables each time: 20 ms.

A Choice that compares one variable with 60 patterns took a CPU second, and hundreds of executions at once ran
into their timeouts. What the parser returns is only looked up by, never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from localstack.services.stepfunctions.asl.component.common.path import result_path
from localstack.services.stepfunctions.asl.utils import json_path

from .patch import Patch, replace

Parse = Callable[[str], Any]


def _once(original: Parse) -> Parse:
    return lru_cache(maxsize=4096)(original)


def apply() -> None:
    replace(json_path, "parse", _once)
    replace(result_path, "parse", _once)


PATCH = Patch(
    "json-paths", "a state that looks at its input takes no time: each JSONPath is read once", apply
)
