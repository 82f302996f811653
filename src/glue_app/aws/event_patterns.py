"""EventBridge's event patterns: which ones PutRule takes, and which events match.

The rules and the words of refusals are those of AWS's own engine (https://github.com/aws/event-ruler);
operators: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: tells whether one value of an event, `MISSING` where there is none, matches
Test = Callable[[Any], bool]
MISSING = object()
LARGEST_NUMBER = 5e9
#: AWS measures the complexity of a rule; this is the number of `*` that LocalStack's authors found to pass
MOST_WILDCARDS = 5
#: of objects in each other; AWS's own limit is not documented
DEEPEST = 100
OPERATORS = (
    *("exactly", "prefix", "suffix", "equals-ignore-case", "wildcard"),
    *("anything-but", "numeric", "cidr", "exists"),
)


class InvalidPatternError(ValueError):
    """A pattern that AWS refuses; `reason` is AWS's."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Event pattern is not valid. Reason: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern."""

    fields: Mapping[str, Pattern | Sequence[Test]]
    alternatives: Sequence[Sequence[Pattern]]
    """Of each `$or` its branches."""

    def matches(self, event: Any, beside: Sequence[Any] = ()) -> bool:
        """Return whether the event, as parsed JSON, has what every field asks for.

        A list in the event matches where one of its elements does; fields below a list have to match in the
        same element. Only what no element has does not exist: `beside` is what else stands at this place.
        """
        if isinstance(event, list) and event:
            return any(self.matches(element, [*event, *beside]) for element in event)
        if not isinstance(event, dict):
            event = {}
        return all(
            _field_matches(wanted, _look_up(event, name), _look_up_in_all(beside, name))
            for name, wanted in self.fields.items()
        ) and (
            all(any(branch.matches(event, beside) for branch in branches) for branches in self.alternatives)
        )


def compile_pattern(text: str) -> Pattern:
    """Return the pattern of a JSON text. Raises InvalidPatternError."""
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidPatternError("Filter is not valid JSON") from error
    if not isinstance(document, dict):
        raise InvalidPatternError("Filter is not an object")
    return _object(document)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# ---------------------------------------------------------------- compiling
def _object(document: dict[str, Any], depth: int = 0, inside_or: bool = False) -> Pattern:
    if depth > DEEPEST:
        raise InvalidPatternError("Event pattern is nested too deeply")
    if not document:
        raise InvalidPatternError("Empty objects are not allowed")
    fields: dict[str, Pattern | Sequence[Test]] = {}
    alternatives = []
    for name, value in document.items():
        if name == "$or":
            alternatives.append(_or(value, depth))
        elif inside_or and name in OPERATORS:
            raise InvalidPatternError(f"{name} is Ruler reserved fieldName which cannot be used inside $or.")
        elif isinstance(value, dict):
            fields[name] = _object(value, depth + 1, inside_or)
        elif isinstance(value, list):
            if not value:
                raise InvalidPatternError("Empty arrays are not allowed")
            fields[name] = [_test(each) for each in value]
        else:
            raise InvalidPatternError(f'"{name}" must be an object or an array')
    return Pattern(fields, alternatives)


def _or(branches: Any, depth: int) -> list[Pattern]:
    if not isinstance(branches, list):
        raise InvalidPatternError("It must be an Array followed with $or.")
    if not all(isinstance(branch, dict) for branch in branches):
        raise InvalidPatternError("Only JSON object is allowed in array of $or relationship.")
    if len(branches) < 2:
        raise InvalidPatternError("There must have at least 2 Objects in $or relationship.")
    return [_object(branch, depth + 1, inside_or=True) for branch in branches]


def _test(wanted: Any) -> Test:
    if isinstance(wanted, list):
        raise InvalidPatternError("Match value must be String, number, true, false, or null")
    if not isinstance(wanted, dict):
        return lambda value: _same(value, wanted)
    if not wanted:
        raise InvalidPatternError("Match expression name not found")
    operator, operand = next(iter(wanted.items()))
    if operator not in OPERATORS:
        raise InvalidPatternError(f"Unrecognized match type {operator}")
    if len(wanted) > 1:
        raise InvalidPatternError("Only one key allowed in match expression")
    if operator == "numeric":
        return _numeric(operand)
    if operator == "anything-but":
        return _anything_but(operand)
    if operator == "exists":
        if not isinstance(operand, bool):
            raise InvalidPatternError("exists match pattern must be either true or false.")
        return lambda value: operand == (value is not MISSING)
    if operator == "cidr":
        return _cidr(operand)
    return _of_text(operator, operand)


