"""What a stack has saved of itself, and how it is had back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from emulator.rds.home import ServerHome
from emulator.rds.os_user import server_user
from emulator.state.saves import Manifest, Save, Saves, current_versions
from scripts.settings import Settings
from scripts.stack.errors import SaveFailedError
from scripts.stack.http_json import post_json
from scripts.stack.layout import StateLayout
from scripts.stack.record import StackRecord


def versions_of(settings: Settings) -> dict[str, str]:
    """What a save must have been written with to be brought back here."""
    return current_versions(settings.endpoint)


class KeptState:
    """The saves of one state folder."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._layout = StateLayout(settings.state)
        self._saves = Saves(settings.state)
        self._versions = versions_of(settings)
        self._say = say

    def save(self, record: StackRecord, reason: str, hold: bool = False) -> dict[str, Any]:
        """Have the running stack save itself. With `hold` it changes no more. Raises SaveFailedError."""
        url = f"{record.endpoint}/_glue-app/state/save"
        status, answer = post_json(url, {"reason": reason, "hold": hold})
        if status != 200 or not isinstance(answer, dict):
            problem = answer.get("error") if isinstance(answer, dict) else f"its endpoint answers {status}"
            raise SaveFailedError(str(problem))
        return answer

    def copy(self, record: StackRecord, folder: Path) -> Manifest:
        """Everything that the running stack holds, in `folder`, which is not there yet.

        The folder has `saves/<name>/`, `s3/` and `rds/`, as a state folder has. Raises SaveFailedError.
        """
        status, answer = post_json(f"{record.endpoint}/_glue-app/state/snapshot", {"folder": str(folder)})
        if status != 200:
            problem = answer.get("error") if isinstance(answer, dict) else f"its endpoint answers {status}"
            raise SaveFailedError(str(problem))
        return Saves(folder).all()[0].manifest

    def adopt(self, folder: Path) -> None:
        """Make what `copy` made this state folder's; the place must be empty."""
        for name in ("saves", "s3", "rds"):
            if (folder / name).exists():
                (folder / name).rename(self._layout.root / name)
        for database in self._layout.rds.glob("*"):
            ServerHome(database).adopt(server_user())

    def sound_saves(self) -> Iterator[Save]:
        """Newest first; says why one is passed over."""
        yield from self._saves.newest_first(self._versions, self._say)

    def lay_out(self, save: Save) -> None:
        """Put Terraform's state of the save where the stack's generation has it: no other fits the save."""
        target = self._layout.terraform(save.manifest.generation)
        shutil.rmtree(target, ignore_errors=True)
        kept = save.folder / "terraform"
        if kept.is_dir():
            shutil.copytree(kept, target)
