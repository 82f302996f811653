"""The words of a JSONata expression. https://docs.jsonata.org/"""

from __future__ import annotations

import re
from dataclasses import dataclass


class JsonataError(ValueError):
    """The expression can't be read; the text is that of the reference implementation, without its code."""


@dataclass(frozen=True)
class Token:
    """kind: name, variable, number, string, regex, value, operator or end."""

    kind: str
    text: str


_SPACE = re.compile(r"(?:\s+|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"[^\s\x00-\x20.\[\]{}()@#;:?+\-*/%|=<>^&,~!\"'`$]+")
_VARIABLE = re.compile(r"\$\$|\$[^\s.\[\]{}()@#;:?+\-*/%|=<>^&,~!\"'`$]*")
_OPERATORS = ("..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??", *".[]{}()@#;:?+-*/%|=<>^&,~")
_ESCAPES = frozenset('"\\/bfnrt')
#: after these a `/` divides; after anything else it opens a regular expression
_OPERAND_ENDS = frozenset({")", "]", "}"})


def tokens(source: str) -> list[Token]:
    """All tokens and an `end`. Raises JsonataError."""
    found: list[Token] = []
    at = 0
    while True:
        space = _SPACE.match(source, at)
        at = space.end() if space else at
        if at >= len(source):
            return [*found, Token("end", "(end)")]
        if source.startswith("/*", at):
            raise JsonataError("Comment has no closing tag")
        token, at = _token(source, at, found[-1] if found else None)
        found.append(token)


def _token(source: str, at: int, last: Token | None) -> tuple[Token, int]:
    character = source[at]
    if character in "\"'":
        return _string(source, at)
    if character == "`":
        end = source.find("`", at + 1)
        if end < 0:
            raise JsonataError("Quoted property name must be terminated with a backquote (`)")
        return Token("name", source[at + 1 : end]), end + 1
    if character == "/" and not _is_operand(last):
        return _regex(source, at)
    if variable := _VARIABLE.match(source, at):
        return Token("variable", variable.group()), variable.end()
    if number := _NUMBER.match(source, at):
        return Token("number", number.group()), number.end()
    for operator in _OPERATORS:
        if source.startswith(operator, at):
            return Token("operator", operator), at + len(operator)
    word = _WORD.match(source, at)
    if word is None:
        raise JsonataError(f'Unknown operator: "{character}"')
    text = word.group()
    if text in ("and", "or", "in"):
        return Token("operator", text), word.end()
    return Token("value" if text in ("true", "false", "null") else "name", text), word.end()


def _is_operand(token: Token | None) -> bool:
    return token is not None and (token.kind != "operator" or token.text in _OPERAND_ENDS)


def _string(source: str, at: int) -> tuple[Token, int]:
    quote, here = source[at], at + 1
    while here < len(source):
        if source[here] == "\\":
            escape = source[here + 1 : here + 2]
            if escape == "u":
                if not re.fullmatch(r"[0-9a-fA-F]{4}", source[here + 2 : here + 6]):
                    raise JsonataError("The escape sequence \\u must be followed by 4 hex digits")
                here += 4
            elif escape not in _ESCAPES and escape != quote:
                raise JsonataError(f"Unsupported escape sequence: \\{escape}")
            here += 2
        elif source[here] == quote:
            return Token("string", source[at + 1 : here]), here + 1
        else:
            here += 1
    raise JsonataError("String literal must be terminated by a matching quote")


def _regex(source: str, at: int) -> tuple[Token, int]:
    here, depth = at + 1, 0
    while here < len(source):
        character = source[here]
        if character == "\\":
            here += 1
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "/" and depth == 0:
            if here == at + 1:
                raise JsonataError("Empty regular expressions are not allowed")
            flags = re.compile("[im]*").match(source, here + 1)
            return Token("regex", source[at:here]), flags.end() if flags else here + 1
        here += 1
    raise JsonataError("No terminating / in regular expression")
