"""What a test waits for comes late on a machine under load: its limit is for what never comes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from glue_app.bootstrap.layout import ROOT

LEAST_S = 30
#: shorter than this a test waits to see that something does not happen
A_MOMENT_S = 1
#: call → which argument is its limit
WAITING = {
    "wait": 0, "join": 0, "result": 0, "settimeout": 0, "wait_for": 2, "Barrier": 2,
    "create_connection": 1, "HTTPConnection": 2, "urlopen": 2,
}  # fmt: skip
FOLDERS = ("tests/unit", "tests/integration", "tests/e2e", "tests/support", "tests/docker")
FILES = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))


def limits(tree: ast.AST) -> Iterator[tuple[ast.Constant, float]]:
    """The limits that are numbers, in seconds: of calls, and the defaults of parameters named `timeout`."""
    for node in ast.walk(tree):
        found: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            of_asyncio = name == "wait_for" and isinstance(node.func, ast.Attribute)
            place = 1 if of_asyncio else WAITING.get(name)
            if place is not None and not _sleeps(node.func):
                found = [*node.args[place : place + 1]]
                found += [given.value for given in node.keywords if given.arg == "timeout"]
        elif isinstance(node, ast.FunctionDef):
            last = zip(reversed(node.args.args), reversed(node.args.defaults), strict=False)
            named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            found = [default for parameter, default in (*last, *named) if parameter.arg == "timeout"]
        for value in found:
            if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
                yield value, value.value


def _sleeps(function: ast.expr) -> bool:
    """`threading.Event().wait(1.2)`: nobody else has it, so that nothing can end it."""
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT / "tests")))
def test_what_is_waited_for_has_half_a_minute(file: Path) -> None:
    short = [
        f"line {where.lineno}: {seconds:g} s"
        for where, seconds in limits(ast.parse(file.read_text(encoding="utf-8")))
        if A_MOMENT_S <= seconds < LEAST_S
    ]
    assert short == []
