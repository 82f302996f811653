"""PostgreSQL's programs on this machine, as an operating-system user: PostgreSQL refuses to run as root."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .processes import cpu_ticks_of, postmaster_of, working_in


@dataclass(frozen=True)
class LocalHost:
    """A user to run programs as, or nobody in particular (`uid` None): the user we are."""

    uid: int | None
    gid: int | None
    name: str

    def run(self, command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, with nothing of our environment (it may hold keys) but the paths."""
        switch: dict[str, Any] = {}
        if self.uid is not None:
            switch = {"user": self.uid, "group": self.gid, "extra_groups": []}
        kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "TZDIR")
        environment = {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}
        return subprocess.run(
            [str(part) for part in command],
            cwd="/",
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            **switch,
            **options,
        )

    def own(self, path: Path, mode: int) -> None:
        """Make `path` this user's."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)

    def can_reach(self, folder: Path) -> bool:
        """Tell whether this user may pass through `folder` and all above it."""
        return self.run(["test", "-x", folder], capture_output=True, check=False).returncode == 0

    def serves(self, data: Path, binaries: Path) -> bool:
        """Tell whether a server runs in this data folder."""
        return postmaster_of(data) is not None

    def end_leftovers(self, data: Path, sockets: Path) -> None:
        """Kill what works in a data folder whose postmaster is dead.

        The files with its number go, too: PostgreSQL takes a dead process that nobody has waited for yet for
        alive.
        """
        for pid in working_in(data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for stale in (data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)

    def cpu_ticks(self, data: Path) -> int | None:
        """Return the CPU time of a data folder's server, in clock ticks; None where no process tells."""
        return sum(cpu_ticks_of(pid) for pid in working_in(data)) or None
