"""Where PostgreSQL's programs run: on this machine (`local_host`), or in a container (`container_host`)."""

from __future__ import annotations

import functools
import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from glue_app.emulator.settings import settings

from .container_host import ContainerHost
from .local_host import LocalHost


class PostgresHost(Protocol):
    """Where and as whom PostgreSQL's programs run, and who owns their files. `uid` None: the user we are."""

    @property
    def name(self) -> str: ...

    @property
    def uid(self) -> int | None: ...

    def run(self, command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]: ...

    def own(self, path: Path, mode: int) -> None: ...

    def can_reach(self, folder: Path) -> bool: ...

    def serves(self, data: Path, binaries: Path) -> bool: ...

    def end_leftovers(self, data: Path, sockets: Path) -> None: ...

    def cpu_ticks(self, data: Path) -> int | None: ...


@functools.cache
def postgres_host() -> PostgresHost:
    """Return the container, where the settings name one; else this machine, as ourselves.

    Where we are root it is as `postgres`, else as `nobody`. Raises RuntimeError where there is neither.
    """
    if channel := settings().postgres_channel:
        return ContainerHost(channel)
    if os.geteuid() != 0:
        return LocalHost(None, None, pwd.getpwuid(os.geteuid()).pw_name)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return LocalHost(entry.pw_uid, entry.pw_gid, name)
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody: make one")
