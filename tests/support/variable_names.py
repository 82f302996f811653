"""Names of environment variables as they stand in sources: read with a reader, or written anywhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

IS_OURS = re.compile(r"(GLUE_APP|RUNNER)_[A-Z][A-Z0-9_]*[A-Z0-9]|EDGE_PORT|ENGINE|GLUE_VERSION")


def names_read(module: Path) -> set[str]:
    """Of our variables, those that are an argument of a call in this module, or a key of its environment."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            found |= {one for argument in node.args for one in _names(argument)}
        if isinstance(node, ast.Subscript):
            found |= set(_names(node.slice))
    return found


def names_written(module: Path) -> set[str]:
    """Every text in this module that is the name of one of our variables, and nothing but that."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {one for node in ast.walk(tree) for one in _names(node)}


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and IS_OURS.fullmatch(node.value):
        yield node.value
