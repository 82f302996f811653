"""A failover on the disk: the homes of primary and standby change places.

`<id>` is always the primary's. A home may be a link (see home.py), which is renamed like a folder. The
emulator may be killed between any two steps: `finish` brings the rest to its end, whichever it is.
"""

from __future__ import annotations

import os
from pathlib import Path

from glue_app.disk import durable

from ..postgres.home import ServerHome
from ..postgres.server import PostgresServer


def swap(primary: PostgresServer) -> None:
    """Make the standby's home the primary's. Both servers have ended.

    The old primary is fenced first: from then on it can only ever start as a standby.
    """
    home = primary.home
    if home.data.is_dir():
        primary.fence()
    elif not home.folder.exists():  # its files are gone: that is what a standby is for
        home.remove()
        home.folder.mkdir()
    _rename(home.folder, home.leaving)
    finish(home)


def finish(home: ServerHome) -> None:
    """Do what a swap that was begun has left to do; nothing where none was. No server of the two runs.

    One that was only fenced stays: both homes have all that was acknowledged, and a primary's home with a
    `standby.signal` is promoted at its start.
    """
    leaving, standby = home.leaving, home.standby.folder
    if os.path.lexists(leaving):
        if not os.path.lexists(home.folder):
            _rename(standby if os.path.lexists(standby) else leaving, home.folder)
        if os.path.lexists(leaving):
            _rename(leaving, standby)
    if home.folder.exists():
        home.mark_in_sync(False)  # it came along with the folder, and says nothing of a primary


def unfinished(primary: PostgresServer) -> bool:
    """Was a swap begun and not brought to its end, the promotion included?"""
    return os.path.lexists(primary.home.leaving) or primary.fenced


def _rename(source: Path, target: Path) -> None:
    source.rename(target)
    durable.sync(target.parent)
