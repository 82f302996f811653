"""The import graph is read from the sources: every form of import, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import import_graph
from scripts.import_graph import Import


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two modules of the package and one of the job."""
    room = tmp_path / "src/glue_app/room"
    room.mkdir(parents=True)
    (tmp_path / "glue").mkdir()
    (room / "__init__.py").write_text("from . import door\n")
    (room / "door.py").write_text(
        "import os.path, json\nfrom ..room.door import knob\n\ndef late():\n    from job import main\n"
    )
    (tmp_path / "glue/job.py").write_text("if False:\n    import glue_app.room.door\n")
    return tmp_path


def test_every_form_of_import_is_found(repository: Path) -> None:
    """Relative ones, those in functions and those for types only; of libraries the whole path."""
    door, job = "src/glue_app/room/door.py", "glue/job.py"
    assert set(import_graph.imports(repository)) == {
        Import("src/glue_app/room/__init__.py", 1, "glue_app.room.door", door),
        Import(door, 1, "os.path"),
        Import(door, 1, "json"),
        Import(door, 2, "glue_app.room.door.knob", door),
        Import(door, 5, "job.main", job),
        Import(job, 2, "glue_app.room.door", door),
    }


def test_an_import_says_where_it_stands() -> None:
    assert str(Import("src/glue_app/a.py", 7, "moto.core")) == "src/glue_app/a.py:7 imports moto.core"


@pytest.mark.parametrize(
    ("file", "room"),
    [
        ("src/glue_app/emulator/rds/api/tags.py", "emulator/rds"),
        ("src/glue_app/emulator/rds_x.py", "emulator"),
        ("src/glue_app/errors.py", "errors"),
        ("src/glue_app/aws/__init__.py", "aws"),
        ("glue/pipeline/steps.py", "glue"),
        ("setup.py", ""),
    ],
)
def test_a_file_lies_in_the_innermost_room(file: str, room: str) -> None:
    assert import_graph.room_of(file, ("emulator", "emulator/rds", "errors", "aws", "glue")) == room


def test_circles_are_found_whole() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["a", "d"], "d": ["d"], "e": ["a"]}
    assert import_graph.cycles(graph) == [["a", "b", "c"]]


def test_an_import_of_what_is_not_there_is_found(repository: Path) -> None:
    """A module that was moved, a name that was renamed; a name that is bound late counts as there."""
    (repository / "glue/job.py").write_text(
        "try:\n    main = 1\nexcept ImportError:\n    main = 2\n"
        "from glue_app.room import window\nfrom glue_app.cellar import wine\nimport json\n"
    )
    (repository / "src/glue_app/room/door.py").write_text("from job import main, mane\n")
    found = import_graph.unresolved(import_graph.imports(repository), repository)
    assert [one.target for one in found] == ["glue_app.room.window", "glue_app.cellar.wine", "job.mane"]


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ('import_module("glue_app.room.door")', "glue_app.room.door"),
        ('importlib.import_module("job")', "job"),
        ('command = ["-m", "glue_app.room.door"]', "glue_app.room.door"),
        ('app = "glue_app.room.door:late"', "glue_app.room.door.late"),
        ('code = "import json; from glue_app.room.door import late"', "glue_app.room.door"),
        ('say("see python -m glue_app.room.door")', "glue_app.room.door"),
        ('"""import glue_app.room.door"""', ""),
        ('word = "job"', ""),
        ('file = "job.zip"', ""),
        ('say(f"of glue_app.room.door, say")', ""),
    ],
)
def test_a_module_that_a_string_names_is_found(repository: Path, line: str, target: str) -> None:
    """For importlib, `python -m`, uvicorn, in a program's text; neither in docstrings nor in prose."""
    (repository / "glue/job.py").write_text(f"{line}\n")
    found = [one.target for one in import_graph.names_in_strings(repository) if one.file == "glue/job.py"]
    assert found == ([target] if target else [])
