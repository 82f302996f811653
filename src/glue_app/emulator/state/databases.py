"""What the saver needs of the room that runs database servers: their files are not in the pickles."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol


class Databases(Protocol):
    """The data folders of all DB instances, `<state>/rds/<DbiResourceId>`, and those of DB snapshots."""

    def described(self) -> dict[str, dict[str, str]]:
        """A folder's name (DbiResourceId) → {"identifier", "status"} of each instance and snapshot."""

    def copy_to(self, folder: Path) -> None:
        """Each instance's data folder as `<folder>/<DbiResourceId>`, fit to be started from.

        Those of snapshots, too.
        """

    def sweep(self, keep: Collection[str]) -> None:
        """Remove the data folders that neither an instance, nor a snapshot, nor `keep` names."""

    def wait_until_started(self, timeout_s: float) -> None:
        """Until the servers that a restored state names have been started, or could not be."""


class NoDatabases:
    """Before the room is loaded: nothing is known, so nothing is removed."""

    def described(self) -> dict[str, dict[str, str]]:
        return {}

    def copy_to(self, folder: Path) -> None:
        pass

    def sweep(self, keep: Collection[str]) -> None:
        pass

    def wait_until_started(self, timeout_s: float) -> None:
        pass


_registered: Databases = NoDatabases()


def register(databases: Databases) -> None:
    """The room's, when it is loaded."""
    global _registered
    _registered = databases


def databases() -> Databases:
    return _registered
