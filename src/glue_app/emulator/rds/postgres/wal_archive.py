"""The archived log of one instance: `<state>/rds/backups/<DbiResourceId>/wal/`, filled by its server itself.

A base backup (an automated snapshot) and the log from its start on lead to any moment since.
https://www.postgresql.org/docs/15/continuous-archiving.html

begun      when this archive was begun: what was backed up before can't be led on from
<segment>  24 hexadecimal digits; `.history` files tell how timelines follow one another (after failovers)
"""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import shlex
import shutil
import sys
from collections.abc import Collection
from pathlib import Path

from glue_app.emulator.service.clock import now

from .home import make_private
from .host import PostgresHost

_SEGMENT = re.compile(r"[0-9A-F]{24}")
_START = re.compile(r"^START WAL LOCATION: .*\(file ([0-9A-F]{24})\)", re.MULTILINE)
#: the timeline's part of a segment's name
_TIMELINE = 8


class WalArchive:
    """Makes and removes the folder; knows what is in it."""

    def __init__(self, rds: Path, resource_id: str) -> None:
        self.folder = rds / "backups" / resource_id

    @property
    def wal(self) -> Path:
        return (self.folder / "wal").resolve()

    def begin(self, host: PostgresHost) -> None:
        """Make it, where it is not there: an archive begins with this moment. Harmless to repeat."""
        begun = self.wal / "begun"
        if begun.exists():
            return
        self.remove()
        self.folder.mkdir(parents=True)
        make_private(self.folder / "wal", host)
        # written beside, so that the time is there whole or not at all
        temporary = begun.with_name("begun.new")
        temporary.write_text(now().isoformat(), encoding="ascii")
        temporary.replace(begun)

    @property
    def begun_at(self) -> datetime.datetime | None:
        """None where there is no archive."""
        try:
            return datetime.datetime.fromisoformat((self.wal / "begun").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    @property
    def archive_command(self) -> str:
        """For PostgreSQL, which says it again after a crash: a file that is there with this content is done.

        The rest of a segment that was switched is zeros, which need no room on the disk.
        """
        copy = "cp --sparse=always" if sys.platform == "linux" else "cp"
        target, part = f"{_shell(self.wal)}/%f", f"{_shell(self.wal)}/%f.part.$$"
        return f"cmp -s %p {target} || {{ test ! -e {target} && {copy} %p {part} && mv {part} {target}; }}"

    @property
    def restore_command(self) -> str:
        return f"cp {_shell(self.wal)}/%f %p"

    def holds(self, segment: str) -> bool:
        return (self.wal / segment).exists()

    def prune(self, needed: Collection[str]) -> None:
        """Remove the segments before all of those that base backups begin with; timelines don't count."""
        first = min(segment[_TIMELINE:] for segment in needed)
        for path in self.wal.iterdir():
            if _SEGMENT.match(path.name) and path.name[_TIMELINE:24] < first:
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """With what it links to."""
        shutil.rmtree(self.wal, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
            os.unlink(self.folder / "wal")
        shutil.rmtree(self.folder, ignore_errors=True)


def all_of(rds: Path) -> list[WalArchive]:
    """All archives there are."""
    return [WalArchive(rds, folder.name) for folder in (rds / "backups").glob("db-*")]


def first_segment(data: Path) -> str | None:
    """Return the segment that a base backup begins with; None where there is none (of a stopped server)."""
    try:
        found = _START.search((data / "backup_label").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found[1] if found else None


def _shell(path: Path) -> str:
    """As a word of a command in which PostgreSQL replaces what begins with `%`."""
    return shlex.quote(str(path)).replace("%", "%%")
