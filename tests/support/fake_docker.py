"""A program named `docker` that records its calls and answers as a test tells it to."""

from __future__ import annotations

import shlex
from pathlib import Path


class FakeDocker:
    """Put `folder` on PATH. What no rule is for fails, as Docker does when it has no such image."""

    def __init__(self, folder: Path, name: str = "docker") -> None:
        self.folder = folder
        self.program = folder / name
        self._calls = folder / f"{name}.calls"
        self._rules: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._write()

    def answer(
        self, pattern: str, prints: str = "", code: int = 0, hangs: bool = False, only_if: str = "true"
    ) -> None:
        """What to do when the arguments, as one text, match the shell pattern; the newest rule counts.

        `only_if` is a shell command: where it fails, so does the call.
        """
        hang = "exec sleep 60; " if hangs else ""
        says = f"printf '%s\\n' {shlex.quote(prints)}"
        self._rules.insert(0, f"  {pattern}) {only_if} || exit 1; {says}; {hang}exit {code};;")
        self._write()

    @property
    def calls(self) -> list[str]:
        """The arguments of each call."""
        return self._calls.read_text().splitlines() if self._calls.exists() else []

    def called(self, start: str) -> list[str]:
        return [call for call in self.calls if call.startswith(start)]

    def _write(self) -> None:
        rules = "\n".join(self._rules)
        record = f'echo "$*" >>{self._calls}'
        self.program.write_text(f'#!/bin/sh\n{record}\ncase "$*" in\n{rules}\nesac\nexit 1\n')
        self.program.chmod(0o755)
