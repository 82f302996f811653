"""What `make snapshot`, `restore`, `snapshots` and `snapshot-diff` do."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from glue_app.bootstrap import owned
from glue_app.emulator.state.saves import Manifest, Saves
from glue_app.settings import Settings
from glue_app.snapshots import archive, diff
from glue_app.snapshots.archive import Contents
from glue_app.snapshots.errors import (
    SnapshotDamagedError,
    SnapshotError,
    SnapshotIncompatibleError,
    SnapshotNotTrustedError,
)
from glue_app.snapshots.store import SnapshotStore
from glue_app.stack.commands import Commands
from glue_app.stack.layout import StateLayout

_LARGEST_LIST = 200  # lines of a diff


class SnapshotCommands:
    """On the stack of one state folder."""

    def __init__(self, settings: Settings, stack: Commands, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._stack = stack
        self._layout = StateLayout(settings.state)
        self._store = SnapshotStore(settings.snapshots)
        self._say = say

    def create(self, name: str) -> None:
        """Write everything that the running stack holds to one file."""
        started = time.monotonic()
        file = self._store.new(name)
        folder = self._scratch("snapshot")
        try:
            manifest = self._stack.copy_of_running(folder)
            files, folders = archive.describe(folder)
            archive.write(file, _contents(name, manifest, folder, files, folders), folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        seconds, size = time.monotonic() - started, file.stat().st_size / 1e6
        self._say(f"snapshot {name}: {size:.1f} MB in {seconds:.1f} s   (make restore NAME={name})")

    def restore(self, name: str, trust: bool) -> None:
        """Replace the stack by the snapshot. The running stack is touched only when the file is sound."""
        started = time.monotonic()
        file = self._store.find(name)
        folder = self._scratch("restore")
        try:
            self._check(file, name, trust)
            folder.mkdir(mode=0o700)
            archive.extract(file, folder)
            self._require_save(file, folder)
            self._stack.replace_by(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._say(f"restored {self._store.name_of(file)} in {time.monotonic() - started:.1f} s")

    def list(self) -> None:
        """Size, age and content of each."""
        files = self._store.all()
        if not files:
            self._say("no snapshot is here; `make snapshot NAME=x` makes one of the running stack")
        for file in files:
            name = self._store.name_of(file)
            try:
                contents, ours = archive.read_contents(file)
            except SnapshotDamagedError as error:
                self._say(f"{name:<20}{error.problem}")
                continue
            held = ", ".join(f"{len(ids)} {kind}s" for kind, ids in contents.inventory.items() if ids)
            size = file.stat().st_size / 1e6
            note = "" if ours else "   not made here"
            self._say(f"{name:<20}{size:8.1f} MB   {_age(contents.created_at):<12} {held or 'empty'}{note}")

    def diff(self, before: str, after: str) -> None:
        """Print what was added, changed and removed from one to the other, or to the running stack."""
        old = archive.read_contents(self._store.find(before))[0].inventory
        if after:
            new = archive.read_contents(self._store.find(after))[0].inventory
        else:
            new = self._running_inventory()
        found = diff.differences(old, new)
        for difference in found[:_LARGEST_LIST]:
            self._say(f"  {difference.change} {difference.kind}  {difference.id}")
        if len(found) > _LARGEST_LIST:
            self._say(f"  … and {len(found) - _LARGEST_LIST} more")
        counts = {sign: sum(d.change == sign for d in found) for sign in "+~-"}
        self._say(f"{counts['+']} added, {counts['~']} changed, {counts['-']} removed")

    def _check(self, file: Path, name: str, trust: bool) -> None:
        contents, ours = archive.read_contents(file)
        if not ours and not trust:
            raise SnapshotNotTrustedError(file, name)
        for what, wanted in self._stack.versions().items():
            found = contents.versions.get(what, "none")
            if found != wanted:
                raise SnapshotIncompatibleError(file, what, found, wanted)

    def _require_save(self, file: Path, folder: Path) -> None:
        """Check that what came out of the file is a save that can be read. Raise SnapshotDamagedError."""
        saves = Saves(folder)
        if not saves.all():
            why = "; ".join(saves.problems) or "no save is in it"
            raise SnapshotDamagedError(file, why.replace(str(folder), "")[:200])

    def _running_inventory(self) -> dict[str, dict[str, str]]:
        folder = self._scratch("inventory")
        try:
            manifest = self._stack.copy_of_running(folder)
            return _inventory(manifest, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _scratch(self, purpose: str) -> Path:
        """Return a folder on the state's own disk (files are linked and renamed), which is not there yet."""
        owned.claim(self._layout.root, owned.STATE)
        folder = self._layout.root / f"{purpose}.part"
        owned.remove(folder)
        return folder


def _contents(
    name: str, manifest: Manifest, folder: Path, files: dict[str, tuple[str, int]], folders: dict[str, int]
) -> Contents:
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    inventory = _inventory(manifest, folder)
    return Contents(name, now, manifest.generation, dict(manifest.versions), inventory, files, folders)


def _inventory(manifest: Manifest, folder: Path) -> dict[str, dict[str, str]]:
    """Return what the emulator says it holds, and Terraform's resources."""
    found = {kind: dict(ids) for kind, ids in manifest.inventory.items()}
    for state in folder.glob("saves/*/terraform/terraform.tfstate"):
        found[diff.TERRAFORM] = diff.of_terraform(state)
    return found


def _age(created_at: str) -> str:
    try:
        seconds = (datetime.now(timezone.utc) - datetime.fromisoformat(created_at)).total_seconds()
    except ValueError as error:
        raise SnapshotError(f"a snapshot says it was made at {created_at!r}") from error
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
