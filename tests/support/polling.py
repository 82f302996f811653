"""Waiting with a deadline, never for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

LONGEST_PAUSE_S = 0.1

Result = TypeVar("Result")


def wait_for(what: str, check: Callable[[], Result | None], timeout: float = 120.0) -> Result:
    """Polls until `check` returns something true, and returns that. Raises TimeoutError naming `what`.

    The limit is of what never comes: a machine under load makes everything late.
    At short intervals first: some wait for a thread of their own, others for a server's start.
    """
    deadline = time.monotonic() + timeout
    pause = 0.001
    while not (result := check()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)
    return result
