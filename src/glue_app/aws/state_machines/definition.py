"""The check of a whole definition.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from . import maps, states, transitions, values
from .diagnostics import Diagnostic, Report
from .scope import JSONATA, JSONPATH, Scope, entries, known, required

MAXIMUM_NAME = 80
MAXIMUM_BYTES = 1024 * 1024
#: how deep branches and item processors may lie in each other; AWS's own limit is not documented
MAXIMUM_DEPTH = 25
#: of arrays and objects in each other, which is more than states so deep need
MAXIMUM_LEVELS = 300
_MACHINE = frozenset({"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"})
_NESTED = frozenset({"Comment", "StartAt", "States"})


class _Repeated(dict[str, Any]):
    """A JSON object that knows which of its names came twice."""

    repeated: tuple[str, ...] = ()


def check(text: str, machine_type: str = "STANDARD") -> list[Diagnostic]:
    """Return all findings in a definition. machine_type: STANDARD or EXPRESS."""
    report = Report()
    machine = _read(text, report)
    if machine is None:
        return report.diagnostics
    language = _language(report, "", machine, JSONPATH)
    scope = Scope(report, "", language, language, machine_type == "EXPRESS")
    known(scope, machine, _MACHINE)
    if "Version" in machine:
        values.one_of("1.0")(scope.at("Version"), machine["Version"])
    if "TimeoutSeconds" in machine:
        # AWS accepts 0 here
        values.number(0, 99999999)(
            replace(scope, language=JSONPATH).at("TimeoutSeconds"), machine["TimeoutSeconds"]
        )
    names: Counter[str] = Counter()
    _machine(scope, machine, names, 0)
    return report.diagnostics


def check_state(text: str) -> list[Diagnostic]:
    """Return all findings in a state on its own, as TestState takes it; where it leads is not looked at."""
    report = Report()
    state = _read(text, report)
    if state is not None:
        language = _language(report, "", state, JSONPATH)
        _state(Scope(report, "", language, language), state, Counter(), 0)
    return report.diagnostics


def _read(text: str, report: Report) -> _Repeated | None:
    if len(text.encode("utf-8", "surrogatepass")) > MAXIMUM_BYTES:
        report.error("INVALID_JSON_DESCRIPTION", "Definition exceeds the maximum of 1048576 bytes", None)
        return None
    try:
        found = (
            json.loads(text, object_pairs_hook=_object, parse_constant=_constant) if text.strip() else None
        )
    except json.JSONDecodeError as error:
        at = f"line: {error.lineno}, column: {error.colno}"
        report.error("INVALID_JSON_DESCRIPTION", error.msg, f"[Source: (String); {at}]")
        return None
    except ValueError as error:
        report.error("INVALID_JSON_DESCRIPTION", str(error), None)
        return None
    except RecursionError:
        report.error("TOO_DEEPLY_NESTED", "The definition is too deeply nested", None)
        return None
    if _levels(found) > MAXIMUM_LEVELS:
        report.error("TOO_DEEPLY_NESTED", "The definition is too deeply nested", None)
        return None
    if not isinstance(found, _Repeated):
        report.error("SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object", None)
        return None
    return found


def _levels(value: Any) -> int:
    """How deep arrays and objects lie in each other, as far as it matters."""
    levels, here = 0, [value] if isinstance(value, (dict, list)) else []
    while here and levels <= MAXIMUM_LEVELS:
        inner = [one for outer in here for one in (outer.values() if isinstance(outer, dict) else outer)]
        here = [one for one in inner if isinstance(one, (dict, list))]
        levels += 1
    return levels


def _object(pairs: list[tuple[str, Any]]) -> _Repeated:
    found = _Repeated(pairs)
    found.repeated = tuple(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
    return found


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _language(report: Report, location: str, body: dict[str, Any], inherited: str) -> str:
    """Read the query language.

    Any value but "JSONPath" counts as JSONata, as on AWS, after it was reported.
    """
    if "QueryLanguage" not in body:
        return inherited
    given = body["QueryLanguage"]
    if not isinstance(given, str):
        report.schema("Expected value of type [STRING]", f"{location}/QueryLanguage")
    elif given not in (JSONPATH, JSONATA):
        report.schema(
            f"Value should be one of the following: [{JSONPATH}, {JSONATA}]", f"{location}/QueryLanguage"
        )
    return JSONPATH if given == JSONPATH else JSONATA


def _machine(scope: Scope, machine: Any, names: Counter[str], depth: int) -> None:
    """Check a machine, a branch or an item processor."""
    if not isinstance(machine, dict):
        scope.schema("Expected value of type [OBJECT]")
        return
    if depth > MAXIMUM_DEPTH:
        scope.report.error("TOO_DEEPLY_NESTED", "The states are too deeply nested", scope.location)
        return
    required(scope, machine, "States", "StartAt")
    for name in ("StartAt", "Comment"):
        if name in machine and not isinstance(machine[name], str):
            scope.at(name).schema("Expected value of type [STRING]")
    if "States" not in machine:
        return
    found, here = machine["States"], scope.at("States")
    if not isinstance(found, dict):
        here.schema("Expected value of type [OBJECT]")
        return
    if not found:
        here.schema("Value cannot be empty")
        return
    for name, state in found.items():
        _name(here, name, found, names)
        if isinstance(state, dict):
            _state(here.at(name), state, names, depth)
        else:
            here.at(name).schema("Expected value of type [OBJECT]")
    transitions.check(scope.report, scope.location, machine, whole=depth == 0)


def _name(scope: Scope, name: str, found: dict[str, Any], names: Counter[str]) -> None:
    location = scope.at(name).location
    if not 0 < len(name) <= MAXIMUM_NAME or any(
        ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in name
    ):
        scope.report.error("INVALID_STATE_NAME", f"Invalid State name: {name}", location)
    names[name] += 1
    if names[name] > 1 or name in getattr(found, "repeated", ()):
        scope.report.error("DUPLICATE_STATE_NAME", f"Duplicate State name: {name}", location)


def _state(scope: Scope, state: dict[str, Any], names: Counter[str], depth: int) -> None:
    language = _language(scope.report, scope.location, state, scope.machine_language)
    if scope.machine_language == JSONATA and language == JSONPATH:
        scope.schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
    else:
        states.check(replace(scope, language=language), state)
    _nested(scope, state, names, depth + 1)


def _nested(scope: Scope, state: dict[str, Any], names: Counter[str], depth: int) -> None:
    """Check the machines in a state; their states fall back to the language of the whole machine."""
    if state.get("Type") == "Parallel" and "Branches" in state:
        for here, branch in entries(scope.at("Branches"), state["Branches"]):
            if isinstance(branch, dict):
                known(here, branch, _NESTED)
            _machine(here, branch, names, depth)
    if state.get("Type") == "Map":
        distributed, workflow = maps.mode(state)
        inner = scope
        if distributed == maps.DISTRIBUTED:
            inner = replace(scope, express=workflow == "EXPRESS")
        for field in ("ItemProcessor", "Iterator"):
            if field not in state:
                continue
            here, processor = inner.at(field), state[field]
            if isinstance(processor, dict):
                known(here, processor, _NESTED | ({"ProcessorConfig"} if field == "ItemProcessor" else set()))
                if "ProcessorConfig" in processor and field == "ItemProcessor":
                    maps.check_config(here.at("ProcessorConfig"), processor["ProcessorConfig"])
            _machine(here, processor, names, depth)
