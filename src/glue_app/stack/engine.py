"""Which engine runs the stack. Everything above it is the same for all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.containers import engine as containers
from glue_app.emulator.state.saves import Manifest
from glue_app.settings import Settings
from glue_app.stack.docker import DockerEngine
from glue_app.stack.embedded import EmbeddedEngine
from glue_app.stack.errors import StackError
from glue_app.stack.exchange import Journal
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord


class Engine(Protocol):
    """Starts, judges and ends a stack."""

    name: str

    def up(self) -> StackRecord:
        """Return a running stack: the one that is there or a new one, whose generation is new."""

    def down(self) -> int:
        """Save it, if the settings say so, and end it. Return how many processes, or containers, ended."""

    def forget(self) -> int:
        """End it and remove all it kept. Return how many processes, or containers, ended."""

    def leave(self) -> None:
        """Do as `forget`, but keep the saves in `<state>/left-behind`."""

    def save(self, record: StackRecord, reason: str) -> None:
        """Have the running stack save itself now, if the settings say so. Raise StackError."""

    def copy(self, record: StackRecord, folder: Path) -> Manifest:
        """Write all that the running stack holds to `folder`, which is not there yet. Raise StackError."""

    def versions(self) -> dict[str, str]:
        """Return what a save must have been written with to be brought back here."""

    def logs(self, service: str, run: str, follow: bool, lines: int) -> None:
        """Print the last lines of a service ("": all) or of a job run (an id, `last`); go on if asked."""

    def replace_by(self, folder: Path) -> StackRecord:
        """Put the stack that a copy made by `copy` holds in the place of the one there is.

        Raise StackError; then the stack is as it was.
        """

    def settle(self) -> None:
        """Finish or undo a `replace_by` that was interrupted; nothing where none was. Raise StackError."""

    def health(self, record: StackRecord) -> dict[str, str]:
        """Return service → `healthy`, or what is wrong with it."""

    def egress_guard(self, record: StackRecord) -> str:
        """Return what keeps its jobs off AWS and the internet."""


def choose(settings: Settings, toolchain: Toolchain, say: Callable[[str], None]) -> Engine:
    """Return the engine that ENGINE names. `auto`: that of the stack which runs here, or of a restore that
    was interrupted, else Docker where it answers.

    Raise StackError when ENGINE=docker and there is none.
    """
    layout = StateLayout(settings.state)
    there = Journal.read(layout) or StackRecord.read(layout.record)
    wanted = settings.engine
    if wanted == "auto" and there:
        wanted = there.engine
    if wanted == "embedded":
        return EmbeddedEngine(settings, toolchain, say)
    docker = containers.find(tools=settings.tools)
    if docker is not None:
        return DockerEngine(settings, docker, say)
    if wanted == "docker":
        raise StackError(
            "no Docker engine with compose v2 answers here: start one, or take the embedded engine",
            "docker info; docker compose version; make up ENGINE=embedded",
        )
    return EmbeddedEngine(settings, toolchain, say)
