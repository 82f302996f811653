"""A full disk is named, with what of ours takes the room on it, whichever error it shows as."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from glue_app.cli import entry
from glue_app.disk import report as disk
from glue_app.settings import Settings
from glue_app.stack.errors import StackError


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """State with saves of 3 MB (one file of two names), snapshots of 5 MB, tools that are not there."""
    state, snapshots = tmp_path / "state", tmp_path / "snapshots"
    (state / "saves" / "00000001").mkdir(parents=True)
    (state / "saves" / "00000001" / "a").write_bytes(b"x" * 3_000_000)
    os.link(state / "saves" / "00000001" / "a", state / "saves" / "b")
    (state / "run").mkdir()
    snapshots.mkdir()
    (snapshots / "one.snapshot.tar.gz").write_bytes(b"x" * 5_000_000)
    return [state, snapshots, tmp_path / "tools"]


def no_room(path: Path) -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path / "new" / "file"))


def test_a_disk_with_room_is_not_spoken_of(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_free", lambda _: (disk.FULL_BELOW, 1000))
    assert disk.report(folders) == []
    assert disk.report(folders, PermissionError(errno.EACCES, "no", "/x")) == []


def test_a_full_one_is_named_with_what_takes_the_room(folders: list[Path]) -> None:
    lines = disk.report(folders, no_room(folders[0]))
    assert lines[0].startswith(f"the disk of {disk.mount_point(folders[0])} is full: it has ")
    assert lines[1].strip() == f"5.0 MB  {folders[1]}/one.snapshot.tar.gz"
    assert lines[2].strip() == f"3.0 MB  {folders[0]}/saves"
    assert "make clean" in lines[-1]


def test_no_room_for_another_file_is_a_full_disk(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "_free", lambda _: (10**12, 0))
    assert "no inodes" in disk.report(folders)[0]


@pytest.mark.parametrize("error", [no_room(Path("/tmp")), StackError("localstack ended with 1: sqlite3 …")])
def test_every_command_says_so_and_ends(
    error: Exception, folders: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Our own error and that of a program which could not write either."""
    monkeypatch.setattr(disk, "_free", lambda _: (0, 1000))
    for name, folder in zip(("STATE", "SNAPSHOTS", "TOOLS"), folders, strict=True):
        monkeypatch.setenv(f"GLUE_APP_{name}", str(folder))

    def work(_: Settings) -> int:
        raise error

    assert entry.run("start", work) == 1
    said = capsys.readouterr().err
    assert "start failed: " in said
    assert f"the disk of {disk.mount_point(folders[0])} is full: it has 0.0 MB free" in said
    assert str(folders[0] / "saves") in said
