"""The rooms of rds/ are floors: each imports only those below."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from glue_app.emulator import rds

FOLDER = Path(rds.__file__).parent
#: from the top down, as the docstring of the room says
FLOORS = ("api", "backup", "resources", "fleet", "iam", "events", "engine", "postgres")


def imported(module: Path) -> set[str]:
    """The rooms, or modules that lie beside them, which a module imports."""
    depth = len(module.relative_to(FOLDER).parts)
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


def test_every_room_has_its_floor_and_the_docstring_names_them_in_order() -> None:
    assert {folder.parent.name for folder in FOLDER.glob("*/__init__.py")} == set(FLOORS)
    named = [line.split()[0] for line in (rds.__doc__ or "").splitlines() if line.split()[:1]]
    assert [word for word in named if word in FLOORS] == list(FLOORS)


@pytest.mark.parametrize("room", FLOORS)
def test_a_room_imports_only_those_below(room: str) -> None:
    """And of the modules beside the rooms only the state and the errors."""
    allowed = {*FLOORS[FLOORS.index(room) + 1 :], "models", "exceptions"}
    for module in (FOLDER / room).glob("*.py"):
        assert imported(module) <= allowed, module.name
