"""A host that holds one value: what the saver needs of LocalStack, without it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from glue_app.emulator.state.host import Host
from glue_app.emulator.state.saves import blob_path

VERSIONS = {"glue_app": "1", "localstack": "4.14.0", "moto": "5", "python": "3.13"}


class GateTimeoutError(TimeoutError):
    pass


@dataclass
class Captured:
    files: list[str]
    blobs: frozenset[str]


@dataclass
class FakeHost:
    """`value` is what a capture writes; the gate notes what happens while it is held."""

    state: Path
    value: str = "one"
    blobs: set[str] = field(default_factory=set)
    mutations: int = 0
    held: bool = False
    busy: bool = False
    closed: str = ""
    failures: list[Exception] = field(default_factory=list)
    swept: list[set[str]] = field(default_factory=list)
    while_held: Callable[[], None] = lambda: None

    @contextlib.contextmanager
    def hold(self, timeout_s: float) -> Iterator[None]:
        if self.busy:
            raise GateTimeoutError(f"1 requests are still going on after {timeout_s:g} s")
        self.held = True
        try:
            yield
        finally:
            self.held = False

    def close(self, message: str) -> None:
        self.closed = message

    def reopen(self) -> None:
        self.closed = ""

    def capture(self, folder: Path) -> Captured:
        assert self.held
        assert not list(folder.iterdir())
        (folder / "store.pickle").write_text(self.value)
        self.while_held()
        if self.failures:
            raise self.failures.pop(0)
        return Captured(["store.pickle"], frozenset(self.blobs))

    def sweep(self, keep: set[str]) -> None:
        assert not self.held
        self.swept.append(keep)

    def put_blob(self, name: str, content: bytes = b"data") -> None:
        path = blob_path(self.state, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.blobs.add(name)

    def change(self, value: str) -> None:
        self.value = value
        self.mutations += 1

    def as_host(self) -> Host:
        return Host(
            gate=self,
            gate_timeout=GateTimeoutError,
            services=("s3", "rds"),
            prepare=lambda: None,
            capture=self.capture,
            inventory=lambda: {"s3": {"bucket": "digest"}},
            sweep=self.sweep,
        )
