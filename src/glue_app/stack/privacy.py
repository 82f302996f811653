"""Who may read what a stack keeps: passwords and keys lie in it in plain text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from glue_app.emulator.rds.postgres.host import postgres_host
from glue_app.emulator.rds.postgres.local_host import LocalHost
from glue_app.stack.layout import StateLayout


def umask() -> int:
    """Return the umask of the stack's processes. PostgreSQL's own user, if any, may pass but read nothing."""
    return 0o077 if _servers() is None else 0o066


@contextmanager
def private_files() -> Iterator[None]:
    """Keep what this process and its children make meanwhile from others, whatever the shell's umask is."""
    before = os.umask(umask())
    try:
        yield
    finally:
        os.umask(before)


def close(layout: StateLayout) -> None:
    """Make the state folder this user's alone, also one of before it was made so.

    Below its first level nothing has to be mended: nobody else gets there. As root the databases run as
    another user, who may pass through to them (`rds`), and list or read nothing on the way.
    """
    layout.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    servers = _servers()
    if servers is None:
        layout.root.chmod(0o700)
    else:
        os.chown(layout.root, -1, servers)
        layout.root.chmod(0o710)
    for entry in layout.root.iterdir():
        if entry.is_symlink() or entry.stat().st_uid != os.geteuid():
            continue
        passable = entry == layout.rds and servers is not None
        with suppress(FileNotFoundError, PermissionError):
            entry.chmod((0o711 if passable else 0o700) if entry.is_dir() else _of_file(entry.stat().st_mode))


def _of_file(mode: int) -> int:
    return 0o700 if mode & 0o100 else 0o600


def _servers() -> int | None:
    """Return the group of the user that PostgreSQL runs as; None where that is the user we are."""
    with suppress(RuntimeError):  # root, and no user for it: said where a database is made
        user = postgres_host()
        return user.gid if isinstance(user, LocalHost) else None
    return None
