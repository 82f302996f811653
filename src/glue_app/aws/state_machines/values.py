"""The values of fields: types, ranges, paths, payload templates and expressions.

Ranges and wordings were measured on AWS by others (public issues of floci-io/floci and rules of a public
CDK linter, September 2026); those of white-space and payload-template types could not be verified.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from . import jsonata, paths
from .scope import Scope

Check = Callable[[Scope, Any], None]

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
MAXIMUM_VARIABLE_NAME = 80


def text(scope: Scope, value: Any) -> None:
    if not isinstance(value, str):
        scope.schema("Expected value of type [STRING]")
    elif scope.jsonata:
        expressions(scope, value)


def boolean(scope: Scope, value: Any) -> None:
    if not isinstance(value, bool):
        scope.schema("Expected value of type [BOOLEAN]")


def number(minimum: float | None = None, maximum: float | None = None, whole: bool = True) -> Check:
    """Return a number within its bounds; in a JSONata state also an expression."""
    kind = "Integer" if whole else "Number"

    def check(scope: Scope, value: Any) -> None:
        if scope.jsonata and isinstance(value, str) and value.startswith(jsonata.OPENING):
            expressions(scope, value)
        elif isinstance(value, bool) or not isinstance(value, int | float) or (whole and value != int(value)):
            scope.schema(f"Expected value of type {kind}")
        elif minimum is not None and value < minimum:
            scope.schema(f"Minimum value is {minimum}")
        elif maximum is not None and value > maximum:
            scope.schema(f"Maximum value is {maximum}")

    return check


def one_of(*allowed: str) -> Check:
    def check(scope: Scope, value: Any) -> None:
        if not isinstance(value, str):
            scope.schema("Expected value of type [STRING]")
        elif value not in allowed:
            scope.schema(f"Value should be one of the following: [{', '.join(allowed)}]")

    return check


def timestamp(scope: Scope, value: Any) -> None:
    if not isinstance(value, str):
        scope.schema("Expected value of type [STRING]")
    elif scope.jsonata and value.startswith(jsonata.OPENING):
        expressions(scope, value)
    elif not is_timestamp(value):
        scope.schema("Value is not a valid timestamp")


def is_timestamp(value: str) -> bool:
    """RFC3339 as ISO 8601 with a `T` and a zone."""
    if not _TIMESTAMP.fullmatch(value):
        return False
    try:
        datetime.datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


def path(scope: Scope, value: Any) -> None:
    """Check a JSONPath or null, as InputPath and OutputPath take it."""
    if value is not None and not (isinstance(value, str) and paths.is_path(value)):
        scope.schema("Value must be a valid JSONPath.")


def reference_path(scope: Scope, value: Any) -> None:
    if not isinstance(value, str):
        scope.schema("Expected value of type [STRING]")
    elif not value.startswith("$"):
        scope.schema("Value is not a Reference Path: Reference path didn't start with '$'")
    elif not paths.is_reference_path(value):
        scope.schema("Value is not a Reference Path")


def input_reference_path(scope: Scope, value: Any) -> None:
    """Check a reference path that does not start at the Context object."""
    if isinstance(value, str) and value.startswith("$$"):
        scope.schema("Value is not a Reference Path")
    else:
        reference_path(scope, value)


def result_path(scope: Scope, value: Any) -> None:
    """Check a reference path into the input, or null."""
    if value is None:
        return
    if isinstance(value, str) and paths.is_reference_path(value) and paths.root_of(value) != "$":
        scope.schema("Value is not a Reference Path")
    else:
        reference_path(scope, value)


def path_or_intrinsic(scope: Scope, value: Any) -> None:
    if not (isinstance(value, str) and (paths.is_reference_path(value) or paths.is_intrinsic(value))):
        scope.schema("Value must be a valid JSONPath or a valid intrinsic function call")


def template(scope: Scope, value: Any) -> None:
    """Check a payload template: an object whose `.$` fields are paths or intrinsic functions."""
    if not isinstance(value, dict):
        scope.schema("Expected value of type [OBJECT]")
        return
    fields(scope, value)


def fields(scope: Scope, value: Any) -> None:
    """Check the `.$` fields of any JSON value, however deep."""
    if isinstance(value, list):
        for item in value:
            fields(scope, item)
    if not isinstance(value, dict):
        return
    for name, content in value.items():
        if not name.endswith(".$"):
            fields(scope, content)
            if isinstance(content, str) and content.startswith(("$.", "$$.")) and paths.is_path(content):
                scope.report.warning(
                    "NO_DOLLAR", f"The field '{name}' looks like a path, but lacks '.$'", scope.location
                )
            continue
        if name[:-2] in value:
            scope.schema(f"There should only be one of the following fields: [{name[:-2]}, {name}]")
        if not isinstance(content, str):
            scope.schema(f"The value for the field '{name}' must be a STRING")
        elif not paths.is_path_or_intrinsic(content):
            scope.schema(
                f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function "
                "call"
            )


def expressions(scope: Scope, value: Any) -> None:
    """Check the expressions in any JSON value of a JSONata state."""
    if isinstance(value, str):
        jsonata.check(value, scope.report, scope.location, scope.readable)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            expressions(scope.item(index), item)
    elif isinstance(value, dict):
        for name, item in value.items():
            expressions(scope.at(name), item)


def payload(scope: Scope, value: Any) -> None:
    """Check a template or expressions, as the state's language has it."""
    if scope.jsonata:
        expressions(scope, value)
    else:
        template(scope, value)


def assignment(scope: Scope, value: Any) -> None:
    """Variables and their values; `states` is reserved."""
    if not isinstance(value, dict):
        scope.schema("Expected value of type [OBJECT]")
        return
    for name in value:
        bare = name if scope.jsonata else name.removesuffix(".$")
        if bare == "states":
            scope.report.error(
                "RESERVED_VARIABLE_NAME",
                "Cannot assign to reserved variable '$states'.",
                scope.at(name).location,
            )
        elif not bare.isidentifier() or len(bare) > MAXIMUM_VARIABLE_NAME:
            scope.report.error(
                "INVALID_VARIABLE_NAME",
                f"Invalid variable name '{bare}': the variable name contains invalid characters.",
                scope.at(name).location,
            )
    payload(scope, value)
