"""A string that a JSON Schema `pattern` accepts.

Walks the pattern as Python's own parser reads it and takes the simplest choice everywhere. Look-around and
back-references are beyond it: the caller checks what comes out.
"""

import re
from re import _constants  # type: ignore[attr-defined]  # no public parser of patterns
from typing import Any

from stub_bedrock.budget import SchemaTooComplexError
from stub_bedrock.schema.patterns import matches, parse

LONGEST_SAMPLE = 100_000
_CLASSES = {"CATEGORY_DIGIT": "0", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " "}
_ANY = "aA0 -_.あ"  # tried in this order where any character will do


def sample(pattern: str) -> str | None:
    """Return a matching string, None where the pattern is beyond this module or no pattern at all.

    :raises SchemaTooComplexError: the string would be too long, or matching takes too long.
    """
    try:
        found = "".join(_sample(node) for node in parse(pattern))
        if len(found) > LONGEST_SAMPLE:
            raise SchemaTooComplexError()
        return found if matches(pattern, found) else None
    except (re.error, NotImplementedError, OverflowError, RecursionError):
        return None


def _sample(node: tuple[Any, Any]) -> str:
    kind, value = str(node[0]), node[1]
    if kind == "LITERAL":
        return chr(value)
    if kind in ("NOT_LITERAL", "ANY"):
        return next((char for char in _ANY if kind == "ANY" or ord(char) != value), "a")
    if kind == "IN":
        return _one_of(value)
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, _, body = value
        once = "".join(_sample(part) for part in body)
        if len(once) * int(least) > LONGEST_SAMPLE:
            raise SchemaTooComplexError()
        return once * int(least)
    if kind == "BRANCH":
        return "".join(_sample(part) for part in value[1][0])
    if kind == "SUBPATTERN":
        return "".join(_sample(part) for part in value[-1])
    if kind == "AT":
        return ""
    raise NotImplementedError(kind)


def _one_of(parts: list[tuple[Any, Any]]) -> str:
    """Return a character of a class: of `[^…]` the first ordinary one that is not in it."""
    if parts[0][0] is _constants.NEGATE:
        free = [char for char in _ANY if not any(_has(part, char) for part in parts[1:])]
        return free[0] if free else "a"
    kind, value = str(parts[0][0]), parts[0][1]
    if kind == "RANGE":
        return chr(value[0])
    if kind == "LITERAL":
        return chr(value)
    if kind == "CATEGORY" and str(value) in _CLASSES:
        return _CLASSES[str(value)]
    raise NotImplementedError(kind)


def _has(part: tuple[Any, Any], char: str) -> bool:
    kind, value = str(part[0]), part[1]
    if kind == "LITERAL":
        return bool(ord(char) == value)
    if kind == "RANGE":
        return bool(value[0] <= ord(char) <= value[1])
    tests = {"CATEGORY_DIGIT": str.isdigit, "CATEGORY_SPACE": str.isspace, "CATEGORY_WORD": str.isalnum}
    return bool(tests[str(value)](char)) if str(value) in tests else False
