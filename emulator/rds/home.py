"""The folder of one server: `<state>/rds/<DbiResourceId>/`, by resource id so that names can be used again.

data/           PostgreSQL's data directory
socket/         the unix socket of rdsadmin, mode 0700: the only way in without a password
postgresql.log  what the server writes
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from .os_user import OsUser

#: a unix socket's path has room for about 107 bytes, `.s.PGSQL.5432` included
_SOCKET_PATH_ROOM = 85


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

    def make(self, user: OsUser) -> None:
        """Make the folder, private to `user`.

        Where `user` cannot reach the state folder (it lies in another user's home, say), the files go to
        a private folder among the temporary files, and a link is left in the state folder.
        """
        self.remove()
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        if user.can_reach(self.folder.parent):
            self.folder.mkdir()
            user.own(self.folder, 0o700)
        else:
            self.folder.symlink_to(_private_folder(user), target_is_directory=True)
        socket = self._real / "socket"
        if len(str(socket)) <= _SOCKET_PATH_ROOM:
            socket.mkdir()
            user.own(socket, 0o700)
        else:
            socket.symlink_to(_private_folder(user), target_is_directory=True)

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


def _private_folder(user: OsUser) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="glue-app-rds-"))
    user.own(folder, 0o700)
    return folder
