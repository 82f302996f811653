"""Chromium, for the tests with web pages: found, or Debian's where root can get it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import MissingProgramError
from scripts import apt

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find() -> Path | None:
    """On PATH, by any of the names that it has."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else None


def get(log: Path, console: Console) -> Path:
    """Return the browser, installed where there is none. Raises MissingProgramError, BootstrapError."""
    if found := find():
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise MissingProgramError(
            "there is no Chromium", remedy="install Debian's chromium, or Google's Chrome"
        )
    apt.install(("chromium",), log, console, "Chromium")
    if found := find():
        return found
    raise MissingProgramError(
        "apt-get installed chromium, and still there is none", remedy=f"look into {log}"
    )
