"""The saves of a state folder: `<state>/saves/<8-digit number>/`, each there whole or not at all.

A save is written as `<number>.part` and renamed when all of it lies on the disk. Standard library only: the
developer's commands read saves without LocalStack.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glue_app.disk import durable

from .manifest import (
    FILE,
    FORMAT,
    Manifest,
    SaveDamagedError,
    SaveError,
    SaveIncompatibleError,
    current_versions,
    require_versions,
)

__all__ = [
    "FORMAT", "Manifest", "Save", "SaveDamagedError", "SaveError", "SaveIncompatibleError", "Saves",
    "blob_path", "current_versions",
]  # fmt: skip

KEPT = 2
_PART = ".part"


@dataclass(frozen=True)
class Save:
    """A save whose manifest can be read."""

    folder: Path
    manifest: Manifest

    def __str__(self) -> str:
        return f"save {self.manifest.name} of {self.manifest.created_at} ({self.manifest.reason})"


class Saves:
    """Finds, checks, writes and removes the saves of one state folder."""

    def __init__(self, state: Path) -> None:
        self.folder = state / "saves"
        self._state = state
        self.problems: list[str] = []
        """Why saves were passed over by the last `newest_sound`, `newest_first` or `all`."""

    # ------------------------------------------------------------------ reading
    def all(self) -> list[Save]:
        """Newest first, without those whose manifest can't be read. Nothing else of them is checked."""
        self.problems = []
        found = []
        for folder in self._folders():
            try:
                found.append(Save(folder, Manifest.read(folder)))
            except SaveError as error:
                self.problems.append(f"save {folder.name}: {error}")
        return found

    def holds_any(self) -> bool:
        """Also where none of them is sound."""
        return any(self.folder.glob("*/manifest.json"))

    def newest_first(
        self, versions: Mapping[str, str], say: Callable[[str], object] = lambda _: None
    ) -> Iterator[Save]:
        """Yield the sound saves that `versions` can read; `say` gets a line for each that is passed over."""
        self.problems = []
        for folder in self._folders():
            try:
                yield self.verify(folder, versions)
            except SaveError as error:
                self.problems.append(f"save {folder.name}: {error}")
                say(self.problems[-1])

    def newest_sound(self, versions: Mapping[str, str]) -> Save | None:
        """Return the newest that is whole and `versions` can read; `problems` says why newer ones are not."""
        return next(self.newest_first(versions), None)

    def verify(self, folder: Path, versions: Mapping[str, str] | None = None) -> Save:
        """Each file by its digest, the S3 blobs it needs by their size.

        Raises SaveDamagedError; SaveIncompatibleError for another format, or others than `versions`.
        """
        manifest = Manifest.read(folder)
        require_versions(manifest, versions or {})
        try:
            for name, entry in manifest.files.items():
                _check(folder / name, int(entry["bytes"]), str(entry["sha256"]))
            for blob, size in manifest.blobs.items():
                _check(blob_path(self._state, blob), size)
        except (LookupError, TypeError, ValueError) as error:
            raise SaveDamagedError(folder / FILE, f"names files as no save does ({error})") from error
        return Save(folder, manifest)

    # ------------------------------------------------------------------ writing
    def begin(self) -> Path:
        """Make a new empty folder for the files of the next save."""
        numbers = [int(one.name[:8]) for one in self._entries()]
        part = self.folder / f"{max(numbers, default=0) + 1:08d}{_PART}"
        part.mkdir(parents=True)
        return part

    def publish(self, part: Path, manifest: Manifest) -> Save:
        """Make the folder of `begin` a save: manifest last, all of it on the disk, then renamed.

        The blobs it names must lie on the disk already.
        """
        for path in sorted(part.rglob("*"), reverse=True):  # a folder after what is in it
            durable.sync(path)
        (part / FILE).write_text(manifest.text(), encoding="utf-8")
        durable.sync(part / FILE)
        durable.sync(part)
        folder = part.with_name(part.name.removesuffix(_PART))
        part.rename(folder)
        durable.sync(self.folder)
        return Save(folder, manifest)

    def prune(self, keep: int = KEPT) -> None:
        """Remove all but the newest `keep`."""
        for folder in self._folders()[keep:]:
            gone = folder.with_name(folder.name + _PART)  # at no moment half a save
            folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)

    def remove_parts(self) -> None:
        """Remove what was being written when the emulator ended. Only while nobody writes a save."""
        for entry in self._entries():
            if entry.name.endswith(_PART):
                shutil.rmtree(entry, ignore_errors=True)

    # ------------------------------------------------------------------
    def _folders(self) -> list[Path]:
        """Of the finished saves, newest first."""
        return sorted((one for one in self._entries() if len(one.name) == 8), reverse=True)

    def _entries(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return [
            one
            for one in self.folder.iterdir()
            if one.name[:8].isdigit() and one.name[8:] in ("", _PART) and one.is_dir()
        ]


def blob_path(state: Path, name: str) -> Path:
    """Where the bytes of an S3 object lie."""
    return state / "s3" / name[:2] / name


def describe(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the `files` of a manifest: everything in `folder`."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as source:
                digest = hashlib.file_digest(source, "sha256").hexdigest()
            found[path.relative_to(folder).as_posix()] = {"sha256": digest, "bytes": path.stat().st_size}
    return found


def _check(path: Path, size: int, digest: str | None = None) -> None:
    try:
        found = path.stat().st_size
        if found != size:
            raise SaveDamagedError(path, f"has {found} bytes instead of {size}")
        if digest is None:
            return
        with path.open("rb") as source:
            if hashlib.file_digest(source, "sha256").hexdigest() != digest:
                raise SaveDamagedError(path, "is not what was written")
    except FileNotFoundError:
        raise SaveDamagedError(path, "is missing") from None
    except OSError as error:
        raise SaveDamagedError(path, f"cannot be read ({error})") from error
