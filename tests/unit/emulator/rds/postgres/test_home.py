"""The folder of one server."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.host import postgres_host
from glue_app.emulator.rds.postgres.local_host import LocalHost


def test_a_state_folder_the_server_cannot_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files go to a private folder elsewhere, with a link; both are removed together."""
    monkeypatch.setattr(LocalHost, "can_reach", lambda *_: False)
    home = ServerHome(tmp_path / "rds" / "db-ABC")

    home.make(postgres_host())

    elsewhere = home.folder.resolve()
    assert home.folder.is_symlink()
    assert not elsewhere.is_relative_to(tmp_path)
    assert elsewhere.stat().st_mode & 0o777 == 0o700
    home.remove()
    assert not elsewhere.exists()
    assert not home.folder.is_symlink()


def test_a_long_state_folder_has_a_short_socket(tmp_path: Path) -> None:
    """A unix socket's path has room for 107 bytes."""
    home = ServerHome(tmp_path / ("long" * 30) / "db-ABC")

    home.make(LocalHost(None, None, "us"))

    socket_folder = home.socket
    assert len(str(socket_folder)) < 90
    home.remove()
    assert not socket_folder.exists()
