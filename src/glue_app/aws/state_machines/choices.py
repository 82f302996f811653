"""The rules of a Choice state.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

from typing import Any

from . import jsonata, values
from .scope import Scope, at_most_one, entries, exactly_one, known, required
from .values import Check

_ORDERS = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_LITERALS: dict[str, Check] = {
    "String": values.text, "Numeric": values.number(whole=False), "Timestamp": values.timestamp,
}  # fmt: skip
#: every comparison with the check of its value
OPERATORS: dict[str, Check] = {
    **{kind + order: check for kind, check in _LITERALS.items() for order in _ORDERS},
    **{kind + order + "Path": values.reference_path for kind in _LITERALS for order in _ORDERS},
    "BooleanEquals": values.boolean,
    "BooleanEqualsPath": values.reference_path,
    "StringMatches": values.text,
    **{
        f"Is{kind}": values.boolean
        for kind in ("Null", "Present", "Numeric", "String", "Boolean", "Timestamp")
    },
}
_KINDS = ("And", "Or", "Not", "Variable")
_OUTER = frozenset({"Next", "Comment", "Assign"})


def check(scope: Scope, rules: Any) -> None:
    """Check the list of rules. Where `Next` leads is checked with the other transitions."""
    for here, rule in entries(scope, rules):
        if not isinstance(rule, dict):
            here.schema("Expected value of type [OBJECT]")
            continue
        required(here, rule, "Next")
        if "Next" in rule:
            values.text(here.at("Next"), rule["Next"])
        if "Assign" in rule:
            values.assignment(here.at("Assign"), rule["Assign"])
        if scope.jsonata:
            _condition(here, rule)
        else:
            _comparison(here, rule, outer=True)


def _condition(scope: Scope, rule: dict[str, Any]) -> None:
    for name in rule:
        if name in OPERATORS or name in _KINDS:
            scope.schema(
                f"The QueryLanguage is set to 'JSONata', but field '{name}' is only supported for the "
                "'JSONPath' QueryLanguage"
            )
    known(scope, rule, {*_OUTER, "Condition", "Output", *OPERATORS, *_KINDS})
    required(scope, rule, "Condition")
    if "Output" in rule:
        values.expressions(scope.at("Output"), rule["Output"])
    condition = rule.get("Condition", True)
    if isinstance(condition, bool):
        return
    if not isinstance(condition, str):
        scope.at("Condition").schema("Expected value of type [BOOLEAN, STRING]")
    elif not jsonata.is_expression(condition):
        scope.at("Condition").schema("JSONata string must start with {% and end with %}")
    else:
        values.expressions(scope.at("Condition"), condition)


def _comparison(scope: Scope, rule: Any, outer: bool) -> None:
    if not isinstance(rule, dict):
        scope.schema("Expected value of type [OBJECT]")
        return
    for name in ("Condition", "Output"):
        if name in rule:
            scope.schema(
                f"The QueryLanguage is set to 'JSONPath', but field '{name}' is only supported for the "
                "'JSONata' QueryLanguage"
            )
    known(
        scope,
        rule,
        {*OPERATORS, *_KINDS, "Comment", "Condition", "Output", *(_OUTER if outer else ())},
    )
    if "Condition" in rule:
        return
    exactly_one(scope, rule, *_KINDS)
    found = [name for name in rule if name in OPERATORS]
    if "Variable" in rule:
        values.reference_path(scope.at("Variable"), rule["Variable"])
        if not found:
            scope.schema("This object should have exactly one comparison operator")
        at_most_one(scope, rule, *found)
    elif found:
        required(scope, rule, "Variable")
    for name in found:
        OPERATORS[name](scope.at(name), rule[name])
    for name in ("And", "Or"):
        if name in rule:
            for here, inner in entries(scope.at(name), rule[name]):
                _comparison(here, inner, outer=False)
    if "Not" in rule:
        _comparison(scope.at("Not"), rule["Not"], outer=False)
