"""Starts LocalStack in a container with the newest save of its volume that can be brought back:

    python -m glue_app.emulator.state.start COMMAND…

So a container that the engine starts again, after a kill or a restart of the engine itself, comes with its
state. Where nothing was saved, a new life begins; where nothing of what was saved can be had, none does: its
saves would take the place of those. Ends as COMMAND does, or with EXIT_NOT_RESTORED.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from glue_app.emulator.state.driver import EXIT_NOT_RESTORED
from glue_app.emulator.state.generations import new_generation
from glue_app.emulator.state.saves import Save, Saves, current_versions
from glue_app.emulator.state.terraform_state import lay_out


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    state = Path(os.environ.get("GLUE_APP_STATE") or ".state").absolute()
    _link_databases(state)
    for save in _sound_saves(state):
        lay_out(save.folder / "terraform", state / "terraform" / save.manifest.generation)
        print(f"glue-app: bringing back {save}", flush=True)
        code = _run(command, save.manifest.generation, save.folder)
        if code != EXIT_NOT_RESTORED:
            return code
    if _keeps() and Saves(state).holds_any():
        problem = "no save of this stack can be brought back; `make clean` begins anew"
        print(f"glue-app: {problem}", file=sys.stderr)
        return EXIT_NOT_RESTORED
    return _run(command, new_generation("docker-"), None)


def _keeps() -> bool:
    return os.environ.get("GLUE_APP_KEEP_STATE") == "1"


def _link_databases(state: Path) -> None:
    """They lie on the volume of the postgres container, at its path."""
    channel, rds = os.environ.get("GLUE_APP_POSTGRES_CHANNEL"), state / "rds"
    if channel and not rds.is_symlink():
        rds.symlink_to(Path(channel).parent)


def _sound_saves(state: Path) -> Iterator[Save]:
    if not _keeps():
        return
    endpoint = f"http://{os.environ.get('LOCALSTACK_HOST') or '127.0.0.1:4566'}"
    yield from Saves(state).newest_first(current_versions(endpoint), lambda text: print(text, flush=True))


def _run(command: list[str], generation: str, save: Path | None) -> int:
    """Its exit code; signals that would end us end it instead, in its own time."""
    environment = os.environ | {"GLUE_APP_GENERATION": generation, "GLUE_APP_RESTORE": str(save or "")}
    children: list[subprocess.Popen[bytes]] = []

    def pass_on(received: int, _frame: object) -> None:
        for child in children:
            child.send_signal(received)
        if not children:
            sys.exit(128 + received)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    children.append(subprocess.Popen(command, env=environment))
    code = children[0].wait()
    return code if code >= 0 else 128 - code  # as shells tell a signal


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
