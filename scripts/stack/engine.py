"""Which engine runs the stack. Everything above it is the same for all."""

from __future__ import annotations

from collections.abc import Callable
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
        """End it and what it kept; how many processes ended."""

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
