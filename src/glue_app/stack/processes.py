"""Processes that outlive the command that started them, known by pid and start time."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from glue_app.emulator.rds.postgres.processes import left_behind
from glue_app.runner.stragglers import MARKER as RUN_MARKER

MARKER = "GLUE_APP_STACK_PROCESS"
"""Variable in the environment of every process of a stack; its value is the stack's state folder."""

_PROC = Path("/proc")
_ROUNDS = 20  # what starts itself anew faster than it is killed is given up after so many


@dataclass(frozen=True)
class Process:
    """A process that was seen alive. A pid alone may be another program's by the time it is used."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """Return the process of this pid now; None when there is none or it is a zombie."""
        started = start_time(pid)
        return cls(pid, started) if started else None

    @property
    def alive(self) -> bool:
        return start_time(self.pid) == self.started

    def signal_group(self, number: int) -> None:
        """Signal its process group when it leads one, else the process; harmless when it has ended."""
        if not self.alive:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)


def start_time(pid: int) -> str | None:
    """Return when a process began, which no other one of this pid shares, even after the machine restarts."""
    if (_PROC / "self/stat").exists():
        try:
            # the name, in parentheses, may hold anything; fields are counted after it (proc(5))
            after_name = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
            boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        return None if after_name[0] in "ZX" else f"{after_name[19]}@{boot}"
    shown = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"},
    ).stdout.split(maxsplit=1)
    return None if len(shown) < 2 or shown[0].startswith("Z") else shown[1].strip()


def spawn(
    command: Sequence[str | Path], env: Mapping[str, str], cwd: Path, log: Path, umask: int = 0o077
) -> subprocess.Popen[bytes]:
    """Start a process that goes on when this one ends, its output appended to `log`.

    umask: of the process; by default what it makes is for nobody else to read.
    """
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as sink:
        return subprocess.Popen(
            [str(part) for part in command],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=umask,
        )


def end(processes: Iterable[Process], grace_s: float = 10.0) -> None:
    """SIGTERM, then SIGKILL for what is left after the grace period. Return when all have ended.

    Without a grace period SIGKILL at once.
    """
    remaining = [process for process in processes if process.alive]
    steps = [(signal.SIGTERM, grace_s)] if grace_s else []
    for number, patience in [*steps, (signal.SIGKILL, 10.0)]:
        for process in remaining:
            process.signal_group(number)
        deadline = time.monotonic() + patience
        while remaining and time.monotonic() < deadline:
            for process in remaining:
                with contextlib.suppress(ChildProcessError, OSError):
                    os.waitpid(process.pid, os.WNOHANG)  # ours: reap it
            remaining = [process for process in remaining if process.alive]
            time.sleep(0.05 if remaining else 0)


def end_stack(state: Path, grace_s: float = 5.0) -> int:
    """End every process of the stack of this state folder, with what they start meanwhile; how many."""
    ended: set[Process] = set()
    for _ in range(_ROUNDS):
        found = of_stack(state)
        if not found:
            break
        end(found, 0.0 if ended else grace_s)
        ended.update(found)
    return len(ended)


def of_stack(state: Path) -> list[Process]:
    """Yield every process that belongs to the stack of this state folder, and not to the one of another.

    By the marker that each process of the stack hands down, by the home folder and the marker of job runs
    (their environment is made anew by the runner), and by the lock files of database servers.
    """
    here = re.escape(str(state))
    of_run = rf"(?:HOME|{RUN_MARKER})={here}/(?:glue|spark-training)/[^\0 ]*"
    wanted = re.compile(rf"(?:^|[\0 ])(?:{MARKER}={here}|{of_run})(?:[\0 ]|$)")
    pids = {pid for pid, environment in _environments() if wanted.search(environment)}
    pids.update(pid for _, pid in left_behind(state))
    pids.discard(os.getpid())
    return [process for process in map(Process.of, sorted(pids)) if process]


def _environments() -> Iterable[tuple[int, str]]:
    """(pid, environment) of every process whose environment may be read."""
    if (_PROC / "self/environ").exists():
        for folder in _PROC.iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    yield int(folder.name), (folder / "environ").read_bytes().decode(errors="replace")
        return
    shown = subprocess.run(
        ["ps", "-axEww", "-o", "pid=,command="], capture_output=True, text=True, errors="replace"
    )
    for line in shown.stdout.splitlines():
        pid, _, rest = line.strip().partition(" ")
        if pid.isdigit():
            yield int(pid), rest
