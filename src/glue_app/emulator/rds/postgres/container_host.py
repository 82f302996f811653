"""PostgreSQL's programs in another container: what `LocalHost` is on this machine.

The stack's `postgres` container runs `postgres_host.sh`, which does what is asked through a folder on the
volume that both containers have: no Docker socket, no port. A request is a file of NUL-separated words, named
in a FIFO; its outcome is in files beside it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glue_app.errors import OneLineError

_FIFO = "requests"
_POLL_S = 0.01
#: longer than PostgreSQL's own limit for a start (server.START_TIMEOUT_S)
_TIMEOUT_S = 90.0
_HOST_TIMEOUT_S = 15.0


class PostgresHostLostError(OneLineError):
    """Raised when the container with PostgreSQL's programs does not answer."""

    def __init__(self, channel: Path, problem: str) -> None:
        super().__init__(
            f"the postgres container does not answer at {channel} ({problem})", "make status, make logs"
        )


class ContainerHost:
    """The user `postgres` of the container, by the channel folder that `postgres_host.sh` makes."""

    name = "postgres"

    def __init__(self, channel: Path) -> None:
        self._channel = channel

    @property
    def uid(self) -> int:
        return self._channel.stat().st_uid

    @property
    def gid(self) -> int:
        return self._channel.stat().st_gid

    def run(self, command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
        """As `LocalHost.run`. Raises PostgresHostLostError, and CalledProcessError where `check` is true."""
        words = [str(part) for part in command]
        if any("\0" in word for word in words):
            raise ValueError("embedded null byte")  # as subprocess says it
        request = self._channel / uuid.uuid4().hex
        try:
            fifo = self._open()
            request.write_bytes(b"".join(word.encode() + b"\0" for word in words))
            self.own(request, 0o600)
            with open(fifo, "wb", buffering=0) as announced:  # a line is whole, whoever else writes
                announced.write(f"{request.name}\n".encode())
            returncode = self._outcome(request)
            texts = [request.with_suffix(suffix).read_text(errors="replace") for suffix in (".out", ".err")]
        finally:
            for suffix in ("", ".out", ".err", ".rc"):
                with contextlib.suppress(FileNotFoundError):
                    request.with_suffix(suffix).unlink()
        done = subprocess.CompletedProcess(words, returncode, *texts)
        if options.get("check"):
            done.check_returncode()
        return done

    def own(self, path: Path, mode: int) -> None:
        """Make `path` this user's."""
        os.chown(path, self.uid, self.gid)
        path.chmod(mode)

    def can_reach(self, folder: Path) -> bool:
        """By the real path: the volume lies there in both containers."""
        return self.run(["test", "-x", folder.resolve()]).returncode == 0

    def serves(self, data: Path, binaries: Path) -> bool:
        """Tell whether a server runs in this data folder: only its own container can tell."""
        return self.run([binaries / "pg_ctl", "-D", data, "status"]).returncode == 0

    def end_leftovers(self, data: Path, sockets: Path) -> None:
        """Nothing can be seen of them from here: they end by themselves when they next wait for something."""

    def cpu_ticks(self, data: Path) -> int | None:
        """As `LocalHost.cpu_ticks`: the container's own processes tell it. Raises PostgresHostLostError."""
        done = self.run(["cpu_ticks", data])
        return int(done.stdout) or None if done.returncode == 0 else None

    def _open(self) -> int:
        """Open the FIFO; a container that starts gets some time. Raises PostgresHostLostError."""
        deadline = time.monotonic() + _HOST_TIMEOUT_S
        while True:
            try:
                return os.open(self._channel / _FIFO, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno not in (errno.ENXIO, errno.ENOENT) or time.monotonic() > deadline:
                    raise PostgresHostLostError(self._channel, os.strerror(error.errno or 0)) from error
            time.sleep(_POLL_S)

    def _outcome(self, request: Path) -> int:
        deadline = time.monotonic() + _TIMEOUT_S
        while not (outcome := request.with_suffix(".rc")).exists():
            if time.monotonic() > deadline:
                raise PostgresHostLostError(self._channel, f"no outcome in {_TIMEOUT_S:g} s")
            time.sleep(_POLL_S)
        return int(outcome.read_text())
