"""A full disk: which one it is, what of ours takes the room, what to do. Runs on Python 3.8."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from glue_app.disk.space import is_full, shown, size_of

FULL_BELOW = 64 << 20  # bytes: PostgreSQL alone writes files of 16 MB
_SHOWN = 6


def report(folders: list[Path], error: OSError | None = None) -> list[str]:
    """Return lines about each full disk that one of `folders`, or the temporary files, lie on; else none.

    error: what was run into: where it says that there is no room, the disk counts as full, whatever is free.
    """
    places = [*folders, Path(tempfile.gettempdir())]
    no_room = error is not None and is_full(error)
    ran_into = Path(os.fsdecode(error.filename)) if no_room and error and error.filename else None
    lines: list[str] = []
    for mount in dict.fromkeys(mount_point(place) for place in places):
        free, inodes = _free(mount)
        here = ran_into is not None and mount_point(ran_into) == mount
        if free < FULL_BELOW or inodes == 0 or here:
            lines += _about(mount, free, inodes, folders)
    if no_room and not lines:  # a quota, or room that came back meanwhile
        lines = _about(mount_point(folders[0]), *_free(mount_point(folders[0])), folders)
    return lines


def mount_point(path: Path) -> Path:
    """Return that of the disk which `path` lies on, or would lie on."""
    place = Path(os.path.realpath(_existing(path)))
    while not os.path.ismount(place):
        place = place.parent
    return place


def _about(mount: Path, free: int, inodes: int, folders: list[Path]) -> list[str]:
    what = "has no room for another file (no inodes)" if inodes == 0 else f"has {shown(free)} free"
    entries = sorted(
        ((size_of(entry), entry) for entry in _entries(mount, folders)), key=lambda one: one[0], reverse=True
    )
    lines = [f"the disk of {mount} is full: it {what}. What of glue-app takes room on it:"]
    lines += [f"  {shown(size):>9}  {entry}" for size, entry in entries[:_SHOWN]] or ["  nothing"]
    return [
        *lines,
        "make room: remove snapshots and logs that nobody needs, `make clean` (the stack and all it keeps), "
        "`make clean TOOLS=1` (what the next command gets anew), or set GLUE_APP_STATE to another disk",
    ]


def _entries(mount: Path, folders: list[Path]) -> list[Path]:
    found = []
    for folder in folders:
        if folder.is_dir() and mount_point(folder) == mount:
            found += [entry for entry in folder.iterdir() if not entry.is_symlink()]
    return found


def _existing(path: Path) -> Path:
    place = Path(os.path.abspath(path))
    while not os.path.lexists(place):
        place = place.parent
    return place


def _free(mount: Path) -> tuple[int, int]:
    """Bytes, and files, that may still be made; file systems without a table of files have -1 of them."""
    found = os.statvfs(mount)
    return found.f_bavail * found.f_frsize, found.f_favail if found.f_files else -1
