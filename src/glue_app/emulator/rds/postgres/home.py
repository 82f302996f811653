"""The folder of one server: `<state>/rds/<DbiResourceId>/`, by resource id so that names can be used again.

data/           PostgreSQL's data directory
socket/         the unix socket of rdsadmin, mode 0700: the only way in without a password
postgresql.log  what the server writes
complete        there once the instance is made whole: an empty file
in-sync         a standby's: there while the primary waits for it before it acknowledges a commit

A Multi-AZ instance has a second one beside it for its standby, `<DbiResourceId>-standby`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from glue_app.disk import durable

from .host import PostgresHost

_STANDBY = "-standby"
_LEAVING = "-leaving"

#: a unix socket's path has room for about 107 bytes, `.s.PGSQL.5432` included
_SOCKET_PATH_ROOM = 85


class ServerHomeLostError(FileNotFoundError):
    """Raised where an instance's files should be and are not."""

    def __init__(self, folder: Path, place: Path) -> None:
        self.folder, self.place = folder, place
        super().__init__(f"the database files of {folder.name} should lie in {place} and are gone")


class ServerHome:
    """Makes and removes the folder; knows the paths in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def data(self) -> Path:
        return self._real / "data"

    @property
    def log(self) -> Path:
        return self._real / "postgresql.log"

    @property
    def socket(self) -> Path:
        """The real folder: a socket's path must be short."""
        return (self._real / "socket").resolve()

    @property
    def _real(self) -> Path:
        return self.folder.resolve()

    @property
    def complete(self) -> bool:
        """Was the instance made to its end?"""
        return (self._real / "complete").exists()

    def mark_complete(self) -> None:
        (self._real / "complete").touch()

    @property
    def standby(self) -> ServerHome:
        """The home of this primary's standby, there or not."""
        return ServerHome(self.folder.with_name(self.folder.name + _STANDBY))

    @property
    def leaving(self) -> Path:
        """Where the folder lies for a moment while it changes places with the standby's (`home_swap`)."""
        return self.folder.with_name(self.folder.name + _LEAVING)

    @property
    def in_sync(self) -> bool:
        """Does this standby have every commit that its primary has acknowledged?"""
        return (self._real / "in-sync").exists()

    def mark_in_sync(self, in_sync: bool) -> None:
        """On the disk before this returns: the mark decides whether a failover may lead here."""
        mark = self._real / "in-sync"
        if in_sync == mark.exists():
            return
        if in_sync:
            mark.touch()
        else:
            mark.unlink()
        durable.sync(self._real)

    def make(self, host: PostgresHost) -> None:
        """Make the folder, private to the user of `host`.

        Where that user cannot reach the state folder (it lies in another user's home, say), the files go to
        a private folder among the temporary files, and a link is left in the state folder.
        """
        self.remove()
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        make_private(self.folder, host)
        self._make_socket(host)

    def adopt(self, host: PostgresHost) -> None:
        """Make a folder that was there before, or came from elsewhere, fit for a server of `host`.

        The folder may be a copy (`base_backup`), and what was among the temporary files may be gone. Harmless
        to repeat, and on what is no server's folder. Not while a server runs in it.

        Raises ServerHomeLostError.
        """
        if not self._real.exists():
            raise ServerHomeLostError(self.folder, self._real)
        if not (self.data / "PG_VERSION").is_file():
            if self.folder.name.startswith("db-"):
                raise ServerHomeLostError(self.folder, self.data)
            return
        if not self.folder.is_symlink() and not host.can_reach(self.folder.parent):
            private = _private_folder(host)
            for entry in self.folder.iterdir():
                shutil.move(entry, private / entry.name)
            self.folder.rmdir()
            self.folder.symlink_to(private, target_is_directory=True)
        if not _is_of(host, self.data):
            for path in (self._real, *self._real.rglob("*")):
                if not path.is_symlink():
                    host.own(path, path.stat().st_mode & 0o777)
        for private in (self._real, self.data):
            host.own(private, 0o700)
        socket = self._real / "socket"
        if not socket.is_dir() or not _is_of(host, socket) or len(str(self.socket)) > _SOCKET_PATH_ROOM:
            self._remove_socket()
            self._make_socket(host)

    def _make_socket(self, host: PostgresHost) -> None:
        socket = self._real / "socket"
        if len(str(socket)) <= _SOCKET_PATH_ROOM:
            socket.mkdir()
            host.own(socket, 0o700)
        else:
            socket.symlink_to(_private_folder(host), target_is_directory=True)

    def _remove_socket(self) -> None:
        """Only the link, where it leads out of the folder: its target may be another's by now."""
        socket = self._real / "socket"
        if socket.is_symlink():
            socket.unlink()
        else:
            shutil.rmtree(socket, ignore_errors=True)

    def remove(self) -> None:
        """Remove the folder and what it links to."""
        socket = self._real / "socket"
        for link in (socket, self.folder):
            target = link.resolve() if link.is_symlink() else None
            if target is not None:
                shutil.rmtree(target, ignore_errors=True)
                with contextlib.suppress(FileNotFoundError):
                    link.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)


def instance_of(folder: Path) -> str:
    """Return the DbiResourceId in the name of a primary's or a standby's folder."""
    return folder.name.removesuffix(_STANDBY).removesuffix(_LEAVING)


def make_private(folder: Path, host: PostgresHost) -> None:
    """Make a folder of the host's user; out of that one's reach, a link to one among the temporary files."""
    if host.can_reach(folder.parent):
        folder.mkdir()
        host.own(folder, 0o700)
    else:
        folder.symlink_to(_private_folder(host), target_is_directory=True)


def _is_of(host: PostgresHost, path: Path) -> bool:
    return path.stat().st_uid == (os.geteuid() if host.uid is None else host.uid)


def _private_folder(host: PostgresHost) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="glue-app-rds-"))
    host.own(folder, 0o700)
    return folder
