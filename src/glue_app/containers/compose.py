"""compose v2: the user's, or one in the tools' folder that is called directly, as no plugin of the user's."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glue_app.bootstrap.process import output

_SHORT = re.compile(r"^v?((\d+)\.\d+\.\d+\S*)$", re.MULTILINE)


@dataclass(frozen=True)
class Compose:
    """`command` begins a call of compose, as `docker compose` does."""

    command: list[str]
    version: str


def find(docker: str, environment: Mapping[str, str], tools: Path) -> Compose | None:
    """Docker's plugin, else `docker-compose` on PATH, else ours. Version 1 is another program."""
    commands = [[docker, "compose"]]
    on_path = shutil.which("docker-compose", path=environment.get("PATH"))
    if on_path:
        commands.append([on_path])
    commands.append([str(ours(tools))])
    for command in commands:
        printed = output([*command, "version", "--short"], env=environment)
        version = _SHORT.search(printed or "")
        if version and int(version.group(2)) >= 2:
            return Compose(command, version.group(1))
    return None


def ours(tools: Path) -> Path:
    """Return where `make test SUITE=docker` puts a compose where there is none."""
    return tools / "docker" / "docker-compose"
