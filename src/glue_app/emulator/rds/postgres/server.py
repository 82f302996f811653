"""One PostgreSQL server: made, configured, started, stopped. Knows nothing of RDS's API."""

from __future__ import annotations

import datetime
import logging
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo

from glue_app.disk import durable
from glue_app.errors import OneLineError

from ..models import Endpoint
from .certificates import CertificateAuthority
from .home import ServerHome
from .host import PostgresHost

LOG = logging.getLogger(__name__)

ADMIN = "rdsadmin"
#: a standby's application_name
STANDBY = "rds_standby"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
RECOVERY_TIMEOUT_S = 1800
_POLL_S = 0.05
_SIGNAL, _RECOVERY = "standby.signal", "recovery.signal"
#: read after postgresql.conf, and written by nobody else: ALTER SYSTEM needs a superuser
_OVERRIDES = "postgresql.auto.conf"
#: RDS's own is the first; a machine may not have it
LOCALES = ("en_US.UTF-8", "C.UTF-8", "C")


class ServerError(OneLineError):
    """Raised when PostgreSQL's programs fail; the message ends with what they or the server's log said."""

    def __init__(self, what: str, output: str) -> None:
        self.output = output
        super().__init__(f"{what}: {output.strip()[-2000:]}")

    @property
    def address_in_use(self) -> bool:
        return "could not create any TCP/IP sockets" in self.output or "Address already in use" in self.output

    @property
    def leftovers(self) -> bool:
        """Do processes of the server that was killed here still hold the data folder's memory?"""
        return "pre-existing shared memory block" in self.output


class LdapMethod(NamedTuple):
    """PostgreSQL's `ldap` method with a simple bind: who judges, and the name that a user binds with."""

    address: Endpoint
    prefix: str
    suffix: str

    @property
    def options(self) -> str:
        host, port = self.address
        return f'ldapserver={host} ldapport={port} ldapprefix="{self.prefix}" ldapsuffix="{self.suffix}"'


@dataclass(frozen=True)
class ServerConfiguration:
    """What a server runs with.

    parameters: postgresql.conf values by name, as PostgreSQL writes them.
    force_ssl: refuse connections without TLS, as rds.force_ssl does.
    primary: a standby's primary, by the folder of its socket. A standby listens on no address of its own.
    synchronous: acknowledge a commit when the standby has it, too.
    iam: how users in rds_iam are authenticated; None: as all others.
    archive_command: what archives a finished segment of the log.
    """

    endpoint: Endpoint
    force_ssl: bool
    parameters: dict[str, str] = field(default_factory=dict)
    primary: Path | None = None
    synchronous: bool = False
    iam: LdapMethod | None = None
    archive_command: str = "true"


