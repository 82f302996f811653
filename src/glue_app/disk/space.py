"""A disk that is full: whether it was that, which disk it is, and what of ours takes the room."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from glue_app.errors import OneLineError

_ERRNOS = (errno.ENOSPC, errno.EDQUOT)
_SQLITE_FULL = 13  # sqlite3.SQLITE_FULL, of Python 3.11 on


class DiskFullError(OneLineError):
    """A save finds no room, though what nobody needs has been removed.

    Its message names the disk and the folders of the state that take the room.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"{no_room(folder)}; the stack's own data there: {_largest(folder) or 'nothing'}",
            "make room, and the stack, which goes on serving, saves itself",
        )


def is_full(error: BaseException) -> bool:
    """Return whether an error says that a disk, or a user's share of it, is full."""
    if isinstance(error, OSError):
        return error.errno in _ERRNOS
    return getattr(error, "sqlite_errorcode", None) == _SQLITE_FULL


def no_room(folder: Path) -> str:
    """Say so of the disk that a folder is on, or will be."""
    return f"no room is left on the disk of {folder} ({_free(folder)})"


def _free(folder: Path) -> str:
    there = folder
    while not there.exists():
        there = there.parent
    try:
        usage = shutil.disk_usage(there)
    except OSError as error:
        return f"its size is unknown: {error}"
    return f"{shown(usage.free)} of {shown(usage.total)} free"


def _largest(folder: Path) -> str:
    """`s3 5.0 GB, saves 12.0 MB`, the largest first."""
    try:
        sizes = {entry.name: size_of(Path(entry.path)) for entry in os.scandir(folder)}
    except OSError:
        return ""
    return ", ".join(f"{name} {shown(sizes[name])}" for name in sorted(sizes, key=lambda each: -sizes[each]))


def size_of(path: Path) -> int:
    """Return the bytes on the disk of a file or of all in a folder; a file with several names counts once.

    What vanishes or can't be read meanwhile counts nothing.
    """
    seen = set()
    total = 0
    for place in _walk(path):
        try:
            stat = os.lstat(place)
        except OSError:
            continue
        if (stat.st_dev, stat.st_ino) not in seen:
            seen.add((stat.st_dev, stat.st_ino))
            total += stat.st_blocks * 512
    return total


def shown(size: float) -> str:
    """`1.5 GB`, `0.3 MB`: as disks are sold."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def _walk(path: Path) -> Iterator[str]:
    yield str(path)
    for folder, folders, files in os.walk(path):
        for name in folders + files:
            yield os.path.join(folder, name)
