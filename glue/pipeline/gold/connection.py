"""One PostgreSQL connection: TLS always, and quick to notice that the other side is gone.

The driver is pg8000: pure Python, so the wheel the job brings fits every Glue version, and as fast as libpq
with finished text (docs/adr/0004).
"""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

from pipeline.backoff import Backoff, RetriesExhausted
from pipeline.gold.credentials import Credentials, fetch
from pipeline.gold.errors import GoldCertificateError, GoldCredentialsError, GoldError, GoldUnavailableError
from pipeline.gold.options import GoldOptions

T = TypeVar("T")

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_RETRYABLE_STATES = frozenset(
    {
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "55P03",  # lock_not_available: lock_timeout, another loader
        "53300",  # too_many_connections
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now: starting up
        "25006",  # read_only_sql_transaction: the old primary, before the endpoint's name has moved
        "25P03",  # idle_in_transaction_session_timeout: Spark was slow, and will be done by then
        # connection exceptions, without 08P01 (protocol_violation): that one does not pass
        *("08000", "08001", "08003", "08004", "08006", "08007"),
    }
)
_WRONG_PASSWORD = frozenset({"28P01", "28000"})


def sqlstate(error: BaseException) -> str | None:
    """Return the server's SQLSTATE, when ``error`` came from the server."""
    detail = error.args[0] if isinstance(error, DatabaseError) and error.args else None
    return detail.get("C") if isinstance(detail, dict) else None


def field_of(error: BaseException, letter: str) -> str:
    """Return a field of the server's error: M message, D detail, c column, t table."""
    detail = error.args[0] if error.args else None
    return str(detail.get(letter, "")) if isinstance(detail, dict) else ""


def retryable(error: Exception) -> bool:
    """Return whether the whole load may succeed when it is started again."""
    if isinstance(error, (GoldError, ssl.SSLCertVerificationError)):
        return False
    state = sqlstate(error)
    if state is not None:
        return state in _RETRYABLE_STATES
    # pg8000 raises InterfaceError for misuse and for lost connections; the latter say so
    return _connection_lost(error) or (isinstance(error, InterfaceError) and "network error" in str(error))


def _connection_lost(error: Exception) -> bool:
    cut = (ConnectionError, TimeoutError, socket.gaierror, ssl.SSLError)
    return isinstance(error, cut) or getattr(error, "errno", None) in (errno.EHOSTUNREACH, errno.ENETUNREACH)


def _tls(options: GoldOptions) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=options.root_certificate)
    context.check_hostname = options.sslmode == "verify-full"
    context.verify_mode = ssl.CERT_NONE if options.sslmode == "require" else ssl.CERT_REQUIRED
    return context


class _NegotiatingSocket(socket.socket):
    """A socket that tells a server which is gone from one that refuses TLS.

    pg8000 asks for TLS, and says "Server refuses SSL" to any answer but S: also to the end of the connection
    (a failover, or a proxy without a server behind it) and to an error (the server can't fork just now).
    https://www.postgresql.org/docs/15/protocol-flow.html#id-1.10.6.7.12
    """

    def recv(self, size: int, flags: int = 0) -> bytes:
        answer = super().recv(size, flags)
        if answer not in (b"S", b"N"):
            raise ConnectionResetError("the server ended the connection before TLS began")
        return answer


def _socket(options: GoldOptions) -> socket.socket:
    plain = socket.create_connection((options.host, options.port), options.connect_timeout)
    sock = _NegotiatingSocket(plain.family, plain.type, plain.proto, plain.detach())
    sock.settimeout(options.connect_timeout)
    # a host that vanishes in a failover sends no farewell: ask after it, and give up within a minute
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 20),
        ("TCP_KEEPINTVL", 10),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 60_000),
    ):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return sock


def connect(options: GoldOptions, credentials: Credentials) -> Connection:
    """Return a connection whose session the server ends soon after it lost us, and our locks with it."""
    sock = _socket(options)
    try:
        connection = Connection(
            credentials.username,
            host=options.host,
            database=options.database,
            password=credentials.password,
            sock=sock,
            ssl_context=_tls(options),
            application_name="glue-app gold",
            startup_params={
                "lock_timeout": f"{int(options.lock_timeout * 1000)}",
                "statement_timeout": f"{int(options.statement_timeout * 1000)}",
                "idle_in_transaction_session_timeout": "120000",
                "tcp_keepalives_idle": "20",
                "tcp_keepalives_interval": "10",
                "tcp_keepalives_count": "3",
                "client_min_messages": "warning",
                # a stage is compared with its table: a hash join that spills less
                "work_mem": "64MB",
            },
        )
    except ssl.SSLCertVerificationError as error:
        sock.close()
        raise GoldCertificateError(f"{options.host}:{options.port}", str(error)) from error
    except BaseException:
        sock.close()
        raise
    # the time-out was for connecting; keepalive and the server's own time-outs guard what follows
    connection._usock.settimeout(None)
    return connection


def close(connection: Connection) -> None:
    """Close whatever state the connection is in: a half-sent COPY is ended by the server's rollback."""
    with contextlib.suppress(InterfaceError, OSError, ValueError):
        connection.close()


def count(connection: Connection, sql: str, stream: Iterable[bytes | memoryview] | None = None) -> int:
    """Run ``sql``; the number of rows it touched."""
    connection.run(sql, stream=stream)
    return int(connection.row_count)


def with_retries(options: GoldOptions, work: Callable[[Connection], T], backoff: Backoff | None = None) -> T:
    """``work`` with a fresh connection for each attempt. ``work`` must be safe to start again after a commit.

    The deadline counts from the first failure: a load may have gone on for long before it.

    Raises GoldUnavailableError at the deadline, GoldCredentialsError for a password that is refused also
    when it is read anew (RDS rotates it), and what ``work`` raises otherwise.
    """
    secret = {"current": fetch(options)}

    def attempt() -> T:
        try:
            connection = connect(options, secret["current"])
        except DatabaseError as error:
            if sqlstate(error) not in _WRONG_PASSWORD:
                raise
            renewed = fetch(options)
            if renewed == secret["current"]:
                why = f"{options.host} refuses user {renewed.username}: {field_of(error, 'M')}"
                raise GoldCredentialsError(options.secret_arn, why) from None
            secret["current"] = renewed
            connection = connect(options, renewed)
        try:
            return work(connection)
        finally:
            close(connection)

    failed: list[float] = []

    def watched() -> T:
        try:
            return attempt()
        except Exception:
            failed.append(time.monotonic())
            raise

    def since_first_failure() -> float:
        return time.monotonic() - failed[0] if failed else 0.0

    patience = backoff or Backoff(0.25, cap=5.0, deadline=options.deadline, clock=since_first_failure)
    try:
        return patience.call(watched, retryable)
    except RetriesExhausted as error:
        raise GoldUnavailableError(f"{options.host}:{options.port}", str(error)) from error
