"""JSON into typed values, with the errors of AWS's own request parser.

Two layers, as on AWS: a wrong JSON type is a SerializationException at once; a value that breaks a
constraint of the service model is collected, and all of them answer as one ValidationException.
"""

import json
import re
from typing import Any

from stub_bedrock.errors import SerializationException, ValidationException
from stub_bedrock.wire import from_bytes

JsonObject = dict[str, Any]


def parse(body: bytes) -> JsonObject:
    """Return the body of a call, an empty one as `{}`.

    :raises SerializationException: it is no JSON object.
    """
    try:
        value = from_bytes(body or b"{}")
    except ValueError:
        raise SerializationException() from None
    return structure(value)


def structure(value: object) -> JsonObject:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        raise SerializationException("Start of list found where not expected")
    raise SerializationException("Unexpected field type")


def items(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        raise SerializationException("Start of structure or map found where not expected.")
    raise SerializationException("Unexpected field type")


def string(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        raise SerializationException("Start of structure or map found where not expected.")
    if isinstance(value, list):
        raise SerializationException("Start of list found where not expected")
    raise SerializationException(f"{_kind(value)} can not be converted to a String")


def number(value: object, wanted: str = "Float") -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise SerializationException(
        f"{_kind(value)} can not be converted to {'an' if wanted[0] == 'I' else 'a'} {wanted}"
    )


def integer(value: object) -> int:
    found = number(value, "Integer")
    if found != int(found):
        raise SerializationException("DECIMAL_VALUE can not be converted to an Integer")
    return int(found)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, int | float):
        return "NUMBER_VALUE"
    return "STRING_VALUE" if isinstance(value, str) else "NULL_VALUE"


class Constraints:
    """Collects what the service model's constraints say against a request, and raises it as one error."""

    def __init__(self) -> None:
        self.violations: list[str] = []

    def not_null(self, value: object, path: str) -> None:
        if value is None:
            self._add("null", path, "Member must not be null")

    def at_least(self, value: float | None, least: float, path: str) -> None:
        if value is not None and value < least:
            self._add(f"'{value}'", path, f"Member must have value greater than or equal to {least}")

    def at_most(self, value: float | None, most: float, path: str) -> None:
        if value is not None and value > most:
            self._add(f"'{value}'", path, f"Member must have value less than or equal to {most}")

    def length(self, value: str | list[Any], least: int, most: int | None, path: str) -> None:
        shown = f"'{value}'" if isinstance(value, str) else f"'{json.dumps(value, ensure_ascii=False)}'"
        if len(value) < least:
            self._add(shown, path, f"Member must have length greater than or equal to {least}")
        if most is not None and len(value) > most:
            self._add(shown, path, f"Member must have length less than or equal to {most}")

    def pattern(self, value: str, pattern: str, path: str) -> None:
        if not re.fullmatch(pattern, value):
            self._add(f"'{value}'", path, f"Member must satisfy regular expression pattern: {pattern}")

    def one_of(self, value: str, allowed: list[str], path: str) -> None:
        if value not in allowed:
            self._add(f"'{value}'", path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")

    def check(self) -> None:
        """Raise ValidationException: when anything was collected."""
        if self.violations:
            count = len(self.violations)
            noun = "error" if count == 1 else "errors"
            raise ValidationException(f"{count} validation {noun} detected: {'; '.join(self.violations)}")

    def _add(self, shown: str, path: str, constraint: str) -> None:
        self.violations.append(f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}")
