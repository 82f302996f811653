"""A PostgreSQL server of the tests' own: TLS, a master user with a password, as RDS has them."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from pg8000.native import Connection

from glue_app.bootstrap import find_postgres
from glue_app.stack.ports import free_port

MASTER = "postgres_admin"
DATABASE = "gold_db"


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root; None when we are not."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


class PostgresServer:
    """``start`` → ``connect`` … → ``stop``; ``crash`` and ``start`` again in between.

    ``durable``: waits for the disk as a production server does; a test has no use for it.
    """

    def __init__(self, durable: bool = False) -> None:
        self._durable = durable
        found = find_postgres.find()
        if not found:
            raise RuntimeError("no PostgreSQL server programs: run `make doctor`")
        self._programs = Path(found[0])
        self._user = _server_user()
        self._folder = Path(tempfile.mkdtemp(prefix="glue-app-pg-"))
        self._data = self._folder / "data"
        self.port = free_port()
        self.password = secrets.token_urlsafe(16)
        self._initialise()

    def _run(self, *command: str | Path) -> None:
        account: dict[str, Any] = {}
        if self._user:
            account = {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []}
        output = self._folder / "output"
        with output.open("wb") as log:
            done = subprocess.run(command, cwd=self._folder, stdout=log, stderr=log, **account)
        if done.returncode:
            raise RuntimeError(f"{command}: {output.read_text(errors='replace')}")

    def _initialise(self) -> None:
        if self._user:
            shutil.chown(self._folder, self._user)
        password_file = self._folder / "password"
        password_file.write_text(self.password)
        if self._user:
            shutil.chown(password_file, self._user)
        self._run(
            *(self._programs / "initdb", "-D", self._data, "-U", "rdsadmin", "-A", "scram-sha-256", "-N"),
            *("--pwfile", password_file, "-E", "UTF8", "--locale", "C"),
        )
        key = self._data / "server.key"
        self.certificate = self.make_certificate(key)
        (self._data / "server.crt").write_text(self.certificate)
        key.chmod(0o600)
        if self._user:
            shutil.chown(key, self._user)
        (self._data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        settings = {
            "listen_addresses": "'127.0.0.1'",
            "port": str(self.port),
            "unix_socket_directories": "''",
            "ssl": "on",
            "log_statement": "'all'",
            "shared_buffers": "'128MB'" if self._durable else "'32MB'",
        }
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())
        self.start()
        with self.connect("rdsadmin", "postgres") as admin:
            admin.run("SET log_statement = 'none'")
            admin.run(f"CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE PASSWORD '{self.password}'")
            admin.run(f"CREATE DATABASE {DATABASE} OWNER {MASTER}")

    @staticmethod
    def make_certificate(key: Path = Path(os.devnull)) -> str:
        """A new self-signed certificate for 127.0.0.1 (PEM); its key goes to ``key``."""
        command = [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key)),
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")

    def _control(self, *arguments: str) -> None:
        self._run(
            *(self._programs / "pg_ctl", "-D", self._data, "-w", "-l", self._folder / "log"), *arguments
        )

    def start(self) -> None:
        self._control("start")

    def crash(self) -> None:
        """As a host that fails: no check point, connections cut."""
        self._control("stop", "-m", "immediate")

    def kill(self) -> None:
        """As a power cut: SIGKILL to the server and each of its processes."""
        lock_file = self._data / "postmaster.pid"
        postmaster = lock_file.read_text().splitlines()[0]
        children = subprocess.run(["pgrep", "-P", postmaster], check=True, capture_output=True, text=True)
        for pid in (postmaster, *children.stdout.split()):
            os.kill(int(pid), signal.SIGKILL)
        lock_file.unlink()  # its process may stay a zombie, which the next server would take for alive

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def connect(
        self, user: str = MASTER, database: str = DATABASE, password: str | None = None
    ) -> Connection:
        return Connection(
            user,
            host="127.0.0.1",
            port=self.port,
            database=database,
            password=password or self.password,
            ssl_context=True,
        )
