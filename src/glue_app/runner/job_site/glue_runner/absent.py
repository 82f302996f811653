"""Packages that the runner's Python has and Glue's, for this run, has not: they can't be imported.

Delta's is on Glue with `--datalake-formats delta` only:
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-datalake-native-frameworks.html
One that the job brings along itself is found as ever.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_VARIABLE = "GLUE_RUNNER_ABSENT"


def hide(names: Sequence[str]) -> None:
    """For this process's successors: the top-level packages that the installation shall not show."""
    os.environ[_VARIABLE] = ",".join(names)


def install() -> None:
    """Take the place of the finder that looks along sys.path."""
    names = frozenset(filter(None, os.environ.get(_VARIABLE, "").split(",")))
    if names and PathFinder in sys.meta_path:
        sys.meta_path[sys.meta_path.index(PathFinder)] = _Finder(names)


class _Finder:
    """PathFinder, blind for some names in the installation's own folders."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        paths = sysconfig.get_paths()
        self._own = {os.path.realpath(paths[kind]) for kind in ("purelib", "platlib")}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None and fullname in self._names:
            path = [entry for entry in sys.path if os.path.realpath(entry) not in self._own]
        return PathFinder.find_spec(fullname, path, target)

    def __getattr__(self, name: str) -> Any:
        return getattr(PathFinder, name)
