"""Runs a function in a process of its own that is killed before its n-th step on the file system."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_STEPS = (
    *((Path, name) for name in ("rename", "mkdir", "unlink", "rmdir", "touch", "write_text", "symlink_to")),
    *((os, name) for name in ("replace", "fsync")),
    *((shutil, name) for name in ("rmtree", "copyfile")),
)


def dies(work: Callable[[], object], before_step: int) -> bool:
    """False when the work ended before it came to that step (from 0). SIGKILL: nothing of it is tidied up."""
    child = os.fork()
    if child == 0:
        try:
            _arm(before_step)
            work()
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    if os.WEXITSTATUS(status):
        pytest.fail("the work failed by itself: see its output")
    return False


def _arm(before_step: int) -> None:
    left = [before_step]

    def armed(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return real(*arguments, **options)

        return step

    for owner, name in _STEPS:
        setattr(owner, name, armed(getattr(owner, name)))