def _of_text(operator: str, operand: Any) -> Test:
    if operator in ("prefix", "suffix") and isinstance(operand, dict):
        inner = next(iter(operand), "")
        if inner != "equals-ignore-case" or len(operand) > 1:
            raise InvalidPatternError(f"Unsupported {operator} pattern: {inner}")
        return _ignoring_case(_of_text(operator, _folded(f"{operator}/{inner}", operand[inner])))
    if not isinstance(operand, str):
        raise InvalidPatternError(f"{operator} match pattern must be a string")
    if operator == "wildcard":
        parts = _wildcard(operand)
        return lambda value: isinstance(value, str) and _has_parts(value, parts)
    if operator == "prefix":
        return lambda value: isinstance(value, str) and value.startswith(operand)
    if operator == "suffix":
        return lambda value: isinstance(value, str) and value.endswith(operand)
    if operator == "equals-ignore-case":
        return _ignoring_case(lambda value: bool(value == operand.lower()))
    return lambda value: _same(value, operand)


def _folded(name: str, operand: Any) -> str:
    if not isinstance(operand, str):
        raise InvalidPatternError(f"{name} match pattern must be a string")
    return operand.lower()


def _ignoring_case(test: Test) -> Test:
    return lambda value: isinstance(value, str) and test(value.lower())


def _wildcard(text: str) -> list[str]:
    """Return the texts between the `*`, which stand for any characters, none as well.

    A backslash stands before a literal `*` or backslash.
    """
    parts, position = [""], 0
    while position < len(text):
        character, following = text[position], text[position + 1 : position + 2]
        if character == "\\":
            if following not in ("*", "\\"):
                raise InvalidPatternError(f"Invalid escape character at pos {position}")
            parts[-1] += following
            position += 1
        elif character != "*":
            parts[-1] += character
        elif following == "*":
            raise InvalidPatternError(f"Consecutive wildcard characters at pos {position}")
        else:
            parts.append("")
        position += 1
    if len(parts) > MOST_WILDCARDS + 1:
        raise InvalidPatternError(
            "Rule is too complex - try using fewer wildcard characters or fewer repeating character "
            "sequences after a wildcard character"
        )
    return parts


def _has_parts(value: str, parts: list[str]) -> bool:
    """Whether the value is made of the parts, in order, with anything between; in linear time."""
    if len(parts) == 1:
        return value == parts[0]
    first, *between, last = parts
    if len(value) < len(first) + len(last) or not value.startswith(first) or not value.endswith(last):
        return False
    position, end = len(first), len(value) - len(last)
    for part in between:
        found = value.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _anything_but(operand: Any) -> Test:
    if isinstance(operand, dict):
        return _anything_but_operator(operand)
    values = operand if isinstance(operand, list) else [operand]
    if any(isinstance(value, bool) or not isinstance(value, (str, int, float)) for value in values):
        raise InvalidPatternError(
            "Inside anything but list, start|null|boolean is not supported."
            if isinstance(operand, list)
            else "Value of anything-but must be an array or single string/number value."
        )
    if len({isinstance(value, str) for value in values}) != 1:
        raise InvalidPatternError(
            "Inside anything but list, either all values are number or string, mixed type is not supported"
        )
    for value in values:
        if not isinstance(value, str):
            _within_range(value)
    return lambda value: value is not MISSING and not any(_same(value, other) for other in values)


def _anything_but_operator(operand: dict[str, Any]) -> Test:
    operator = next(iter(operand), "")
    if operator not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        raise InvalidPatternError(f"Unsupported anything-but pattern: {operator}")
    if len(operand) > 1:
        raise InvalidPatternError("Only one key allowed in match expression")
    inner = operand[operator]
    values = inner if isinstance(inner, list) else [inner]
    if not values or not all(isinstance(value, str) for value in values):
        raise InvalidPatternError(
            "prefix/suffix match pattern must be a string"
            if operator in ("prefix", "suffix")
            else f"Inside anything-but/{operator} list, number|start|null|boolean is not supported."
        )
    if operator in ("prefix", "suffix") and not all(values):
        raise InvalidPatternError("Null prefix/suffix not allowed")
    tests = [_of_text(operator, value) for value in values]
    return lambda value: value is not MISSING and not any(test(value) for test in tests)


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
}


