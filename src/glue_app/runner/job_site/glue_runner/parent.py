"""Ties a process's life to the runner's, where the system can."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_runner() -> None:
    """On Linux the kernel kills this process when the runner dies; the setting survives exec.

    The signal follows the death of the thread that started us: the runner's watching thread, which lives as
    long as we do.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(os.environ["GLUE_RUNNER_PID"]):  # it died before we asked
        os._exit(1)
