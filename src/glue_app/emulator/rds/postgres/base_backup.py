"""A copy of a server's data folder that a server can be started from: PostgreSQL's base backup.

By its low-level API and not by pg_basebackup, which the bundled servers don't bring along.
https://www.postgresql.org/docs/15/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import psycopg

from ..models import Endpoint
from .server import ADMIN, PostgresServer

_AUTHORITY = ("ca.pem", "ca.key")
#: folders whose content a starting server makes anew
_EMPTIED = (
    "pg_dynshmem",
    "pg_notify",
    "pg_replslot",
    "pg_serial",
    "pg_snapshots",
    "pg_stat_tmp",
    "pg_subtrans",
)
#: and files: a server gets a key and a certificate of its own at its start
_LEFT_OUT = ("postmaster.pid", "postmaster.opts", "pg_internal.init", "server.key", "server.crt")
_SLOT = "glue_app_copy"


def copy(server: PostgresServer, endpoint: Endpoint, folder: Path) -> None:
    """Into the new folder `folder`, as of the end of the copying; of a stopped server as it lies there.

    Raises psycopg.Error, OSError.
    """
    if not server.running():
        _copy_files(server.home.data, folder / "data", wal=True)
    else:
        with server.connect(endpoint, ADMIN) as connection:
            _copy_running(connection, server.home.data, folder / "data")
    (folder / "complete").touch()


def copy_authority(source: Path, target: Path) -> None:
    """Copy the certificate authority of the state, so that clients which trust it go on to."""
    for name in _AUTHORITY:
        if (source / name).exists():
            shutil.copy(source / name, target / name)


def _copy_running(connection: psycopg.Connection[Any], data: Path, target: Path) -> None:
    start, stop = "pg_backup_start(%s, true)", "pg_backup_stop(false)"
    if connection.info.server_version < 150000:
        start, stop = "pg_start_backup(%s, true, false)", "pg_stop_backup(false, false)"
    # a temporary slot keeps the log from the backup's start on, and ends with this connection
    connection.execute("SELECT pg_create_physical_replication_slot(%s, true, true)", [_SLOT])
    first = connection.execute(f"SELECT pg_walfile_name({start})", ["glue-app"]).fetchone()
    _copy_files(data, target, wal=False)
    row = connection.execute(f"SELECT labelfile, spcmapfile FROM {stop}").fetchone()  # noqa: S608
    if row is None or row[1]:
        raise OSError(f"{data} has tablespaces of its own, which can't be copied")
    (target / "backup_label").write_text(row[0], encoding="utf-8")
    for segment in (data / "pg_wal").iterdir():
        older = first is not None and len(segment.name) == len(first[0]) and segment.name < first[0]
        if segment.is_file() and not older:
            _copy_file(segment, target / "pg_wal" / segment.name)


def _copy_files(data: Path, target: Path, wal: bool) -> None:
    """All a base backup holds; the control file last, for it must not be older than the other files."""

    def ignored(folder: str, names: list[str]) -> set[str]:
        inside = Path(folder).relative_to(data)
        if inside.parts[:1] and inside.parts[0] in _EMPTIED:
            return set(names)
        if inside.parts[:1] == ("pg_wal",) and not wal:
            return {name for name in names if name != "archive_status"}
        return {name for name in names if name in _LEFT_OUT or name.startswith("pgsql_tmp")} | (
            {"pg_control"} if inside.parts == ("global",) else set()
        )

    shutil.copytree(data, target, ignore=ignored, copy_function=_copy_file)
    shutil.copyfile(data / "global" / "pg_control", target / "global" / "pg_control")
    target.chmod(0o700)


def _copy_file(source: str | Path, target: str | Path) -> object:
    """Copy a file if it is still there: a table that is dropped meanwhile takes its file away."""
    try:
        return shutil.copyfile(source, target)
    except FileNotFoundError:
        return None
