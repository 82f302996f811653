"""One job process and everything it starts, as a process group that can be ended as a whole."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from glue_app.runner import stragglers


class ProcessGroup:
    """A started command, leader of its own process group; stdout and stderr go to files."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        stdin: bytes,
        stdout: Path,
        stderr: Path,
        keep_stdin: bool = False,
        pass_fds: Sequence[int] = (),
    ) -> None:
        """stdin: what it reads first. pass_fds: what it inherits besides.

        keep_stdin: it sees no end of file until it or this process ends.
        """
        with stdout.open("ab") as out, stderr.open("ab") as err, stragglers.STARTING:
            self._process = subprocess.Popen(
                command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                start_new_session=True,
                pass_fds=pass_fds,
            )
            stragglers.OWN.add(self._process.pid)
        self._lock = threading.Lock()
        self._ended = False
        self.killed = False  # by `kill`
        assert self._process.stdin is not None  # noqa: S101  (PIPE was asked for)
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(stdin)
            self._process.stdin.flush()
            if not keep_stdin:
                self._process.stdin.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self) -> int:
        """Blocks until the leader ends, kills what it left behind, returns its exit code (-N: signal N).

        The leader is reaped only after its group was killed: until then its process id, and with it the
        group's, cannot be given to anybody else.
        """
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        else:  # macOS before Python 3.13
            self._process.wait()
        with self._lock:
            self._kill_group(signal.SIGKILL)
            self._ended = True
            code = self._process.wait()
            stragglers.OWN.discard(self.pid)
            return code

    def end(self, grace_seconds: float) -> None:
        """SIGTERM to the group now, SIGKILL after the grace period. Harmless when it has ended."""
        self._signal(signal.SIGTERM)
        timer = threading.Timer(grace_seconds, self._signal, [signal.SIGKILL])
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        """SIGKILL to the group. Harmless when it has ended."""
        self.killed = True
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with self._lock:
            if not self._ended:
                self._kill_group(number)

    def _kill_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
