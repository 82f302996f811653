"""Where a command does its work: in the host environment, which the bootstrap makes.

`scripts/with-host` starts us there. Started by another Python, as an installed glue-app is, we set it up and
start the same command again in it, in the place of this process.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import typer

from glue_app.bootstrap import installed
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.layout import python_path
from glue_app.bootstrap.runner import prepare
from glue_app.cli import entry
from glue_app.settings import Settings

Work = Callable[[Settings], int | None]


def run(name: str, work: Work) -> NoReturn:
    """Do `work` and end with its exit code; nothing, or None, is 0."""
    raise typer.Exit(code_of(name, work))


def code_of(name: str, work: Work) -> int:
    """Do `work` in the host environment: its exit code, or that of what it failed with."""

    def there(settings: Settings) -> int:
        if not _is_here():
            _start_again(settings)
        return work(settings) or 0

    return entry.run(name, there)


def _is_here() -> bool:
    return not installed.is_installed() and importlib.util.find_spec("localstack") is not None


def _start_again(settings: Settings) -> NoReturn:
    python = Path(prepare(Console(), settings.tools).host_python)
    sys.stdout.flush()
    os.execve(  # noqa: S606 - it takes over the terminal
        python,
        [str(python), "-P", "-m", "glue_app.cli", *sys.argv[1:]],  # -P: nothing of the current folder
        os.environ | {"PYTHONPATH": python_path()},
    )
