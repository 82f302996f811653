"""What every step is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.glue_versions import GlueVersion, asked_for


@dataclass
class Context:
    """The tools' folder, what earlier steps found, where to say what is done, and for which Glue."""

    tools: Path
    console: Console
    toolchain: Toolchain
    glue: GlueVersion = field(default_factory=asked_for)

    def log(self, step: str) -> Path:
        """`.tools/logs/<step>.log`."""
        return self.tools / "logs" / f"{step}.log"

    @property
    def uv(self) -> Path:
        """uv, found by the first step."""
        return Path(self.toolchain.uv)


@dataclass(frozen=True)
class Done:
    """What a step found: the toolchain's values, the files it relies on, and a line about it."""

    values: dict[str, str]
    files: list[Path]
    summary: str


@dataclass(frozen=True)
class Step:
    """`after` names the steps whose results it needs; `inputs` what it must be done anew for."""

    name: str
    title: str
    doing: str
    run: Callable[[Context], Done]
    after: tuple[str, ...] = ()
    inputs: Callable[[Context], list[str | Path]] = lambda _: []
