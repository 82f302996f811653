"""A state: which fields its type has in which query language, and the check of each.

The table of fields was measured on AWS by others (8 types, 50 fields; a public CDK linter, September 2026).
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-states.html
"""

from __future__ import annotations

from typing import Any

from . import choices, error_handlers, maps, tasks, values
from .scope import RESULT, Scope, at_most_one, exactly_one, known, required
from .values import Check

_COMMON = frozenset({"Type", "Comment", "QueryLanguage"})
_FLOW = "Next End Assign"
FIELDS: dict[str, frozenset[str]] = {
    kind: frozenset(fields.split())
    for kind, fields in {
        "Pass": f"InputPath OutputPath Result ResultPath Parameters Output {_FLOW}",
        "Task": "InputPath OutputPath ResultPath Parameters Arguments Output Resource Credentials"
        " ResultSelector Retry Catch TimeoutSeconds TimeoutSecondsPath HeartbeatSeconds"
        f" HeartbeatSecondsPath {_FLOW}",
        "Wait": f"InputPath OutputPath Output Seconds Timestamp SecondsPath TimestampPath {_FLOW}",
        "Parallel": "InputPath OutputPath ResultPath Parameters Arguments Output ResultSelector Retry Catch"
        f" Branches {_FLOW}",
        "Map": "InputPath OutputPath ResultPath Parameters Output ResultSelector Retry Catch ItemProcessor"
        " Iterator ItemsPath Items ItemSelector ItemReader ItemBatcher ResultWriter MaxConcurrency"
        " MaxConcurrencyPath ToleratedFailurePercentage ToleratedFailurePercentagePath ToleratedFailureCount"
        f" ToleratedFailureCountPath Label {_FLOW}",
        "Choice": "InputPath OutputPath Output Assign Choices Default",
        "Succeed": "InputPath OutputPath Output",
        "Fail": "Error Cause ErrorPath CausePath",
    }.items()
}
_ONLY_JSONPATH = frozenset(
    {
        *("InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Result", "ItemsPath"),
        *("TimeoutSecondsPath", "HeartbeatSecondsPath", "SecondsPath", "TimestampPath", "ErrorPath"),
        *("CausePath", "MaxConcurrencyPath", "ToleratedFailurePercentagePath", "ToleratedFailureCountPath"),
    }
)
_ONLY_JSONATA = frozenset({"Arguments", "Output", "Items"})
_WITH_RESULT = frozenset({"Task", "Parallel", "Map"})


def _static(scope: Scope, value: Any) -> None:
    """Warn of a path in a Pass state's Result: the Result is taken as it is."""
    if isinstance(value, dict):
        for name, content in value.items():
            if name.endswith(".$"):
                scope.report.warning(
                    "PASS_RESULT_IS_STATIC", f"The field '{name}' in Result is not evaluated", scope.location
                )
            _static(scope, content)


def _items(scope: Scope, value: Any) -> None:
    if isinstance(value, str) and not value.startswith("{%"):
        scope.schema("Expected value of type [ARRAY]")
    values.expressions(scope, value)


_SECONDS = values.number(1, 99999999)
_CHECKS: dict[str, Check] = {
    "Comment": lambda scope, value: None if isinstance(value, str) else values.text(scope, value),
    "InputPath": values.path,
    "OutputPath": values.path,
    "ResultPath": values.result_path,
    "Result": _static,
    "Parameters": values.template,
    "Arguments": values.expressions,
    "ResultSelector": values.template,
    "Output": values.expressions,
    "Assign": values.assignment,
    "Next": lambda scope, value: None if isinstance(value, str) else values.text(scope, value),
    "Default": lambda scope, value: None if isinstance(value, str) else values.text(scope, value),
    "End": values.boolean,
    "TimeoutSeconds": _SECONDS,
    "TimeoutSecondsPath": values.reference_path,
    "HeartbeatSeconds": _SECONDS,
    "HeartbeatSecondsPath": values.reference_path,
    "Seconds": values.number(0, 99999999),
    "SecondsPath": values.reference_path,
    "Timestamp": values.timestamp,
    "TimestampPath": values.reference_path,
    "Error": values.text,
    "Cause": values.text,
    "ErrorPath": values.path_or_intrinsic,
    "CausePath": values.path_or_intrinsic,
    "Items": _items,
    "ItemsPath": values.reference_path,
    "ItemSelector": values.payload,
    "ItemReader": maps.check_reader,
    "ItemBatcher": maps.check_batcher,
    "ResultWriter": maps.check_writer,
    "MaxConcurrency": values.number(0),
    "MaxConcurrencyPath": values.input_reference_path,
    "ToleratedFailureCount": values.number(0),
    "ToleratedFailureCountPath": values.input_reference_path,
    "ToleratedFailurePercentage": values.number(0.0, 100.0, whole=False),
    "ToleratedFailurePercentagePath": values.input_reference_path,
    "Label": values.text,
    "Choices": choices.check,
    "Retry": error_handlers.check_retry,
    "Catch": error_handlers.check_catch,
}


def check(scope: Scope, state: dict[str, Any]) -> None:
    """Check one state without the machines inside it. `scope` has the state's own language."""
    if "Type" not in state:
        required(scope, state, "Type")
        return
    kind = state["Type"]
    if not isinstance(kind, str) or kind not in FIELDS:
        scope.at("Type").schema(f"Value should be one of the following: [{', '.join(sorted(FIELDS))}]")
        return
    known(scope, state, FIELDS[kind] | _COMMON)
    _language_of_fields(scope, state, FIELDS[kind])
    foreign = _ONLY_JSONPATH if scope.jsonata else _ONLY_JSONATA
    for name, value in state.items():
        if name in FIELDS[kind] | _COMMON and name not in foreign and name in _CHECKS:
            here = scope.at(name)
            if kind in _WITH_RESULT and name in ("Output", "Assign"):
                here = here.reading(RESULT)
            _CHECKS[name](here, value)
    _structure(scope, state, kind)


def _language_of_fields(scope: Scope, state: dict[str, Any], fields: frozenset[str]) -> None:
    other, names = ("JSONPath", _ONLY_JSONPATH) if scope.jsonata else ("JSONata", _ONLY_JSONATA)
    for name in state:
        if name in names & fields:
            scope.schema(
                f"The QueryLanguage is set to '{scope.language}', but field '{name}' is only supported for "
                f"the '{other}' QueryLanguage"
            )


def _structure(scope: Scope, state: dict[str, Any], kind: str) -> None:
    """Which fields go together."""
    if "Next" in FIELDS[kind]:
        if state.get("End") is False and "Next" in state:
            pass
        elif state.get("End") is False:
            scope.schema("This object should have only one of the following fields: [Next, End]")
        else:
            exactly_one(scope, state, "Next", "End")
    match kind:
        case "Task":
            tasks.check(scope, state)
        case "Choice":
            required(scope, state, "Choices")
        case "Wait":
            exactly_one(scope, state, "SecondsPath", "Seconds", "TimestampPath", "Timestamp")
        case "Fail":
            at_most_one(scope, state, "Error", "ErrorPath")
            at_most_one(scope, state, "Cause", "CausePath")
        case "Parallel":
            required(scope, state, "Branches")
        case "Map":
            exactly_one(scope, state, "ItemProcessor", "Iterator")
            maps.check(scope, state)
