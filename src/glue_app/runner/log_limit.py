"""A job that prints without end must not fill the disk: its run is ended when a log outgrows the limit.

AWS has no such limit: there the run goes on until its timeout, and costs.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

_LOOK_SECONDS = 0.5


@contextlib.contextmanager
def log_limit(directory: Path, megabytes: int, kill: Callable[[], None]) -> Iterator[None]:
    """While in it: call `kill` once a log in `directory` is larger, and leave why as the run's error."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_SECONDS):
            for log in directory.glob("*.log"):
                if log.stat().st_size > megabytes << 20:
                    kill()
                    _leave(directory, f"{log.name} is larger than {megabytes} MB (RUNNER_LOG_LIMIT_MB)")
                    return

    watcher = threading.Thread(target=look, name="log-limit", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _leave(directory: Path, why: str) -> None:
    text = f"the run was ended: {why}"
    (directory / "error.txt").write_text(text, encoding="utf-8")
    with (directory / "stderr.log").open("a", encoding="utf-8") as errors:
        errors.write(f"\nglue runner: {text}\n")
