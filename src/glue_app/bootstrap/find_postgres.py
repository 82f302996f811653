"""Finds PostgreSQL's server programs, which distributions keep off PATH."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from glue_app.bootstrap.process import output

PROGRAMS = ("initdb", "pg_ctl", "postgres")
OLDEST = 13
_PREFERRED = 15  # what infra/ asks RDS for


def candidates() -> Iterator[Path]:
    """Folders that may hold them; some may not exist."""
    if os.environ.get("GLUE_APP_POSTGRES_BIN"):
        yield Path(os.environ["GLUE_APP_POSTGRES_BIN"])
    for pattern in (
        "usr/lib/postgresql/*/bin",
        "usr/pgsql-*/bin",
        "usr/lib/postgresql*/bin",
        "opt/homebrew/opt/postgresql@*/bin",
        "usr/local/opt/postgresql@*/bin",
        "Applications/Postgres.app/Contents/Versions/*/bin",
    ):
        yield from sorted(Path("/").glob(pattern))
    if shutil.which("pg_config"):
        asked = output(["pg_config", "--bindir"])
        if asked:
            yield Path(asked)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder:
            yield Path(folder)


def major_version(folder: Path) -> int | None:
    """Return the server's major version; None when one of the three programs isn't there or doesn't run."""
    if not all(os.access(folder / program, os.X_OK) for program in PROGRAMS):
        return None
    printed = output([folder / "postgres", "--version"])  # as: postgres (PostgreSQL) 15.10
    found = re.search(r"\) (\d+)", printed or "")
    return int(found.group(1)) if found else None


def find() -> tuple[Path, int] | None:
    """(folder, major version): the user's choice, else version 15, else the newest from 13 on."""
    found = [(folder, major_version(folder)) for folder in dict.fromkeys(candidates())]
    usable = [(folder, version) for folder, version in found if version is not None and version >= OLDEST]
    if not usable:
        return None
    if str(usable[0][0]) == os.environ.get("GLUE_APP_POSTGRES_BIN"):
        return usable[0]
    return max(usable, key=lambda pair: (pair[1] == _PREFERRED, pair[1]))
