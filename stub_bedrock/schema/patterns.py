"""Matching a caller's own regular expression, within limits of time and size.

Python's `re` knows no limit, and holds the interpreter while it matches: `^(a+)+$` stops every other request.
`regex` has one for matching but none for compiling, where `(a{1000}){1000}` is written out: such are refused.
"""

import re
from re import _constants, _parser  # type: ignore[attr-defined]  # no public parser of patterns
from typing import Any

import regex  # type: ignore[import-untyped]  # brings no types

from stub_bedrock.budget import SchemaTooComplexError

TIMEOUT_S = 0.1
LARGEST = 20_000
"""Elements of a pattern, its repetitions written out."""
LONGEST_PATTERN = 2_000
_ONE_CHARACTER = ("LITERAL", "NOT_LITERAL", "ANY", "IN")


def parse(pattern: str) -> Any:
    """Return the pattern as Python's own parser reads it.

    :raises SchemaTooComplexError: it is too long, or too large with its repetitions written out.
    :raises re.error: it is none.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise SchemaTooComplexError()
    try:
        parsed = _parser.parse(pattern)
        if _size(parsed) > LARGEST:
            raise SchemaTooComplexError()
    except (RecursionError, OverflowError):
        raise SchemaTooComplexError() from None
    return parsed


def matches(pattern: str, value: str) -> bool:
    """Tell whether the pattern stands in the value. One that is none of Python's is taken as matched.

    :raises SchemaTooComplexError: the pattern is too large, or finding out takes too long.
    """
    try:
        parse(pattern)
        # concurrent: others go on meanwhile
        return regex.search(pattern, value, timeout=TIMEOUT_S, concurrent=True) is not None
    except (TimeoutError, RecursionError, MemoryError):
        raise SchemaTooComplexError() from None
    except (re.error, regex.error):
        return True  # a pattern of ECMA 262 that Python has not: nothing to check it with


def _size(node: Any, repeated: bool = False) -> int:
    """Elements of a parsed pattern: of a bounded repetition as many as its upper bound says.

    A single character's repetition (`.{1,50000}`) is written out where it is itself `repeated` only.
    """
    if isinstance(node, tuple) and len(node) == 2 and str(node[0]).endswith("_REPEAT"):
        least, most, body = node[1]
        if not repeated and len(body) == 1 and str(body[0][0]) in _ONE_CHARACTER:
            return 1 + _size(body)
        return (1 + int(least if most is _constants.MAXREPEAT else most)) * _size(body, True)
    if isinstance(node, list | tuple | _parser.SubPattern):
        return 1 + sum(_size(part, repeated) for part in node)
    return 0
