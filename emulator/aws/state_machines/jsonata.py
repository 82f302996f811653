"""JSONata in a state: `{% … %}`, what it may not refer to, and the wording of AWS's refusals.

An expression has no context item: the input is `$states.input`, a variable `$name`. `$$` is refused, and so
are `$states.result` outside of Output and Assign of Task, Map and Parallel and `$states.errorOutput` outside
of a catcher (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html). The wording for
those two could not be verified.
"""

from __future__ import annotations

from collections.abc import Iterator

from .diagnostics import Report
from .jsonata_lexer import JsonataError
from .jsonata_parser import Node, parse

OPENING, CLOSING = "{%", "%}"
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"


def is_expression(value: object) -> bool:
    return isinstance(value, str) and value.startswith(OPENING) and value.endswith(CLOSING)


def check(text: str, report: Report, location: str, readable: frozenset[str]) -> None:
    """Report what is wrong with a string of a JSONata state; one without `{%` is plain text.

    readable: which of `result` and `errorOutput` `$states` has here.
    """
    if not text.startswith(OPENING):
        return
    if not text.endswith(CLOSING) or len(text) < 4:
        report.schema("JSONata string must start with {% and end with %}", location)
        return
    try:
        tree = parse(text[2:-2])
    except JsonataError as error:
        report.error("INVALID_JSONATA_EXPRESSION", str(error), location)
        return
    except RecursionError:
        report.error("INVALID_JSONATA_EXPRESSION", "The expression is too deeply nested", location)
        return
    for name in dict.fromkeys(_top_level_names(tree)):
        report.error(UNSUPPORTED, f"Reference to '{name}' at the top level is not supported.", location)
    for reference in dict.fromkeys(_references(tree)):
        if reference == "$$" or reference.removeprefix("$states.") in {"result", "errorOutput"} - readable:
            report.error(UNSUPPORTED, f"Reference to '{reference}' is not supported.", location)


def _top_level_names(node: Node) -> Iterator[str]:
    """Names that are read against the context item, which does not exist."""
    if node.kind == "name":
        yield node.text
    elif node.kind in ("path", "select"):
        yield from _top_level_names(node.parts[0])
    else:
        for part in node.parts:
            yield from _top_level_names(part)


def _references(node: Node) -> Iterator[str]:
    """`$$` and `$states.<field>`, wherever they are."""
    if node.kind == "variable" and node.text == "$$":
        yield "$$"
    if node.kind == "path" and node.parts[0] == Node("variable", "$states"):
        step = node.parts[1]
        while step.kind in ("select", "call") and step.parts:
            step = step.parts[0]
        if step.kind == "name":
            yield f"$states.{step.text}"
    for part in node.parts:
        yield from _references(part)
