"""Reads a JSONata expression into a tree: enough to tell right from wrong, not to compute it.

Operator precedence parsing over https://docs.jsonata.org/ ; a node is its kind and its parts.
"""

from __future__ import annotations

from dataclasses import dataclass

from .jsonata_lexer import JsonataError, Token, tokens

#: how strongly each infix operator binds
_BINDING = {
    ".": 75, "[": 80, "{": 70, "(": 80, "@": 80, "#": 80, "^": 40,
    "+": 50, "-": 50, "*": 60, "/": 60, "%": 60, "&": 50,
    "=": 40, "<": 40, ">": 40, "!=": 40, "<=": 40, ">=": 40, "~>": 40, "in": 40,
    "and": 30, "or": 25, "?": 20, "?:": 40, "??": 40, ":=": 10,
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """kind: literal, name, variable, wildcard, path, binary, call, lambda, select or list.

    A path's parts are its steps; of a `select` (predicate, sort, grouping) the first part is what it selects
    from, the others are read against each item of that.
    """

    kind: str
    text: str = ""
    parts: tuple[Node, ...] = ()


def parse(source: str) -> Node:
    """The tree of an expression. Raises JsonataError."""
    return _Parser(tokens(source)).whole()


class _Parser:
    def __init__(self, stream: list[Token]) -> None:
        self._stream = stream
        self._at = 0

    def whole(self) -> Node:
        tree = self._expression(0)
        if self._token.kind != "end":
            raise JsonataError(f'Syntax error: "{self._token.text}"')
        return tree

    @property
    def _token(self) -> Token:
        return self._stream[self._at]

    def _next(self) -> Token:
        token = self._stream[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def _is(self, operator: str) -> bool:
        return self._token.kind == "operator" and self._token.text == operator

    def _take(self, operator: str) -> bool:
        if self._is(operator):
            self._at += 1
            return True
        return False

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            if self._token.kind == "end":
                raise JsonataError(f'Expected "{operator}" before end of expression')
            raise JsonataError(f'Expected "{operator}", got "{self._token.text}"')

    def _expression(self, binding: int) -> Node:
        left = self._prefix(self._next())
        while self._token.kind == "operator" and _BINDING.get(self._token.text, 0) > binding:
            left = self._infix(left, self._next().text)
        return left

    def _prefix(self, token: Token) -> Node:
        if token.kind == "end":
            raise JsonataError("Unexpected end of expression")
        if token.kind == "name" and token.text in ("function", "λ") and self._is("("):
            return self._lambda()
        if token.kind != "operator":
            kind = token.kind if token.kind in ("name", "variable") else "literal"
            return Node(kind, token.text)
        match token.text:
            case "(":
                return self._block()
            case "[":
                return self._array()
            case "{":
                return Node("list", "{", self._pairs())
            case "-":
                return Node("list", "-", (self._expression(70),))
            case "*" | "**" | "%":
                return Node("wildcard", token.text)
            case "|":
                return self._transform()
            case "and" | "or" | "in":
                return Node("name", token.text)
        raise JsonataError(f'The symbol "{token.text}" cannot be used as a unary operator')

    def _infix(self, left: Node, operator: str) -> Node:
        match operator:
            case ".":
                right = self._expression(75)
                return Node("path", "", (*(left.parts if left.kind == "path" else (left,)), right))
            case "[":
                if self._take("]"):
                    return left
                inner = self._expression(0)
                self._expect("]")
                return Node("select", "[", (left, inner))
            case "{":
                return Node("select", "{", (left, *self._pairs()))
            case "(":
                return Node("call", "", (left, *self._arguments()))
            case "^":
                return self._sort(left)
            case "@" | "#":
                if self._next().kind != "variable":
                    raise JsonataError(f"The right side of {operator} must be a variable name (start with $)")
                return left
            case "?":
                then = self._expression(0)
                parts = (left, then, self._expression(0)) if self._take(":") else (left, then)
                return Node("list", "?", parts)
            case ":=":
                if left.kind != "variable":
                    raise JsonataError("The left side of := must be a variable name (start with $)")
                return Node("list", ":=", (self._expression(_BINDING[":="] - 1),))
        return Node("binary", operator, (left, self._expression(_BINDING[operator])))

    def _block(self) -> Node:
        parts: list[Node] = []
        while not self._is(")"):
            parts.append(self._expression(0))
            if not self._take(";"):
                break
        self._expect(")")
        return Node("list", "(", tuple(parts))

    def _array(self) -> Node:
        parts: list[Node] = []
        if not self._is("]"):
            while True:
                parts.append(self._expression(0))
                if self._take(".."):
                    parts.append(self._expression(0))
                if not self._take(","):
                    break
        self._expect("]")
        return Node("list", "[", tuple(parts))

    def _pairs(self) -> tuple[Node, ...]:
        parts: list[Node] = []
        if not self._is("}"):
            while True:
                parts.append(self._expression(0))
                self._expect(":")
                parts.append(self._expression(0))
                if not self._take(","):
                    break
        self._expect("}")
        return tuple(parts)

    def _arguments(self) -> tuple[Node, ...]:
        parts: list[Node] = []
        if not self._is(")"):
            while True:
                if self._is("?"):
                    self._next()
                    parts.append(Node("literal", "?"))
                else:
                    parts.append(self._expression(0))
                if not self._take(","):
                    break
        self._expect(")")
        return tuple(parts)

    def _lambda(self) -> Node:
        self._expect("(")
        for number, parameter in enumerate(self._arguments(), start=1):
            if parameter.kind != "variable":
                raise JsonataError(
                    f"Parameter {number} of function definition must be a variable name (start with $)"
                )
        if self._take("<"):
            depth = 1
            while depth:
                token = self._next()
                if token.kind == "end":
                    raise JsonataError('Expected ">" before end of expression')
                depth += {"<": 1, ">": -1}.get(token.text, 0)
        self._expect("{")
        body = () if self._is("}") else (self._expression(0),)
        self._expect("}")
        return Node("lambda", "", body)

    def _sort(self, left: Node) -> Node:
        self._expect("(")
        terms: list[Node] = []
        while True:
            if not self._take("<"):
                self._take(">")
            terms.append(self._expression(0))
            if not self._take(","):
                break
        self._expect(")")
        return Node("select", "^", (left, *terms))

    def _transform(self) -> Node:
        pattern = self._expression(0)
        self._expect("|")
        parts = [pattern, self._expression(0)]
        if self._take(","):
            parts.append(self._expression(0))
        self._expect("|")
        return Node("lambda", "|", (Node("select", "|", (Node("literal"), *parts)),))
