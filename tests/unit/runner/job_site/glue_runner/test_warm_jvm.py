"""A run takes the first JVM on offer, waits for one in the making, and for nothing else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from glue_app.runner.job_site.glue_runner import warm_jvm


def test_of_two_runs_each_gets_one(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(name)
    assert warm_jvm._first_ready(tmp_path, tmp_path / "first")
    assert warm_jvm._first_ready(tmp_path, tmp_path / "second")
    assert {(tmp_path / name).read_text() for name in ("first", "second")} == {"a.json", "b.json"}
    assert not warm_jvm._first_ready(tmp_path, tmp_path / "third")


def test_it_waits_for_one_in_the_making(tmp_path: Path) -> None:
    making = tmp_path / "a.making"
    making.touch()

    def made() -> None:
        (tmp_path / "a.json").write_text("made")
        making.unlink()

    timer = threading.Timer(0.2, made)
    timer.start()
    assert warm_jvm._first_ready(tmp_path, tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "made"


def test_a_making_that_came_to_nothing_ends_the_wait(tmp_path: Path) -> None:
    making = tmp_path / "a.making"
    making.touch()
    threading.Timer(0.2, making.unlink).start()
    assert not warm_jvm._first_ready(tmp_path, tmp_path / "taken")


def test_its_patience_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_jvm, "_PATIENCE_S", 0.1)
    (tmp_path / "a.making").touch()
    assert not warm_jvm._first_ready(tmp_path, tmp_path / "taken")
