"""What a stack keeps is for nobody else on this machine to read."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from glue_app.bootstrap import owned
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.emulator.rds.postgres.local_host import LocalHost
from glue_app.settings import Settings
from glue_app.snapshots.commands import SnapshotCommands
from glue_app.snapshots.store import SnapshotStore
from glue_app.stack import privacy, processes
from glue_app.stack.commands import Commands
from glue_app.stack.layout import StateLayout


@pytest.fixture(autouse=True)
def servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases run as the user we are."""
    monkeypatch.setattr(privacy, "postgres_host", lambda: LocalHost(None, None, "me"))


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_state_folder_is_this_users_alone(tmp_path: Path) -> None:
    privacy.close(StateLayout(tmp_path / "state"))
    assert mode(tmp_path / "state") == 0o700
    assert privacy.umask() == 0o077


def test_one_that_others_could_read_is_mended_by_any_command(tmp_path: Path) -> None:
    settings = Settings(engine="embedded", state=tmp_path / "state", tools=tmp_path / "tools")
    owned.claim(settings.state, owned.STATE)
    for name in ("run", "logs", "saves/00000001", "terraform", "rds"):
        (settings.state / name).mkdir(parents=True)
    (settings.state / "saves" / "00000001" / "manifest.json").write_text("{")
    (settings.state / "env.sh").write_text("export …")
    (settings.state / "elsewhere").symlink_to(tmp_path)
    for path in settings.state.iterdir():
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    settings.state.chmod(0o755)
    tmp_path.chmod(0o755)
    Commands(settings, Toolchain(), print).down()
    assert mode(settings.state) == 0o700
    assert {mode(settings.state / name) for name in ("run", "logs", "saves", "terraform", "rds")} == {0o700}
    assert mode(tmp_path) == 0o755


def test_the_databases_own_user_passes_through_and_reads_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root PostgreSQL runs as another user: no more than the way to `rds` is open to its group."""
    group = os.getgid()
    monkeypatch.setattr(privacy, "postgres_host", lambda: LocalHost(os.getuid(), group, "postgres"))
    layout = StateLayout(tmp_path / "state")
    for folder in (layout.rds, layout.saves, layout.logs):
        folder.mkdir(parents=True)
    (layout.root / "env.sh").touch()
    privacy.close(layout)
    assert (mode(layout.root), mode(layout.rds)) == (0o710, 0o711)
    assert (mode(layout.saves), mode(layout.logs), mode(layout.root / "env.sh")) == (0o700, 0o700, 0o600)
    assert 0o777 & ~privacy.umask() == 0o711


def test_what_the_stacks_processes_write_is_theirs_alone(tmp_path: Path) -> None:
    """Their log too, which is there before they are."""
    program = "import os, pathlib; pathlib.Path('made').mkdir(); pathlib.Path('file').touch()"
    child = processes.spawn([sys.executable, "-c", program], {}, tmp_path, tmp_path / "logs" / "x.log")
    assert child.wait() == 0
    assert (mode(tmp_path / "made"), mode(tmp_path / "file")) == (0o700, 0o600)
    assert (mode(tmp_path / "logs"), mode(tmp_path / "logs" / "x.log")) == (0o700, 0o600)


def test_snapshots_and_what_they_are_made_of_are_this_users_alone(tmp_path: Path) -> None:
    settings = Settings(engine="embedded", state=tmp_path / "state", snapshots=tmp_path / "snapshots")
    SnapshotStore(settings.snapshots).new("x")
    stack = Commands(settings, Toolchain(), print)
    SnapshotCommands(settings, stack, print)._scratch("restore")
    assert (mode(settings.snapshots), mode(settings.state)) == (0o700, 0o700)


def test_records_and_files_of_the_commands_are_this_users_alone(tmp_path: Path) -> None:
    """Whatever umask the shell has: the commands have their own."""
    settings = Settings(engine="embedded", state=tmp_path / "state", tools=tmp_path / "tools")
    before = os.umask(0o022)
    try:
        commands = Commands(settings, Toolchain(), print)
        with commands._context.exclusive():
            layout = StateLayout(settings.state)
            (layout.root / "run" / "stack.json").write_text(json.dumps({}))
        assert mode(layout.root / "run" / "stack.json") == 0o600
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
