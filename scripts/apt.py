"""Debian's packages, where root and apt-get are there."""

from __future__ import annotations

import os
from pathlib import Path

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.process import run


def install(packages: tuple[str, ...], log: Path, console: Console, title: str) -> None:
    """Install them without what they only recommend. Raises BootstrapError."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with console.step(title, f"installing {' and '.join(packages)} with apt-get"):
        run(["apt-get", "update", "-q"], log, console, title, env)
        command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
        run(command, log, console, title, env)
