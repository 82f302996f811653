"""Running programs, with their output in a log and its last words in the error."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError


def run(
    command: Sequence[str | Path],
    log: Path,
    console: Console,
    title: str,
    env: Mapping[str, str] | None = None,
    remedy: str = "",
) -> None:
    """Run `command`, its output appended to `log`; raise BootstrapError with its last lines if it fails."""
    arguments = [str(part) for part in command]
    tail: deque[str] = deque(maxlen=6)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8", errors="replace") as sink:
        sink.write(f"$ {' '.join(arguments)}\n")
        sink.flush()
        try:
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                text=True,
                errors="replace",
                close_fds=False,  # an installer that outlives us keeps the lock (stamps.exclusive)
            )
        except OSError as e:
            raise BootstrapError(f"{title}: {arguments[0]} can't be started: {e}", remedy, log) from e
        assert process.stdout is not None  # noqa: S101 - asked for with PIPE
        for line in process.stdout:
            sink.write(line)
            if line.strip():
                tail.append(line.rstrip())
                console.progress(title, line)
        code = process.wait()
    if code:
        last = "\n    ".join(tail)
        raise BootstrapError(f"{title}: {Path(arguments[0]).name} ended with {code}\n    {last}", remedy, log)


def output(
    command: Sequence[str | Path], timeout_s: float = 20, env: Mapping[str, str] | None = None
) -> str | None:
    """Return what `command` prints (both streams), or None when it can't be run or fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            env=None if env is None else dict(env),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
