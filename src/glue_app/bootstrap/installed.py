"""The files of an installed glue-app, laid out in the user's cache as they lie in the repository.

A package in site-packages is no place to build an image from, to run Terraform in, or to write to. So what
was installed becomes a tree `<cache>/glue-app/<version>-<digest>` that is worked with as with a clone.
Another content is another tree: one that a stack works with is never changed. Runs on Python 3.8.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from importlib import metadata
from pathlib import Path

from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.stamps import exclusive

MARKER = ".glue-app"
"""The file in each folder that glue-app has made."""

PACKAGE = Path(__file__).resolve().parents[1]
ASSETS = "assets"  # what lies beside src/ in the repository: pyproject.toml puts it there
_NO_FILES = ("__pycache__", "*.pyc")


class NotOursTreeError(BootstrapError):
    """Somebody else could have written what would be run."""

    def __init__(self, tree: Path, why: str) -> None:
        super().__init__(
            f"{tree} {why}: nothing in it was used", "set XDG_CACHE_HOME to a folder of your own"
        )
        self.tree = tree


def is_installed(package: Path = PACKAGE) -> bool:
    """Whether this is no part of a repository, nor of a tree laid out like one."""
    return not (package.parent.name == "src" and (package.parents[1] / "pyproject.toml").is_file())


def cache() -> Path:
    """glue-app's folder in the user's cache (the XDG convention: a relative path counts as none)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return Path(named if os.path.isabs(named) else Path.home() / ".cache") / "glue-app"


def tree(package: Path = PACKAGE) -> Path:
    """Where the files of this very content are laid out, or would be."""
    total = hashlib.sha256()
    for file in sorted(path for path in package.rglob("*") if path.is_file()):
        if "__pycache__" not in file.parts:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            total.update(f"{file.relative_to(package).as_posix()} {content}\n".encode())
    return cache() / f"{metadata.version('glue-app')}-{total.hexdigest()[:12]}"


def lay_out(to: Path, package: Path = PACKAGE) -> None:
    """Have the tree: whole or not at all. Raise NotOursTreeError, OSError.

    Safe to run twice at a time, and to be killed: the tree comes into its place by one rename.
    """
    if not (to / MARKER).is_file():
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        with exclusive(to.parent / "lock", ""):
            if not (to / MARKER).is_file():
                _make(to, package)
    _require_own(to)


def _make(to: Path, package: Path) -> None:
    work = to.with_name(f".{to.name}.new")
    shutil.rmtree(work, ignore_errors=True)  # of one that was killed
    without = shutil.ignore_patterns(*_NO_FILES)
    shutil.copytree(package / ASSETS, work, ignore=without, copy_function=shutil.copyfile)
    code = shutil.ignore_patterns(*_NO_FILES, ASSETS)
    shutil.copytree(package, work / "src" / package.name, ignore=code, copy_function=shutil.copyfile)
    about = "an installed glue-app works with these files; no running stack needs it: it may be removed"
    (work / MARKER).write_text(json.dumps({"kind": "installed", "about": about}) + "\n", encoding="utf-8")
    for path in (work, *work.rglob("*")):  # containers of other users read it, nobody else writes to it
        path.chmod(0o755 if path.is_dir() else 0o644)
    work.rename(to)


def _require_own(to: Path) -> None:
    found = os.lstat(to)
    if not stat.S_ISDIR(found.st_mode):
        raise NotOursTreeError(to, "is no folder")
    if found.st_uid != os.geteuid():
        raise NotOursTreeError(to, "belongs to another user")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise NotOursTreeError(to, "can be written to by others")
