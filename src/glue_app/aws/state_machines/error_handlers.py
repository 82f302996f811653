"""Retry and Catch.

`States.ALL` stands alone in its list and in the last entry.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
The wording for names that AWS does not define could not be verified.
"""

from __future__ import annotations

from typing import Any

from . import values
from .scope import CAUGHT, Scope, entries, known, required

#: names that begin with `States.` are AWS's own
RESERVED = frozenset(
    f"States.{name}"
    for name in (
        "ALL", "BranchFailed", "DataLimitExceeded", "ExceedToleratedFailureThreshold", "HeartbeatTimeout",
        "Http.Socket", "IntrinsicFailure", "ItemReaderFailed", "NoChoiceMatched", "ParameterPathFailure",
        "Permissions", "QueryEvaluationError", "ResultPathMatchFailure", "ResultWriterFailed", "Runtime",
        "TaskFailed", "Timeout",
    )
)  # fmt: skip
_RETRIER = {
    "IntervalSeconds": values.number(0, 99999999),
    "MaxAttempts": values.number(0, 99999999),
    "BackoffRate": values.number(1.0, whole=False),
    "MaxDelaySeconds": values.number(1, 31622400),
    "JitterStrategy": values.one_of("FULL", "NONE"),
    "Comment": values.text,
}


def check_retry(scope: Scope, retriers: Any) -> None:
    for here, retrier in _handlers(scope, retriers):
        known(here, retrier, {"ErrorEquals", *_RETRIER})
        for name, check in _RETRIER.items():
            if name in retrier:
                check(here.at(name), retrier[name])
        interval, limit = retrier.get("IntervalSeconds", 1), retrier.get("MaxDelaySeconds")
        if isinstance(interval, int) and isinstance(limit, int) and limit <= interval:
            here.schema("MaxDelaySeconds must be greater than IntervalSeconds")


def check_catch(scope: Scope, catchers: Any) -> None:
    for here, catcher in _handlers(scope, catchers):
        here = here.reading(CAUGHT)
        for name, language in (("Output", "JSONata"), ("ResultPath", "JSONPath")):
            if name in catcher and language != here.language:
                here.schema(
                    f"The QueryLanguage is set to '{here.language}', but field '{name}' is only supported "
                    f"for the '{language}' QueryLanguage"
                )
        known(here, catcher, {"ErrorEquals", "Next", "Comment", "Assign", "Output", "ResultPath"})
        required(here, catcher, "Next")
        if "Next" in catcher:
            values.text(here.at("Next"), catcher["Next"])
        if "ResultPath" in catcher and not here.jsonata:
            values.result_path(here.at("ResultPath"), catcher["ResultPath"])
        if "Assign" in catcher:
            values.assignment(here.at("Assign"), catcher["Assign"])
        if "Output" in catcher and here.jsonata:
            values.expressions(here.at("Output"), catcher["Output"])


def _handlers(scope: Scope, handlers: Any) -> list[tuple[Scope, dict[str, Any]]]:
    """Return the well-formed entries, after checking what retriers and catchers have in common."""
    found = []
    listed = entries(scope, handlers, may_be_empty=True)
    for number, (here, handler) in enumerate(listed, start=1):
        if not isinstance(handler, dict):
            here.schema("Expected value of type [OBJECT]")
            continue
        required(here, handler, "ErrorEquals")
        if "ErrorEquals" in handler:
            _errors(here.at("ErrorEquals"), handler["ErrorEquals"], last=number == len(listed))
        found.append((here, handler))
    return found


def _errors(scope: Scope, names: Any, last: bool) -> None:
    if not isinstance(names, list):
        scope.schema("Expected value of type [ARRAY]")
        return
    if not names:
        scope.schema("Value cannot be empty")
    for name in names:
        if not isinstance(name, str):
            scope.schema("Expected value of type [STRING]")
        elif name.startswith("States.") and name not in RESERVED:
            scope.schema(f"'{name}' is not a valid error name: names that begin with 'States.' are reserved")
    if "States.ALL" in names:
        if len(names) > 1:
            scope.schema("States.ALL must appear alone")
        if not last:
            scope.schema("States.ALL must appear in the last entry")
