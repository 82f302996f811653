"""The snapshots of this checkout: files in `.snapshots`, by name."""

from __future__ import annotations

import os
import re
from pathlib import Path

from glue_app.bootstrap import owned
from glue_app.snapshots.archive import SUFFIX
from glue_app.snapshots.errors import SnapshotError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class SnapshotStore:
    """Names and files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self, name: str) -> Path:
        """Return the file of a snapshot that is to be written. Raise SnapshotError: no name, or taken."""
        if not _NAME.fullmatch(name):
            raise SnapshotError(
                f"{name!r} is no name for a snapshot: up to 64 letters, digits, dots, - and _",
                "make snapshot NAME=x",
            )
        owned.claim(self._folder, owned.SNAPSHOTS)
        file = self._file(name)
        if file.exists():
            raise SnapshotError(
                f"there is a snapshot {name!r}, which stays: take another name, or remove {file}",
                "make snapshots",
            )
        return file

    def find(self, name: str) -> Path:
        """Return the file of a snapshot, by its name or its path. Raise SnapshotError when there is none."""
        path = Path(name)
        if path.name.endswith(SUFFIX) or os.sep in name:
            if not path.is_file():
                raise SnapshotError(f"there is no file {name}")
            return path
        if not name or not (file := self._file(name)).is_file():
            known = ", ".join(self.name_of(file) for file in self.all()) or "none"
            raise SnapshotError(f"there is no snapshot {name!r}; there is: {known}")
        return file

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}{SUFFIX}"

    def all(self) -> list[Path]:
        """Newest first."""
        return sorted(self._folder.glob(f"*{SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True)

    @staticmethod
    def name_of(file: Path) -> str:
        return file.name.removesuffix(SUFFIX)
