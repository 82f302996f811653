"""The project's import graph, read from its sources: nothing is imported, so all of it can be looked at.

`tests/unit/test_boundaries.py` holds rules against it, `scripts/rooms.py` draws it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from glue_app.bootstrap.layout import ROOT

FOLDERS = ("src", "scripts", "glue", "stub_bedrock", "tests", "benchmarks", "diagrams", "data")
_ON_THE_PATH = ("src", "glue", "data")  # and the repository itself
_PACKAGE = "src/glue_app/"
_IMPORTERS = ("import_module", "__import__", "find_spec")
_DOTTED = re.compile(
    r"(?:(?<=^)|(?<=import )|(?<=from )|(?<=-m ))[A-Za-z_]\w*(?:\.\w+)+(?::\w+)?(?=$|[ ,;])", re.MULTILINE
)


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


def resolved(one: Import, root: Path = ROOT) -> Import:
    """Return it with the file of its target."""
    return replace(one, target_file=_file_of(one.target, modules(root)))


def names_in_strings(root: Path = ROOT) -> list[Import]:
    """Return every module of ours, or name in one, that a string constant names, docstrings apart.

    `"package.module"` for importlib and `python -m`, `"package.module:name"` for uvicorn, and what the text
    of a program imports. A name without a dot may be any word: it counts as importlib's argument only.
    """
    names = modules(root)
    found = (
        one
        for file in names.values()
        for one in _in_strings(file, (root / file).read_text(encoding="utf-8"), names, root)
    )
    return list(dict.fromkeys(found))


def _in_strings(file: str, source: str, names: Mapping[str, str], root: Path) -> Iterator[Import]:
    tree = ast.parse(source, file)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    modules_of = {one: name for name, one in names.items()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in _IMPORTERS and node.args:
            targets = [word.value for word in node.args[:1] if isinstance(word, ast.Constant)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            targets = [match[0].replace(":", ".") for match in _DOTTED.finditer(node.value)]
        else:
            continue
        for target in targets:
            there = _file_of(str(target), names)
            if there and _is_there(str(target), modules_of[there], root / there):
                yield Import(file, node.lineno, str(target), there)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


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
    """Return the names that a module binds at import, also within `if`, `try` and `with`."""
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
    """Return the file of the module that a dotted path leads to or into; empty where it is none of ours."""
    while target and target not in names:
        target = target.rpartition(".")[0]
    return names.get(target, "")


def room_of(file: str, rooms: Collection[str]) -> str:
    """Return the innermost of the rooms that a file lies in; empty where it lies in none.

    A room is a folder or a module, named by its path without `.py`; those of the package without its folder.
    """
    place = file.removeprefix(_PACKAGE).removesuffix(".py").removesuffix("/__init__")
    within = [room for room in rooms if place == room or place.startswith(f"{room}/")]
    return max(within, key=len, default="")


def cycles(graph: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Return the groups of nodes that reach each other, each sorted (strongly connected components)."""
    reach = {node: reachable(node, graph) for node in graph}
    groups = {
        tuple(sorted(other for other in reach[node] if node in reach.get(other, ()))): None
        for node in graph
        if node in reach[node]
    }
    return sorted(list(group) for group in groups if len(group) > 1)


def reachable(start: str, graph: Mapping[str, Collection[str]]) -> set[str]:
    """Find the nodes that a node's arrows lead to, directly or not; itself only when it lies on a circle."""
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += graph.get(node, ())
    return seen
