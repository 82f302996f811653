"""A disk that is full: whether it was that, which disk it is, and what of ours takes the room.

Standard library only.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from pathlib import Path

_ERRNOS = (errno.ENOSPC, errno.EDQUOT)
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class DiskFullError(Exception):
    """Raised where a save finds no room, after what nobody needs has been removed.

    Its message names the disk and the folders of the state that take the room.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"{no_room(folder)}; the stack's own data there: "
            f"{_largest(folder) or 'nothing'}. Make room: the stack goes on serving and saves itself then"
        )


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk, or a user's share of it, is full."""
    if isinstance(error, OSError):
        return error.errno in _ERRNOS
    return (
        isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    )


def no_room(folder: Path) -> str:
    """Says so of the disk that a folder is on, or will be."""
    return f"no room is left on the disk of {folder} ({_free(folder)})"


def _free(folder: Path) -> str:
    there = folder
    while not there.exists():
        there = there.parent
    try:
        usage = shutil.disk_usage(there)
    except OSError as error:
        return f"its size is unknown: {error}"
    return f"{_size(usage.free)} of {_size(usage.total)} free"


def _largest(folder: Path) -> str:
    """`s3 5.0 GiB, saves 12.0 MiB`, the largest first."""
    try:
        sizes = {entry.name: _occupied(entry) for entry in os.scandir(folder)}
    except OSError:
        return ""
    return ", ".join(f"{name} {_size(sizes[name])}" for name in sorted(sizes, key=lambda each: -sizes[each]))


def _occupied(entry: os.DirEntry[str]) -> int:
    """Bytes on the disk; what vanishes or can't be read meanwhile counts nothing."""
    if not entry.is_dir(follow_symlinks=False):
        return _blocks(entry.path)
    return sum(
        _blocks(os.path.join(root, name)) for root, _folders, names in os.walk(entry.path) for name in names
    )


def _blocks(path: str) -> int:
    try:
        return os.lstat(path).st_blocks * 512
    except OSError:
        return 0


def _size(count: float) -> str:
    for unit in _UNITS[:-1]:
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} {_UNITS[-1]}"