class PostgresServer:
    """A server and its data folder; can be made anew at any time from the folder alone."""

    def __init__(self, home: ServerHome, binaries: Path, host: PostgresHost) -> None:
        self.home = home
        self._binaries = binaries
        self._host = host

    def with_home(self, home: ServerHome) -> PostgresServer:
        """Return a server of the same host and programs, in another home."""
        return PostgresServer(home, self._binaries, self._host)

    def initialise(self) -> None:
        """Make the data folder. Raises ServerError."""
        self._require_binaries()
        self.home.make(self._host)
        for locale in LOCALES:
            result = self._program(
                "initdb",
                "-D",
                self.home.data,
                "-U",
                ADMIN,
                "-E",
                "UTF8",
                f"--locale={locale}",
                "--auth-local=trust",
                "--auth-host=reject",
                "--no-sync",
            )
            if result.returncode == 0:
                return
            if "invalid locale name" not in result.stderr:
                break
        raise ServerError("initdb failed", result.stderr or result.stdout)

    def configure(self, configuration: ServerConfiguration) -> None:
        """Write postgresql.conf and pg_hba.conf; they count from the next start or reload."""
        own = {
            "listen_addresses": configuration.endpoint.address,
            "port": str(configuration.endpoint.port),
            "unix_socket_directories": str(self.home.socket),
            "ssl": "on",
            "ssl_cert_file": "server.crt",
            "ssl_key_file": "server.key",
            "hba_file": str(self.home.data / "pg_hba.conf"),
            "logging_collector": "off",
            # a standby archives, too: it has what a primary that was killed has not archived any more
            "archive_mode": "always" if configuration.primary else "on",
            "archive_command": configuration.archive_command,
            "archive_timeout": "5min",
            "synchronous_standby_names": STANDBY if configuration.synchronous else "",
            # nobody reads a standby of RDS, nor a primary that is not promoted yet; and a standby that can't
            # be read may have other values than its primary's log asks for (max_connections). Any other
            # server has it: without it pg_ctl takes one that still recovers for one that is ready
            "hot_standby": "off" if configuration.primary or self.fenced else "on",
        }
        if configuration.primary:
            own["listen_addresses"] = ""
            own["primary_conninfo"] = make_conninfo(
                host=str(configuration.primary),
                port=configuration.endpoint.port,
                user=ADMIN,
                application_name=STANDBY,
            )
        defaults = {
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%t:%r:%u@%d:[%p]:",
            "password_encryption": "scram-sha-256",
            "wal_retrieve_retry_interval": "200ms",
            "wal_sender_timeout": "10s",  # commits wait no longer for a standby that hangs
        }
        values = defaults | configuration.parameters | own
        lines = ["# written by glue-app from the DB parameter group: changes here are lost", ""]
        lines += [f"{name} = {_quoted(value)}" for name, value in values.items()]
        self._write("postgresql.conf", "\n".join(lines) + "\n")
        self._write("pg_hba.conf", _host_based_authentication(configuration.force_ssl, configuration.iam))

    def certify(self, authority: CertificateAuthority, endpoint: Endpoint, identifier: str) -> None:
        """Give the server a certificate for its address."""
        chain, key = authority.issue(endpoint.address, identifier)
        self._write("server.crt", chain.decode())
        self._write("server.key", key.decode())

    def start(self) -> None:
        """Start and wait until it takes connections. Raises ServerError with the server's own words."""
        if self.running():
            return
        written = self.home.log.stat().st_size if self.home.log.exists() else 0
        result = self._program(
            "pg_ctl", "-D", self.home.data, "-l", self.home.log, "-w", "-t", START_TIMEOUT_S, "-s", "start"
        )
        if result.returncode != 0:
            said = self.home.log.read_bytes()[written:] if self.home.log.exists() else b""
            raise ServerError("PostgreSQL did not start", said.decode(errors="replace"))

    @property
    def fenced(self) -> bool:
        """Would this server start as a standby? PostgreSQL removes the file at the promotion."""
        return (self.home.data / _SIGNAL).exists()

    def fence(self) -> None:
        """Make the server one that can only start as a standby, on the disk before this returns."""
        self._write(_SIGNAL, "")
        durable.sync(self.home.data / _SIGNAL)
        durable.sync(self.home.data)

    def promote(self) -> None:
        """Make a running standby a primary, and wait until it is one. Raises ServerError."""
        result = self._program("pg_ctl", "-D", self.home.data, "-w", "-t", START_TIMEOUT_S, "-s", "promote")
        if result.returncode != 0:
            raise ServerError("PostgreSQL was not promoted", str(self.home.data))

    def recover_by(self, restore_command: str, until: datetime.datetime | None) -> None:
        """At the next start go on from a base backup with the archived log, to its end or to a moment."""
        values = {
            "restore_command": restore_command,
            "recovery_target_timeline": "latest",
            "recovery_target_action": "promote",
            "hot_standby": "off",
        }
        if until:
            values["recovery_target_time"] = until.isoformat(sep=" ")
        self._write(_OVERRIDES, "".join(f"{name} = {_quoted(value)}\n" for name, value in values.items()))
        self._write(_RECOVERY, "")

    def await_recovery(self, endpoint: Endpoint) -> None:
        """Until it takes connections. Raises ServerError with the server's own words where it has ended."""
        deadline = time.monotonic() + RECOVERY_TIMEOUT_S
        while not self._takes_connections(endpoint):
            if not self.running():
                raise ServerError("PostgreSQL did not recover", self.home.log.read_text(errors="replace"))
            if time.monotonic() > deadline:
                raise ServerError("PostgreSQL recovers for too long", str(self.home.data))
            time.sleep(_POLL_S)
        self._write(_OVERRIDES, "")

    def _takes_connections(self, endpoint: Endpoint) -> bool:
        try:
            self.connect(endpoint, ADMIN).close()  # `postgres` is the master user's, and may be gone
        except psycopg.OperationalError:
            return False
        return True

    def answers(self, endpoint: Endpoint) -> bool:
        """Tell whether something listens on the unix socket: quick, and no more than a hint that it runs."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            try:
                probe.connect(str(self.home.socket / f".s.PGSQL.{endpoint.port}"))
            except OSError:
                return False
        return True

    def end_leftovers(self) -> None:
        """End what a killed postmaster left at work: it would hold the data folder's shared memory."""
        if not self.running():
            self._host.end_leftovers(self.home.data, self.home.socket)

    def stop(self) -> None:
        """Stop with a shutdown checkpoint; where that takes too long, at once (it recovers at next start)."""
        for mode in ("fast", "immediate"):
            if not self.running():
                return
            self._program(
                "pg_ctl", "-D", self.home.data, "-m", mode, "-w", "-t", STOP_TIMEOUT_S, "-s", "stop"
            )
        if self.running():
            raise ServerError("PostgreSQL did not stop", str(self.home.data))

    def reload(self) -> None:
        """Take over changed files, without a restart."""
        self._program("pg_ctl", "-D", self.home.data, "-s", "reload")

    def destroy(self) -> None:
        """Stop and remove the folder."""
        self.stop()
        self.home.remove()

    def running(self) -> bool:
        """Tell whether the postmaster lives."""
        return self._host.serves(self.home.data, self._binaries)

    def connect(
        self, endpoint: Endpoint, database: str = "postgres"
    ) -> psycopg.Connection[tuple[object, ...]]:
        """Open a connection as rdsadmin, over the unix socket; each statement is its own transaction.

        It waits for no standby, whose loss nobody could deal with meanwhile.
        """
        return psycopg.connect(
            host=str(self.home.socket),
            port=endpoint.port,
            user=ADMIN,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
            options="-c synchronous_commit=local",
        )

    def _program(self, name: str, *arguments: str | Path | int) -> subprocess.CompletedProcess[str]:
        command = [str(self._binaries / name), *(str(argument) for argument in arguments)]
        return self._host.run(command, capture_output=name != "pg_ctl", check=False, **_quiet(name))

    def _write(self, name: str, content: str) -> None:
        path = self.home.data / name
        temporary = path.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_text(content)
        self._host.own(temporary, 0o600)
        temporary.replace(path)

    def _require_binaries(self) -> None:
        for name in ("initdb", "pg_ctl", "postgres"):
            if self._host.run(["test", "-x", self._binaries / name], check=False).returncode != 0:
                raise ServerError(
                    f"user {self._host.name} cannot run {self._binaries / name}",
                    "set GLUE_APP_POSTGRES_BIN to a folder with initdb, postgres and pg_ctl it can reach",
                )


def _quiet(name: str) -> dict[str, int]:
    """pg_ctl hands its outputs on to the server, which would keep a pipe open for ever."""
    return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} if name == "pg_ctl" else {}


def _quoted(value: str) -> str:
    """Quote a value for postgresql.conf. Raises ValueError for one that no line of it can hold."""
    if any(character in value for character in "\0\n\r"):
        raise ValueError(f"{value!r} can't be written into postgresql.conf")
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _host_based_authentication(force_ssl: bool, iam: LdapMethod | None = None) -> str:
    """Who may come in, first match counts: rdsadmin by the private socket only, others by password.

    iam: those in rds_iam come in by a token over TLS, and by no password.
    """
    kind = "hostssl" if force_ssl else "host"
    rules = [
        f"local   all,replication {ADMIN}          trust",
        "local   all      all                      reject",
        f"host    all      {ADMIN}  all            reject",
        f"host    {ADMIN} all      all            reject",
    ]
    if iam:
        rules += [
            f"hostssl all      +rds_iam  all            ldap {iam.options}",
            "host    all      +rds_iam  all            reject",
        ]
    rules.append(f"{kind} all      all      all            scram-sha-256")
    return "\n".join(["# written by glue-app: changes here are lost", *rules, ""])
