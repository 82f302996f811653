"""What a stack has saved of itself, and how it is had back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.host import postgres_host
from glue_app.emulator.state.saves import Manifest, Save, Saves, current_versions
from glue_app.emulator.state.terraform_state import lay_out
from glue_app.settings import Settings
from glue_app.stack import privacy
from glue_app.stack.errors import SaveFailedError, StackError
from glue_app.stack.http_json import post_json
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord


class KeptState:
    """The saves of one state folder."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._layout = StateLayout(settings.state)
        self._saves = Saves(settings.state)
        self._endpoint = settings.endpoint
        self._kept = settings.keep_state
        self._say = say

    def require_kept(self) -> None:
        """Raise StackError where nothing is kept: a stack that is replaced could not come back."""
        if not self._kept:
            raise StackError(
                "GLUE_APP_KEEP_STATE=0 keeps nothing of a stack: none can be restored, and none put back",
                "make restore GLUE_APP_KEEP_STATE=1 NAME=…",
            )

    def save(self, record: StackRecord, reason: str, hold: bool = False) -> dict[str, Any]:
        """Have the running stack save itself. With `hold` it changes no more. Raise SaveFailedError."""
        url = f"{record.endpoint}/_glue-app/state/save"
        status, answer = post_json(url, {"reason": reason, "hold": hold})
        if status != 200 or not isinstance(answer, dict):
            problem = answer.get("error") if isinstance(answer, dict) else f"its endpoint answers {status}"
            raise SaveFailedError(str(problem))
        return answer

    def save_before_the_end(self, record: StackRecord) -> None:
        """Have the stack save itself as the last thing it does; say so where that fails."""
        try:
            self.save(record, "make down", hold=True)
        except StackError as error:
            self._say(f"{error.problem}; `make up` takes the save before")

    def copy(self, record: StackRecord, folder: Path) -> Manifest:
        """Write everything that the running stack holds to `folder`, which is not there yet.

        The folder has `saves/<name>/`, `s3/` and `rds/`, as a state folder has. Raise SaveFailedError.
        """
        self.ask_for_copy(record, str(folder))
        return Saves(folder).all()[0].manifest

    def ask_for_copy(self, record: StackRecord, folder: str) -> None:
        """Have the stack make that copy, in a folder as the stack sees it. Raise SaveFailedError."""
        status, answer = post_json(f"{record.endpoint}/_glue-app/state/snapshot", {"folder": folder})
        if status != 200:
            problem = answer.get("error") if isinstance(answer, dict) else f"its endpoint answers {status}"
            raise SaveFailedError(str(problem))

    def adopt(self, folder: Path) -> None:
        """Make what `copy` made this state folder's; the place must be empty."""
        for name in ("saves", "s3", "rds"):
            if (folder / name).exists():
                (folder / name).rename(self._layout.root / name)
        privacy.close(self._layout)
        for database in self._layout.rds.glob("*"):
            ServerHome(database).adopt(postgres_host())

    def sound_saves(self) -> Iterator[Save]:
        """Yield the saves that can be used, newest first; say why one is passed over."""
        yield from self._saves.newest_first(current_versions(self._endpoint), self._say)

    def lay_out(self, save: Save) -> None:
        """Put Terraform's state of the save where the stack's generation has it: no other fits the save."""
        lay_out(save.folder / "terraform", self._layout.terraform(save.manifest.generation))
