"""tests/unit has the folders of the source, and every folder of the source says what it holds."""

from __future__ import annotations

import ast

import pytest

from glue_app.bootstrap.layout import ROOT
from scripts import import_graph, mirror

LEFT = [
    "src/glue_app/emulator/host/state/repairs",
    "src/glue_app/emulator/ssm/channel",
    "src/glue_app/runner/shim/awsglue",
]
"""Folders whose tests lie in the folder above."""
ROOMS = [file for file in import_graph.modules().values() if file.endswith("/__init__.py")]


def test_every_folder_of_the_source_has_its_tests() -> None:
    """What got a folder of tests is taken out of LEFT."""
    assert mirror.folders_without_tests() == LEFT


def test_every_folder_of_tests_has_its_source() -> None:
    """A folder that was moved takes its tests along."""
    assert mirror.folders_without_source() == []


@pytest.mark.parametrize("file", ROOMS)
def test_every_room_says_what_it_holds(file: str) -> None:
    assert ast.get_docstring(ast.parse((ROOT / file).read_text(encoding="utf-8")))
