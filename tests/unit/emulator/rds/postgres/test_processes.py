"""Which process is a server's."""

from __future__ import annotations

import os
from pathlib import Path

from glue_app.emulator.rds.postgres import processes


def test_a_stale_pid_file_names_no_server(tmp_path: Path) -> None:
    """Its number may be another program's by now: here it is ours."""
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n")

    assert processes.postmaster_of(tmp_path) is None
