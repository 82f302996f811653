"""The files of DB snapshots: `<state>/rds/snapshots/<name>/`, each a copy that `base_backup` made.

data/      a data folder that a server can be started from
complete   there once the copy is whole: an empty file

They are read by us only, and never changed: a name is never used again.
"""

from __future__ import annotations

import os
import secrets
import shutil
import string
from pathlib import Path

from ..models import DBSnapshot
from ..postgres.home import ServerHome

_PREFIX = "snap-"


def new_name() -> str:
    return _PREFIX + "".join(secrets.choice(string.ascii_lowercase + "234567") for _ in range(26))


class SnapshotFiles:
    """Knows the folders; `rds`: the folder of all databases' files."""

    def __init__(self, rds: Path) -> None:
        self._root = rds / "snapshots"

    def folder(self, snapshot: DBSnapshot) -> Path:
        return self._root / snapshot.files

    def whole(self, snapshot: DBSnapshot) -> bool:
        return (self.folder(snapshot) / "complete").exists()

    def begin(self, snapshot: DBSnapshot) -> Path:
        """Make a new, empty folder, without what an interrupted attempt has left. Raises OSError."""
        folder = self.folder(snapshot)
        self._root.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        return folder

    def copy(self, source: DBSnapshot, target: DBSnapshot) -> None:
        """Copy the files of one snapshot for another. Raises OSError."""
        folder = self.begin(target)
        shutil.copytree(self.folder(source) / "data", folder / "data", copy_function=shutil.copyfile)
        (folder / "complete").touch()

    def link_to(self, snapshot: DBSnapshot, rds: Path) -> None:
        """Have the same files under another folder of databases' files. Raises OSError."""
        shutil.copytree(self.folder(snapshot), SnapshotFiles(rds).folder(snapshot), copy_function=_link)

    def names(self) -> list[str]:
        """Of all folders there are."""
        return [folder.name for folder in self._root.glob(f"{_PREFIX}*")]

    def remove(self, name: str) -> None:
        shutil.rmtree(self._root / name, ignore_errors=True)


def lay_out(data: Path, home: ServerHome) -> None:
    """Make the folder of a server that is to start from a copy of `data`. Raises OSError."""
    home.remove()
    home.folder.mkdir(parents=True, mode=0o700)
    shutil.copytree(data, home.folder / "data", copy_function=shutil.copyfile)


def _link(source: str, target: str) -> str:
    """Link a file, as good as a copy since it never changes; copy it where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target
