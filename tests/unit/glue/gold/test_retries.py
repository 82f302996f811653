"""Which errors of PostgreSQL, the driver and the network are worth another attempt, each by its class."""

from __future__ import annotations

import errno
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError

from pipeline.gold import GoldOptions
from pipeline.gold.connection import connect, retryable
from pipeline.gold.credentials import Credentials

# https://www.postgresql.org/docs/15/errcodes-appendix.html
PASSES = {
    "08000": "connection_exception",
    "08006": "connection_failure",
    "25006": "read_only_sql_transaction: the old primary",
    "25P03": "idle_in_transaction_session_timeout",
    "40001": "serialization_failure",
    "40P01": "deadlock_detected",
    "53300": "too_many_connections",
    "55P03": "lock_not_available",
    "57P01": "admin_shutdown: pg_terminate_backend, a fast shutdown",
    "57P02": "crash_shutdown",
    "57P03": "cannot_connect_now: starting up, in recovery",
}
STAYS = {
    "08P01": "protocol_violation",
    "0A000": "feature_not_supported",
    "22003": "numeric_value_out_of_range",
    "22021": "character_not_in_repertoire",
    "23502": "not_null_violation",
    "23505": "unique_violation",
    "28P01": "invalid_password",
    "2BP01": "dependent_objects_still_exist",
    "3D000": "invalid_catalog_name",
    "42501": "insufficient_privilege",
    "42601": "syntax_error",
    "42P01": "undefined_table",
    "42P16": "invalid_table_definition",
    "53100": "disk_full",
    "53200": "out_of_memory",
    "54000": "program_limit_exceeded",
    "57014": "query_canceled: statement_timeout",
    "57P04": "database_dropped",
    "58030": "io_error",
    "XX000": "internal_error",
    "XX001": "data_corrupted",
}


@pytest.mark.parametrize("state", PASSES, ids=PASSES.get)
def test_a_state_that_passes_is_retried(state: str) -> None:
    """A failover, or another session in the way."""
    assert retryable(DatabaseError({"C": state, "M": "…"}))


@pytest.mark.parametrize("state", STAYS, ids=STAYS.get)
def test_a_state_that_stays_is_not(state: str) -> None:
    """A fault of the data, the SQL, the rights or the disk is the same five minutes later."""
    assert not retryable(DatabaseError({"C": state, "M": "…"}))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InterfaceError("network error"), True),
        (ConnectionRefusedError(), True),
        (ConnectionResetError(), True),
        (BrokenPipeError(), True),
        (TimeoutError(), True),
        (OSError(errno.EHOSTUNREACH, "no route"), True),
        (OSError(errno.ENETUNREACH, "no network"), True),
        (socket.gaierror("Name or service not known"), True),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), True),
        (ssl.SSLCertVerificationError("unknown authority"), False),
        (InterfaceError("Server refuses SSL"), False),
        (InterfaceError("connection is closed"), False),
        (OSError(errno.EMFILE, "too many open files"), False),
        (ValueError("a fault of ours"), False),
    ],
    ids=lambda value: f"{type(value).__name__} {value}"[:50],
)
def test_a_lost_connection_is_retried_and_a_refused_one_is_not(error: Exception, expected: bool) -> None:
    """As the driver and the network report them."""
    assert retryable(error) is expected


@pytest.fixture
def answering() -> Iterator[Callable[[bytes | None], GoldOptions]]:
    """A server that reads the request for TLS, answers with some bytes (None: reads nothing) and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(answer: bytes | None) -> GoldOptions:
        def once() -> None:
            client, _ = listener.accept()
            with client:
                if answer is not None:
                    client.recv(8)
                    client.sendall(answer)

        threading.Thread(target=once, daemon=True).start()
        return GoldOptions(
            "127.0.0.1", listener.getsockname()[1], "gold_db", "arn", sslmode="require", connect_timeout=5
        )

    yield serve
    listener.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, True),  # gone before it read anything: reset
        (b"", True),  # gone instead of an answer: a proxy whose server is away, a server going down
        (b"E", True),  # an error before TLS: it can't start a backend just now
        (b"S", True),  # gone in the middle of the handshake
        (b"Snonsense that is no TLS at all", True),
        (b"N", False),  # a server without TLS
    ],
)
def test_a_server_that_hangs_up_before_tls_is_not_one_without_tls(
    answering: Callable[[bytes | None], GoldOptions], answer: bytes | None, expected: bool
) -> None:
    """pg8000 calls both "Server refuses SSL"."""
    with pytest.raises((InterfaceError, OSError)) as caught:
        connect(answering(answer), Credentials("postgres_admin", "x"))
    assert retryable(caught.value) is expected