def _numeric(operand: Any) -> Test:
    if not isinstance(operand, list):
        raise InvalidPatternError("Value of numeric must be an array.")
    operator = operand[0] if operand else "]"
    if not operand or not isinstance(operator, str):
        raise InvalidPatternError(f"Invalid member in numeric match: {operator}")
    if operator not in _COMPARISONS:
        raise InvalidPatternError(f"Unrecognized numeric range operator: {operator}")
    bounds = [(operator, _bound(operator, operand[1:2]))]
    if len(operand) > 2:
        if operator not in (">", ">="):
            raise InvalidPatternError("Too many elements in numeric expression")
        second = operand[2]
        if not isinstance(second, str):
            raise InvalidPatternError(f"Bad value in numeric range: {second}")
        if second not in ("<", "<="):
            raise InvalidPatternError(f"Bad numeric range operator: {second}")
        bounds.append((second, _bound(second, operand[3:4])))
        if len(operand) > 4:
            raise InvalidPatternError("Too many terms in numeric range expression")
        if bounds[1][1] <= bounds[0][1]:
            raise InvalidPatternError("Bottom must be less than top")
    return lambda value: _is_number(value) and all(_COMPARISONS[sign](value, bound) for sign, bound in bounds)


def _bound(operator: str, rest: list[Any]) -> float:
    if not rest or not _is_number(rest[0]):
        raise InvalidPatternError(f"Value of {'equals' if operator == '=' else operator} must be numeric")
    return _within_range(rest[0])


def _within_range(number: float) -> float:
    if not -LARGEST_NUMBER <= number <= LARGEST_NUMBER:
        raise InvalidPatternError("Value must be between -5.0E9 and 5.0E9, inclusive")
    return float(number)


def _cidr(operand: Any) -> Test:
    if not isinstance(operand, str):
        raise InvalidPatternError("prefix match pattern must be a string")  # AWS says prefix here
    address, slash, bits = operand.partition("/")
    if not slash or "/" in bits:
        raise InvalidPatternError("Malformed CIDR, one '/' required")
    if not bits.isdecimal():
        raise InvalidPatternError("Malformed CIDR, mask bits must be an integer")
    try:
        network = ipaddress.ip_network(operand, strict=False)
    except ValueError as error:
        raise InvalidPatternError(f"Nonstandard IP address: {address}") from error

    def inside(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return inside


# ---------------------------------------------------------------- matching
def _field_matches(wanted: Pattern | Sequence[Test], value: Any, beside: Sequence[Any]) -> bool:
    if isinstance(wanted, Pattern):
        return wanted.matches(value, beside)
    leaves = _leaves(value)
    if not leaves and not any(_leaves(other) for other in beside):
        leaves = [MISSING]
    return any(test(leaf) for test in wanted for leaf in leaves)


def _leaves(value: Any) -> list[Any]:
    """Return the values of a field: an object is none, a list counts for its elements."""
    if isinstance(value, list):
        return [leaf for element in value for leaf in _leaves(element)]
    return [] if isinstance(value, dict) or value is MISSING else [value]


def _look_up(event: dict[str, Any], name: str) -> Any:
    """Return a field; `a.b` in a pattern or in an event is the field b of a."""
    if name in event:
        return event[name]
    head, dot, tail = name.partition(".")
    if dot and isinstance(event.get(head), dict):
        return _look_up(event[head], tail)
    prefix = f"{name}."
    below = {key[len(prefix) :]: value for key, value in event.items() if key.startswith(prefix)}
    return below or MISSING


def _look_up_in_all(places: Sequence[Any], name: str) -> list[Any]:
    """Return the field of each object, and of each in a list."""
    found: list[Any] = []
    for place in places:
        if isinstance(place, list):
            found += _look_up_in_all(place, name)
        elif isinstance(place, dict):
            found.append(_look_up(place, name))
    return found


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value == wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
