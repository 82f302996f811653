"""What a save needs of a service that keeps files beside its store: a database server's data, say."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """The data folders of all DB instances, `<state>/rds/<DbiResourceId>`, and those of DB snapshots."""

    def described(self) -> dict[str, dict[str, str]]:
        """Return a folder's name (DbiResourceId) → {"identifier", "status"} of each instance and snapshot."""

    def copy_to(self, folder: Path) -> None:
        """Copy each as `<folder>/<DbiResourceId>`, fit to be started from; those of snapshots, too."""

    def sweep(self, keep: Collection[str]) -> None:
        """Remove the data folders that neither an instance, nor a snapshot, nor `keep` names."""

    def wait_until_started(self, timeout_s: float) -> None:
        """Wait until the servers that a restored state names have been started, or could not be."""


class NoFiles:
    """Those of a service that is not loaded: nothing is known, so nothing is removed."""

    def described(self) -> dict[str, dict[str, str]]:
        return {}

    def copy_to(self, folder: Path) -> None:
        pass

    def sweep(self, keep: Collection[str]) -> None:
        pass

    def wait_until_started(self, timeout_s: float) -> None:
        pass
