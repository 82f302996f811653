"""The pictures of the rooms say what the code imports, in few arrows; no generated part is stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import docs, rooms
from scripts.import_graph import Import


def test_no_generated_part_is_stale() -> None:
    """`make docs` writes them."""
    assert docs.stale() == []


def test_a_stale_part_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("old")
    monkeypatch.setattr(docs, "WRITTEN", {page: lambda _: "new"})
    assert docs.stale() == [page]


def test_an_arrow_is_an_import_of_another_room() -> None:
    found = [
        Import("src/glue_app/a/x.py", 1, "glue_app.b.y", "src/glue_app/b/y.py"),
        Import("src/glue_app/a/x.py", 2, "glue_app.a.z", "src/glue_app/a/z.py"),
        Import("src/glue_app/b/y.py", 1, "moto.core"),
        Import("src/glue_app/b/y.py", 2, "json"),
    ]
    assert rooms.graph_of(found, ["a", "b"]) == {"a": {"b"}, "b": {rooms.LOCALSTACK}}


def test_a_longer_way_replaces_an_arrow_but_not_in_a_circle() -> None:
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": {"e"}, "e": {"d"}}
    assert rooms.reduced(graph) == {"a": {"b"}, "b": {"c"}, "c": set(), "d": {"e"}, "e": {"d"}}


def test_two_that_import_each_other_share_an_arrow() -> None:
    picture = rooms.mermaid({"x/a": {"b"}, "b": {"x/a", "c"}, "c": set()})
    assert picture.splitlines()[-3:] == ["    b --> c", "    b <--> x_a", "```"]


def test_the_rooms_of_the_package_are_its_folders_and_modules() -> None:
    assert {"aws", "errors", "stack", "emulator"} <= set(rooms.rooms_in(""))
    assert {"emulator/rds", "emulator/plugin"} <= set(rooms.rooms_in("emulator"))
