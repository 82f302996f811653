"""Which engine runs the stack. Everything above it is the same for all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from scripts.bootstrap.toolchain import Toolchain
from scripts.settings import Settings
from scripts.stack.embedded import EmbeddedEngine
from scripts.stack.errors import StackError
from scripts.stack.record import StackRecord


class Engine(Protocol):
    """Starts, judges and ends a stack."""

    name: str

    def up(self) -> StackRecord:
        """A running stack: the one that is there or a new one, whose generation is new."""

    def down(self) -> int:
        """Save it, if the settings say so, and end it; how many processes ended."""

    def forget(self) -> int:
        """End it and remove all it kept; how many processes ended."""

    def save(self, record: StackRecord, reason: str) -> None:
        """Have the running stack save itself now, if the settings say so. Raises StackError."""

    def replace_by(self, folder: Path) -> StackRecord:
        """The stack that a copy made by `KeptState.copy` holds, in the place of the one there is.

        Raises StackError; then the stack is as it was.
        """

    def health(self, record: StackRecord) -> dict[str, str]:
        """Service → `healthy`, or what is wrong with it."""


def choose(settings: Settings, toolchain: Toolchain, say: Callable[[str], None]) -> Engine:
    """The engine that ENGINE names; `auto` takes the embedded one, the only one so far."""
    if settings.engine == "docker":
        raise StackError(
            "ENGINE=docker comes with a later version of glue-app; the embedded engine needs no Docker",
            "make up ENGINE=embedded",
        )
    return EmbeddedEngine(settings, toolchain, say)
