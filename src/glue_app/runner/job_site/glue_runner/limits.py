"""What no process of a job may have more of: set on the job's first process, handed down to all others.

Memory is limited by RLIMIT_DATA, which counts what a process may write to; RLIMIT_AS also counts what it
merely reserves, and a JVM reserves many times what it uses. It is a process's limit, not the run's.
"""

from __future__ import annotations

import os
import resource
import sys

OPEN_FILES = 65_536
PROCESSES = 4_096  # and threads, beyond those the user has at the run's start


def set_limits() -> None:
    """Limit the process: no core files, a number of open files and processes, the memory of the machine."""
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    if sys.platform.startswith("linux"):  # macOS counts neither as Linux does
        _lower(resource.RLIMIT_DATA, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
        _lower(resource.RLIMIT_NPROC, _threads_of_user() + PROCESSES)


def _lower(kind: int, limit: int) -> None:
    """Hard and soft; a lower limit that is there already stays."""
    soft, hard = resource.getrlimit(kind)
    most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    wanted = most if soft == resource.RLIM_INFINITY or kind == resource.RLIMIT_NOFILE else min(soft, most)
    resource.setrlimit(kind, (wanted, most))


def _threads_of_user() -> int:
    """Count them as the system does, by user; it does not hold those of root to the limit."""
    count = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == os.getuid():
                    count += len(os.listdir(f"/proc/{name}/task"))
            except OSError:  # it ended
                continue
    return count
