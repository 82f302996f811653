"""Processes that a run left behind: what it started in a session of its own, also when the runner was killed.

They are known by the marker that a run's environment hands down, and, where they took that off, by being
children of this process, which takes in the orphans of its descendants. Linux only (/proc, prctl); on macOS
a run's end reaches its process group and no further.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

MARKER = "GLUE_APP_RUN"  # in the environment of all that a run starts: the run's folder
_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE_S = 2.0  # what starts anew faster than it is killed is given up after this

STARTING = threading.Lock()  # held from the start of a process until it is in OWN
OWN: set[int] = set()  # children that somebody here waits for
_takes_in = False


def take_in_orphans() -> None:
    """Make orphans among this process's descendants its children."""
    global _takes_in
    if sys.platform.startswith("linux"):
        _takes_in = True
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_of(folder: Path) -> int:
    """SIGKILL to all that bears the marker of the run in `folder` or of one below it; how many there were."""
    found: set[int] = set()
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        alive = [pid for pid in _marked(os.fsencode(folder)) if _kill(pid)]
        found.update(alive)
        reap()
        if not alive:
            break
        time.sleep(0.01)
    return len(found)


def end_strangers() -> int:
    """SIGKILL to the orphans taken in; only while no run is active, for whose they are isn't known."""
    with STARTING:
        return sum(_kill(pid) for pid, _ in _adopted())


def reap() -> None:
    """Let the adopted that have ended go: nobody else waits for them."""
    with STARTING:
        for pid, state in _adopted():
            if state == "Z":
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)


def _marked(folder: bytes) -> Iterator[int]:
    mark = MARKER.encode() + b"=" + folder
    for pid in _pids():
        with contextlib.suppress(OSError):
            variables = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
            if any(variable == mark or variable.startswith(mark + b"/") for variable in variables):
                yield pid


def _adopted() -> Iterator[tuple[int, str]]:
    """(pid, state) of this process's children that it did not start."""
    for pid in _pids() if _takes_in else ():
        with contextlib.suppress(OSError):
            # the name, in parentheses, may hold anything (proc(5))
            state, parent = (
                (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
            )
            if int(parent) == os.getpid() and pid not in OWN:
                yield pid, state


def _pids() -> list[int]:
    if not _PROC.is_dir():
        return []
    return [int(name) for name in os.listdir(_PROC) if name.isdigit() and int(name) != os.getpid()]


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return False
    return True
