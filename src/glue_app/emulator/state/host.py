"""What the saver asks of the layer that knows LocalStack: a seam, so that it can be tested without."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Gate(Protocol):
    """Every request comes through it."""

    @property
    def mutations(self) -> int:
        """How many requests that may have changed something have ended."""

    def hold(self, timeout_s: float) -> AbstractContextManager[object]:
        """No request is at work inside. Raises the host's `gate_timeout`."""

    def close(self, message: str) -> None:
        """From now on requests from outside are answered with 503 and `message`."""

    def reopen(self) -> None:
        """Take back `close`."""


class Captured(Protocol):
    """What a capture wrote, and the S3 blobs it needs."""

    @property
    def files(self) -> Sequence[str]: ...

    @property
    def blobs(self) -> Set[str]: ...


@dataclass(frozen=True)
class Host:
    """The functions of `glue_app.emulator.host.state`."""

    gate: Gate
    gate_timeout: type[Exception]
    services: Sequence[str]
    prepare: Callable[[], object]
    capture: Callable[[Path], Captured]
    inventory: Callable[[], dict[str, dict[str, str]]]
    sweep: Callable[[set[str]], object]

    @classmethod
    def of_localstack(cls) -> Host:
        """Return the functions of this process."""
        from glue_app.emulator.host import state

        return cls(
            gate=state.GATE,
            gate_timeout=state.GateTimeoutError,
            services=state.SERVICES,
            prepare=state.prepare,
            capture=state.capture,
            inventory=state.inventory,
            sweep=state.sweep,
        )
