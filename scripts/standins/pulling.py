"""`docker pull` that gives up soon on a registry that doesn't answer, and has patience with one that does."""

from __future__ import annotations

import queue
import subprocess
import threading
import time

from glue_app.bootstrap.console import Console
from glue_app.containers.engine import DockerEngine

FIRST_SIGN_S = 20.0
_WRONG_IMAGE = ("manifest unknown", "not found", "no matching manifest", "repository does not exist")


class PullError(Exception):
    """The image was not pulled. `of_registry`: asking for another image there would be in vain too."""

    def __init__(self, reason: str, of_registry: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.of_registry = of_registry


def pull(engine: DockerEngine, image: str, console: Console, first_sign_s: float = FIRST_SIGN_S) -> None:
    """Pull an image. Raises PullError.

    The first line of output is the registry's answer; after it a pull may take hours.
    """
    with console.step(image, "pulling"):
        process = subprocess.Popen(
            [*engine.docker, "pull", image],
            env=engine.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_read, args=(process, lines), daemon=True).start()
        said: list[str] = []
        deadline: float | None = time.monotonic() + first_sign_s
        try:
            while (line := lines.get(timeout=_left(deadline))) is not None:
                said.append(line)
                console.progress(image, line)
                if "Pulling from" in line:
                    deadline = None
        except queue.Empty:
            raise PullError(f"no answer within {first_sign_s:.0f} s", of_registry=True) from None
        finally:
            _end(process)
    if process.returncode:
        reason = said[-1] if said else f"docker pull ended with {process.returncode}"
        wrong_image = any(sign in reason.lower() for sign in _WRONG_IMAGE)
        raise PullError(reason[-160:], of_registry=not wrong_image)


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None  # noqa: S101 - asked for with PIPE
    for line in process.stdout:
        if line.strip():
            lines.put(line.strip())
    process.wait()
    lines.put(None)


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _end(process: subprocess.Popen[str]) -> None:
    """End the client: the engine drops a pull whose client has gone."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
