"""`make logs`: what the stack's processes and job runs have written."""

from __future__ import annotations

import subprocess
from collections import deque
from pathlib import Path

from glue_app.stack.errors import StackError
from glue_app.stack.layout import StateLayout

_LINES = 40


def show(layout: StateLayout, service: str, run: str, follow: bool, lines: int = _LINES) -> None:
    """Print the last lines of a service's log, a job run's (an id, or `last`), or of all; then follow."""
    files = _of_run(layout, run) if run else _of_services(layout, service)
    if follow:
        command = ["tail", "-n", str(lines), "-F", *map(str, files)]
        subprocess.run(command, check=False)
        return
    for file in files:
        print(f"==> {file} <==")
        with file.open(encoding="utf-8", errors="replace") as source:
            print("".join(deque(source, maxlen=lines)))


def _of_services(layout: StateLayout, service: str) -> list[Path]:
    if service:
        file = layout.log(service)
        if not file.is_file():
            known = ", ".join(sorted(path.stem for path in layout.logs.glob("*.log"))) or "none yet"
            raise StackError(f"no log of {service!r}; there is: {known}", "make logs")
        return [file]
    files = sorted(layout.logs.glob("*.log"))
    if not files:
        raise StackError(f"no logs in {layout.logs}", "make up")
    return files


def _of_run(layout: StateLayout, run: str) -> list[Path]:
    every = sorted((layout.glue / "runs").glob("*"), key=lambda path: path.stat().st_mtime)
    folders = every[-1:] if run == "last" else [folder for folder in every if folder.name == run]
    if not folders:
        known = ", ".join(folder.name for folder in every) or "none"
        remedy = "make logs RUN=last" if every else "make run CSV=… DATASET=…"
        raise StackError(f"no job run {run!r}; there is: {known}", remedy)
    return [file for file in sorted(folders[0].glob("*.log")) if file.stat().st_size]
