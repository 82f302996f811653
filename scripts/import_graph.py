"""The project's import graph, read from its sources: nothing is imported, so all of it can be looked at.

`tests/unit/test_boundaries.py` holds rules against it, `scripts/rooms.py` draws it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from glue_app.bootstrap.layout import ROOT

FOLDERS = ("src", "scripts", "glue", "stub_bedrock", "tests", "benchmarks", "diagrams", "data")
_ON_THE_PATH = ("src", "glue", "data")  # and the repository itself
_PACKAGE = "src/glue_app/"


@dataclass(frozen=True)
class Import:
    """One name that a file imports, as a dotted path: `from a import b` is `a.b`."""

    file: str  # from the repository's folder, as `target_file`
    line: int
    target: str
    target_file: str = ""  # of a module of ours; empty for one of a library

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.target}"

    @property
    def library(self) -> str:
        """The name of the library, or of the module of Python's own, that is imported; empty for ours."""
        return "" if self.target_file else self.target.partition(".")[0]


def modules(root: Path = ROOT) -> dict[str, str]:
    """Every module's name → its file, of all `FOLDERS`."""
    files = sorted(
        path.relative_to(root)
        for folder in FOLDERS
        for path in (root / folder).rglob("*.py")
        if not {"dist", "__pycache__", ".venv"} & set(path.relative_to(root).parts)
    )
    return {_name(path): path.as_posix() for path in files}


def imports(root: Path = ROOT) -> list[Import]:
    """Every import of every module, also those within functions and for types only."""
    names = modules(root)
    return [
        found
        for name, file in names.items()
        for found in _of_file(name, file, (root / file).read_text(encoding="utf-8"), names)
    ]


def unresolved(found: Collection[Import], root: Path = ROOT) -> list[Import]:
    """Those of modules and names of ours that are not there."""
    files = modules(root)
    names = {file: name for name, file in files.items()}
    ours = {name.partition(".")[0] for name in files}
    return [
        one
        for one in found
        if one.library in ours
        or (one.target_file and not _is_there(one.target, names[one.target_file], root / one.target_file))
    ]


def _is_there(target: str, module: str, file: Path) -> bool:
    """Whether a dotted path is the module itself or a name that its file binds."""
    name = target.removeprefix(module).removeprefix(".")
    return name in ("", "*", *_bound(file))


@cache
def _bound(file: Path) -> frozenset[str]:
    """The names that a module binds at import, also within `if`, `try` and `with`."""
    bound: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        waiting += ast.iter_child_nodes(node)
    return frozenset(bound)


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    parts = parts[1:] if parts[0] in _ON_THE_PATH else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _of_file(name: str, file: str, source: str, names: Mapping[str, str]) -> Iterator[Import]:
    package = name if file.endswith("/__init__.py") else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(source, file)):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            targets = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in targets:
            yield Import(file, node.lineno, target, _file_of(target, names))


def _file_of(target: str, names: Mapping[str, str]) -> str:
    """The file of the module that a dotted path leads to or into; empty where it is none of ours."""
    while target and target not in names:
        target = target.rpartition(".")[0]
    return names.get(target, "")


def room_of(file: str, rooms: Collection[str]) -> str:
    """The innermost of the rooms that a file lies in; empty where it lies in none.

    A room is a folder or a module, named by its path without `.py`; those of the package without its folder.
    """
    place = file.removeprefix(_PACKAGE).removesuffix(".py").removesuffix("/__init__")
    within = [room for room in rooms if place == room or place.startswith(f"{room}/")]
    return max(within, key=len, default="")


def cycles(graph: Mapping[str, Collection[str]]) -> list[list[str]]:
    """The groups of nodes that reach each other, each sorted (strongly connected components)."""
    reach = {node: reachable(node, graph) for node in graph}
    groups = {
        tuple(sorted(other for other in reach[node] if node in reach.get(other, ()))): None
        for node in graph
        if node in reach[node]
    }
    return sorted(list(group) for group in groups if len(group) > 1)


def reachable(start: str, graph: Mapping[str, Collection[str]]) -> set[str]:
    """The nodes that a node's arrows lead to, directly or not; itself only when it lies on a circle."""
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += graph.get(node, ())
    return seen
