"""Saves the whole stack: the emulator's stores under the closed gate, everything slow after it."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from glue_app.disk.space import DiskFullError, is_full
from glue_app.emulator.service import registration
from glue_app.emulator.state import terraform_state
from glue_app.emulator.state.activity import activity
from glue_app.emulator.state.host import Host
from glue_app.emulator.state.saves import KEPT, Manifest, Save, Saves, blob_path, describe
from glue_app.errors import OneLineError

LOG = logging.getLogger(__name__)

GATE_TIMEOUT_S = 15.0  # of a save that somebody asked for
_TRIES = 3
_STOPPED = "the stack is being stopped"


class TerraformAtWorkError(OneLineError):
    """Terraform changes this stack: its state and the emulator's are not of one moment."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Terraform is at work on this stack ({folder}), or its apply was interrupted",
            "wait until it has ended, or let `make up` end it",
        )


class SnapshotFolderError(OneLineError, ValueError):
    """A snapshot cannot be written to this folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"folder is {str(folder)!r}", "give an absolute path that is not there yet")


@dataclass(frozen=True)
class _Taken:
    """What was taken under the closed gate."""

    blobs: frozenset[str]
    terraform: dict[str, Any] | None
    databases: dict[str, dict[str, str]]
    inventory: dict[str, dict[str, str]]


class Saver:
    """One a stack; one save at a time."""

    def __init__(self, state: Path, generation: str, versions: dict[str, str], host: Host) -> None:
        """Remove what a killed emulator left half-written."""
        self._state, self._generation, self._versions, self._host = state, generation, versions, host
        self._terraform = state / "terraform" / generation
        self._saves = Saves(state)
        self._lock = threading.Lock()
        self.saved: Hashable = self.mark()
        self.held_for_good = False
        self._saves.remove_parts()

    def mark(self) -> Hashable:
        """Differs from `saved` when something may have changed since the last save."""
        return self._host.gate.mutations, activity()

    @property
    def gate_timeout(self) -> type[Exception]:
        """What a save raises when requests do not end."""
        return self._host.gate_timeout

    def terraform_at_work(self) -> bool:
        return terraform_state.at_work(self._terraform)

    def save(
        self, reason: str, hold: bool = False, automatic: bool = False, timeout_s: float = GATE_TIMEOUT_S
    ) -> dict[str, Any]:
        """Save everything; {"save", "seconds", "held_seconds", "bytes"}.

        hold: let no request in any more, so that nothing is younger than the save.
        automatic: raise TerraformAtWorkError instead of saving while Terraform is at work.
        Raises the host's gate_timeout, DiskFullError, OSError.
        """
        with self._lock:
            try:
                return self._save(reason, hold, automatic, timeout_s)
            except (OSError, sqlite3.Error) as error:
                if not is_full(error):
                    raise
                LOG.info("no room for a save (%s): removing what nobody needs", error)
            self._make_room()
            try:
                return self._save(reason, hold, automatic, timeout_s)
            except (OSError, sqlite3.Error) as error:
                if not is_full(error):
                    raise
                raise DiskFullError(self._state) from error

    def _save(self, reason: str, hold: bool, automatic: bool, timeout_s: float) -> dict[str, Any]:
        started = time.monotonic()
        self._host.prepare()
        part = self._saves.begin()
        try:
            with self._host.gate.hold(timeout_s):
                since = time.monotonic()
                if automatic and self.terraform_at_work():
                    raise TerraformAtWorkError(self._terraform)
                mark, taken = self.mark(), self._take(part)
                if hold:
                    self._host.gate.close(_STOPPED)
                    self.held_for_good = True
                held_s = time.monotonic() - since
            save = self._publish(self._saves, self._state, part, taken, reason)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            if self.held_for_good:  # there is nothing yet that could be younger than its save
                self.held_for_good = False
                self._host.gate.reopen()
            raise
        self.saved = mark
        self._tidy()
        return _report(save, started, held_s)

    def snapshot(self, folder: Path) -> dict[str, Any]:
        """Fill a new folder with a save and all it needs, as a state folder has it: saves/, s3/, rds/.

        Raises SnapshotFolderError, TerraformAtWorkError, the host's gate_timeout, DiskFullError, OSError.
        """
        if not folder.is_absolute() or folder.exists():
            raise SnapshotFolderError(folder)
        with self._lock:
            started = time.monotonic()
            saves = Saves(folder)
            try:
                self._host.prepare()
                part = saves.begin()
                (folder / "rds").mkdir()
                with self._host.gate.hold(GATE_TIMEOUT_S):
                    since = time.monotonic()
                    if self.terraform_at_work():
                        raise TerraformAtWorkError(self._terraform)
                    registration.files().copy_to(folder / "rds")
                    taken = self._take(part)
                    held_s = time.monotonic() - since
                for blob in taken.blobs:
                    _link(blob_path(self._state, blob), blob_path(folder, blob))
                save = self._publish(saves, folder, part, taken, "snapshot")
            except BaseException as error:
                shutil.rmtree(folder, ignore_errors=True)
                if is_full(error):
                    raise DiskFullError(folder.parent) from error
                raise
            return _report(save, started, held_s)

    # ------------------------------------------------------------------ under the closed gate
    def _take(self, part: Path) -> _Taken:
        blobs = self._capture(part)
        return _Taken(
            blobs,
            terraform_state.copy(self._terraform, part / "terraform"),
            registration.files().described(),
            self._host.inventory(),
        )

    def _capture(self, part: Path) -> frozenset[str]:
        """Threads that belong to no request go on: one may add to a dictionary while it is written."""
        for attempt in range(1, _TRIES + 1):
            try:
                return frozenset(self._host.capture(part).blobs)
            except RuntimeError as error:
                if attempt == _TRIES or "during iteration" not in str(error):
                    raise
                LOG.debug("capture %d: %s", attempt, error)
                shutil.rmtree(part)
                part.mkdir()
        raise AssertionError("unreachable")

    # ------------------------------------------------------------------ after it
    def _publish(self, saves: Saves, root: Path, part: Path, taken: _Taken, reason: str) -> Save:
        manifest = Manifest(
            name=part.name.partition(".")[0],
            generation=self._generation,
            created_at=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            reason=reason,
            versions=self._versions,
            services=list(self._host.services),
            files=describe(part),
            blobs={name: blob_path(root, name).stat().st_size for name in sorted(taken.blobs)},
            databases=taken.databases,
            terraform=taken.terraform,
            inventory=taken.inventory,
        )
        return saves.publish(part, manifest)

    def _make_room(self) -> None:
        """Remove all but the newest save, where that is sound, and what no save and no service needs."""
        newest = self._saves.newest_sound(self._versions)
        sound = newest is not None and not self._saves.problems
        self._saves.remove_parts()
        self._tidy(1 if sound else KEPT)

    def _tidy(self, keep: int = KEPT) -> None:
        """Remove what only older saves need. The save is there: failing here costs disk space only."""
        try:
            self._saves.prune(keep)
            kept = [save.manifest for save in self._saves.all()]
            self._host.sweep({blob for manifest in kept for blob in manifest.blobs})
            registration.files().sweep({resource for manifest in kept for resource in manifest.databases})
        except Exception:
            LOG.exception("tidying up after a save")


def _report(save: Save, started: float, held_s: float) -> dict[str, Any]:
    return {
        "save": save.manifest.name,
        "seconds": round(time.monotonic() - started, 3),
        "held_seconds": round(held_s, 3),
        "bytes": save.manifest.bytes,
    }


def _link(source: Path, target: Path) -> None:
    """Blobs never change: a second name is as good as a copy, where the file system has such."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
