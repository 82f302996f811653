"""A step is done once, and again when what it was made of changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_app.bootstrap import runner
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.context import Context, Done, Step
from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.stamps import Stamp, digest_of, exclusive, is_held, write_atomically
from glue_app.bootstrap.toolchain import Toolchain

QUIET = Console(quiet=True)


class Counted:
    """A step that counts how often it was run and makes one file."""

    def __init__(self, made: Path, name: str = "uv") -> None:
        self.runs = 0
        self.made = made
        self.name = name

    def __call__(self, _: Context) -> Done:
        self.runs += 1
        self.made.write_text(str(self.runs))
        return Done({self.name: f"run {self.runs}"}, [self.made], "made")


def test_the_second_run_does_nothing(tmp_path: Path) -> None:
    work = Counted(tmp_path / "made")
    steps = [Step("one", "One", "working", work)]
    runner.prepare(QUIET, tmp_path, steps)
    toolchain = runner.prepare(QUIET, tmp_path, steps)
    assert (work.runs, toolchain.uv) == (1, "run 1")


def test_a_step_is_done_anew_when_an_input_changes(tmp_path: Path) -> None:
    source, tools = tmp_path / "list.txt", tmp_path / "tools"
    source.write_text("a")
    work = Counted(tmp_path / "made")
    steps = [Step("one", "One", "working", work, inputs=lambda _: [source])]
    runner.prepare(QUIET, tools, steps)
    source.write_text("b")
    runner.prepare(QUIET, tools, steps)
    assert work.runs == 2


def test_a_step_is_done_anew_when_what_it_made_is_gone(tmp_path: Path) -> None:
    work = Counted(tmp_path / "made")
    steps = [Step("one", "One", "working", work)]
    runner.prepare(QUIET, tmp_path, steps)
    work.made.unlink()
    runner.prepare(QUIET, tmp_path, steps)
    assert work.runs == 2


def test_a_step_follows_the_one_it_builds_on(tmp_path: Path) -> None:
    first, second = Counted(tmp_path / "a"), Counted(tmp_path / "b", "host")
    steps = [
        Step("first", "First", "working", first),
        Step("second", "Second", "working", second, ("first",), lambda c: [c.toolchain.uv]),
    ]
    runner.prepare(QUIET, tmp_path, steps)
    first.made.unlink()
    runner.prepare(QUIET, tmp_path, steps)
    assert (first.runs, second.runs) == (2, 2)


def test_a_step_that_failed_is_done_again_and_the_others_are_not(tmp_path: Path) -> None:
    work = Counted(tmp_path / "made")
    failing = True

    def fails(_: Context) -> Done:
        if failing:
            raise BootstrapError("no network", "look at the proxy")
        return Done({}, [], "made")

    steps = [Step("one", "One", "working", work), Step("two", "Two", "working", fails, ("one",))]
    with pytest.raises(BootstrapError, match="look at the proxy"):
        runner.prepare(QUIET, tmp_path, steps)
    failing = False
    runner.prepare(QUIET, tmp_path, steps)
    assert work.runs == 1


def test_a_torn_stamp_counts_as_none(tmp_path: Path) -> None:
    stamp = Stamp.write(tmp_path, "one", "d", {"uv": "x"}, [])
    stamp.path.write_text(stamp.path.read_text()[:10])
    assert Stamp.read(tmp_path, "one") is None
    assert Toolchain.load(tmp_path).uv == ""


def test_a_digest_tells_apart_what_is_joined_alike() -> None:
    assert digest_of(["ab", "c"]) != digest_of(["a", "bc"])


def test_a_file_written_atomically_has_its_mode_from_the_start(tmp_path: Path) -> None:
    write_atomically(tmp_path / "secret", "x", mode=0o600)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]


def test_a_held_lock_is_told_of(tmp_path: Path) -> None:
    heard: list[str] = []
    lock = tmp_path / "lock"
    assert not is_held(lock)
    with exclusive(lock, "waiting", heard.append):
        assert heard == []
        assert is_held(lock)
    assert not is_held(lock)
