"""PostgreSQL servers as processes: which one serves a data folder, and ending those nobody looks after.

    python -m glue_app.emulator.rds.postgres.processes STATE_FOLDER

ends the servers that a killed emulator left behind under `STATE_FOLDER/rds/`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_STOP_TIMEOUT_S = 20.0


def postmaster_of(data: Path) -> int | None:
    """Return the process id of the server of this data folder, None where none runs.

    A postmaster.pid may be stale and its number another program's by now: the command line decides.
    """
    try:
        pid = abs(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
    except (OSError, ValueError):
        return None
    return pid if str(data) in _command_line(pid) else None


def working_in(data: Path) -> Iterator[int]:
    """Find the processes of a data folder's server, by their working directory. On Linux only."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == data:
                yield int(process.name)
        except OSError:  # it has ended, or is another user's
            continue


def cpu_ticks_of(pid: int) -> int:
    """User and system time of a process and of the children it has waited for; 0 where it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return sum(int(field) for field in stat.rpartition(")")[2].split()[11:15])


def left_behind(state: Path) -> Iterator[tuple[Path, int]]:
    """Find the data folder and process id of each server that runs under a state folder."""
    for home in sorted((state / "rds").glob("db-*")):
        data = home.resolve() / "data"
        if pid := postmaster_of(data):
            yield data, pid


def end_left_behind(state: Path) -> list[int]:
    """Stop the servers a killed emulator left behind, cleanly where they let us; returns their ids.

    Safe while no emulator runs on this state folder, and to repeat.
    """
    ended = []
    for data, pid in left_behind(state):
        for signal_number in (signal.SIGINT, signal.SIGQUIT):  # PostgreSQL's fast and immediate shutdown
            os.kill(pid, signal_number)
            if _gone(data):
                break
        ended.append(pid)
    return ended


def _gone(data: Path) -> bool:
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    while postmaster_of(data) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _command_line(pid: int) -> str:
    """Empty where there is no such process."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    for pid in end_left_behind(Path(arguments[0])):
        print(f"ended PostgreSQL server {pid}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
