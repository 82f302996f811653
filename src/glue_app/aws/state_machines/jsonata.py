"""JSONata in a state: `{% … %}`, what it may not refer to, and the wording of AWS's refusals.

Read by jsonata-python, a port of the reference implementation; AWS's messages are the latter's, without their
codes. An expression has no context item: the input is `$states.input`, a variable `$name`. So a name, `$` and
`$$` at the top level are refused, and so are `$states.result` outside of Output and Assign of Task, Map and
Parallel and `$states.errorOutput` outside of a catcher
(https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html, wordings as in
https://github.com/floci-io/floci/pull/2699 and 2786; that of `$states.result` is that of its sibling).

What the parser can't decide is not refused: a regular expression of Java's that is none of Python's, an
expression nested deeper than the interpreter goes, and what follows MAXIMUM_READ characters of a definition.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from typing import Any

from .diagnostics import Report

_recursion_limit = sys.getrecursionlimit()
from jsonata.jexception import JException  # noqa: E402
from jsonata.parser import Parser  # noqa: E402

sys.setrecursionlimit(_recursion_limit)  # the package sets one for the whole process when it is imported

OPENING, CLOSING = "{%", "%}"
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"
#: characters of expressions read in one definition: about a second
MAXIMUM_READ = 64 * 1024

#: the parts of a node that are read against the context item of the node itself; not those that are read
#: against each item of something (predicates, sorting, grouping), and not what was not measured
_SAME_CONTEXT = (
    "lhs", "rhs", "expression", "expressions", "procedure", "arguments", "body", "condition", "then", "_else",
)  # fmt: skip
_parsers = threading.local()


class JsonataError(ValueError):
    """The expression is no JSONata; the text is AWS's message."""


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
    report.expressions_read += len(text)
    if report.expressions_read > MAXIMUM_READ:
        return
    try:
        tree = _parse(text[2:-2])
    except JsonataError as error:
        report.error("INVALID_JSONATA_EXPRESSION", str(error), location)
        return
    for message in dict.fromkeys(_misread(tree, readable)):
        report.error(UNSUPPORTED, message, location)


def _parse(source: str) -> Any:
    """Return the tree, None where the parser can't say. Raises JsonataError."""
    if not hasattr(_parsers, "mine"):
        _parsers.mine = Parser()  # building one takes ten times as long as reading an expression
    try:
        return _parsers.mine.parse(source + "\n")  # its tokenizer looks one character ahead
    except JException as error:
        raise JsonataError(_words(error)) from None
    except IndexError:
        raise JsonataError("Comment has no closing tag") from None
    except KeyError as operator:  # `!` or `~` alone
        raise JsonataError(f'Unknown operator: "{operator.args[0]}"') from None
    except Exception:  # Python's regular expressions, RecursionError
        return None


def _words(error: JException) -> str:
    """Return the reference implementation's sentence: as the package's, but tokens are in quotes."""
    template = JException.error_codes[error.error]
    given = [error.current, error.expected]
    if error.error in ("S0202", "S0203"):  # "Expected {{value}}, got {{token}}"
        names = {"value": given[0], "token": given[1]}
    else:
        names = {"token": given[0], "value": given[0]}
    for name, token in names.items():
        template = template.replace(f"{{{{{name}}}}}", json.dumps(token, ensure_ascii=False, default=str))
    return str(template).replace("of Object definition", "of function definition")


def _misread(tree: Any, readable: frozenset[str]) -> Iterator[str]:
    """Report what the top level refers to and can't, in the order it is written."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        if isinstance(node, list):
            waiting += reversed(node)
        elif node.type == "path":
            yield from _misread_path(node.steps, readable)
            waiting.append(node.steps[0] if node.steps[0].type not in ("name", "variable") else None)
        elif node.type == "name" or (node.type == "variable" and node.value in ("", "$")):
            yield _misread_name(node)
        else:
            waiting += [getattr(node, part, None) for part in reversed(_SAME_CONTEXT)]


def _misread_path(steps: list[Any], readable: frozenset[str]) -> Iterator[str]:
    first = steps[0]
    if first.type == "name" or (first.type == "variable" and first.value in ("", "$")):
        yield _misread_name(first)
    if first.type == "variable" and first.value == "states" and len(steps) > 1:
        field = steps[1].value
        if steps[1].type == "name" and field in {"result", "errorOutput"} - readable:
            yield f"Field '$states.{field}' does not exist."


def _misread_name(node: Any) -> str:
    if node.type == "variable" and node.value == "$":
        return "Reference to '$$' is not supported."
    name = "$" if node.type == "variable" else node.value
    return f"Reference to '{name}' at the top level is not supported."
