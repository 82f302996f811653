"""JSONPath, reference paths and intrinsic functions: whether AWS can read them.

A path starts at the input (`$`), the Context object (`$$`) or a variable (`$name`). A reference path names
one node: no wildcards, filters, slices or deep scans.
https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import re

#: the arguments each function takes: least and most (None: any number)
INTRINSICS: dict[str, tuple[int, int | None]] = {
    "Format": (1, None),
    "StringToJson": (1, 1),
    "JsonToString": (1, 1),
    "Array": (0, None),
    "ArrayPartition": (2, 2),
    "ArrayContains": (2, 2),
    "ArrayRange": (3, 3),
    "ArrayGetItem": (2, 2),
    "ArrayLength": (1, 1),
    "ArrayUnique": (1, 1),
    "Base64Encode": (1, 1),
    "Base64Decode": (1, 1),
    "Hash": (2, 2),
    "JsonMerge": (3, 3),
    "MathRandom": (2, 3),
    "MathAdd": (2, 2),
    "StringSplit": (2, 2),
    "UUID": (0, 0),
}
#: "You can nest up to 10 intrinsic functions"
MAXIMUM_NESTING = 10

_ROOT = re.compile(r"\$\$|\$(?:[^\W\d]\w*)?")
_NAME = re.compile(r"(?:\\.|[^\\.\[\]()*?@,'\"\s])+(?:\(\))?")
_QUOTED = r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\""
# possessive: white space of the length of a whole definition is looked at once
_KEYS = re.compile(rf"\[\s*+(?:{_QUOTED})(?:\s*+,\s*+(?:{_QUOTED}))*\s*+\]")
_ONE_KEY = re.compile(rf"\[\s*+(?:{_QUOTED})\s*+\]")
_INDEXES = re.compile(r"\[\s*+-?\d+(?:\s*+,\s*+-?\d+)*\s*+\]")
_ONE_INDEX = re.compile(r"\[\s*+\d+\s*+\]")
_SLICE = re.compile(r"\[\s*+(?:-?\d+)?\s*+:\s*+(?:-?\d+)?\s*+(?::\s*+(?:-?\d+)?\s*+)?\]")
_WILDCARD = re.compile(r"\[\s*+\*\s*+\]")
_LENGTH = re.compile(r"\[\s*+\(\s*+@\.length\s*+-\s*+\d+\s*+\)\s*+\]")
_LITERAL = re.compile(r"'(?:\\.|[^'\\])*'|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_CALL = re.compile(r"States\.(\w+)\s*\(")


def is_path(text: str) -> bool:
    """Return whether the whole text is a JSONPath."""
    return _path_end(text, 0, nested=False) == len(text)


def is_reference_path(text: str) -> bool:
    """Return whether the whole text is a path that names one node."""
    root = _ROOT.match(text)
    if root is None or not is_path(text):
        return False
    at = root.end()
    while at < len(text):
        step = _ONE_KEY.match(text, at) or _ONE_INDEX.match(text, at)
        if step is None and text[at] == ".":
            step = _NAME.match(text, at + 1)
            if step is not None and step.group().endswith("()"):
                return False
        if step is None:
            return False
        at = step.end()
    return True


def is_intrinsic(text: str) -> bool:
    """Return whether the whole text is a call of an existing intrinsic function, with as many arguments."""
    text = text.strip()
    return _call_end(text, 0, 1) == len(text)


def is_path_or_intrinsic(text: str) -> bool:
    return is_path(text) or is_intrinsic(text)


def root_of(text: str) -> str:
    """`$`, `$$` or `$name`."""
    root = _ROOT.match(text)
    return root.group() if root else ""


def _path_end(text: str, at: int, nested: bool) -> int:
    """Where the path that starts at `at` ends, -1 where there is none.

    nested: as an argument, where a comma, a bracket or white space ends it.
    """
    root = _ROOT.match(text, at)
    if root is None:
        return -1
    at = root.end()
    while at < len(text) and text[at] in ".[":
        if text[at] == ".":
            at += 2 if text.startswith("..", at) else 1
            if text.startswith("*", at):
                at += 1
                continue
            if at < len(text) and text[at] == "[" and text[at - 2 : at] == "..":
                continue
            name = _NAME.match(text, at)
            if name is None:
                return -1
            at = name.end()
        else:
            at = _bracket_end(text, at)
            if at < 0:
                return -1
    return at if nested or at == len(text) else -1


def _bracket_end(text: str, at: int) -> int:
    for step in (_KEYS, _INDEXES, _SLICE, _WILDCARD, _LENGTH):
        if found := step.match(text, at):
            return found.end()
    return _filter_end(text, at)


def _filter_end(text: str, at: int) -> int:
    """Find the end of `[?(…)]`: brackets balanced outside of strings, something between them."""
    opening = re.compile(r"\[\s*\?\s*\(").match(text, at)
    if opening is None:
        return -1
    depth, here, quote = 1, opening.end(), ""
    while here < len(text) and depth:
        character = text[here]
        if quote:
            if character == "\\":
                here += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        here += 1
    closing = re.compile(r"\s*\]").match(text, here)
    if depth or closing is None or not text[opening.end() : here - 1].strip():
        return -1
    return closing.end()


def _call_end(text: str, at: int, depth: int) -> int:
    call = _CALL.match(text, at)
    if call is None or call[1] not in INTRINSICS or depth > MAXIMUM_NESTING:
        return -1
    at, count = _skip(text, call.end()), 0
    while at < len(text) and text[at] != ")":
        if count:
            if text[at] != ",":
                return -1
            at = _skip(text, at + 1)
        at = _argument_end(text, at, depth)
        if at < 0:
            return -1
        at, count = _skip(text, at), count + 1
    least, most = INTRINSICS[call[1]]
    if at >= len(text) or count < least or (most is not None and count > most):
        return -1
    return at + 1


def _argument_end(text: str, at: int, depth: int) -> int:
    if text.startswith("States.", at):
        return _call_end(text, at, depth + 1)
    if text.startswith("$", at):
        return _path_end(text, at, nested=True)
    literal = _LITERAL.match(text, at)
    return literal.end() if literal else -1


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
