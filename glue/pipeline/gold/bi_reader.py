"""The role BI tools connect as: it can read the Gold tables and the views over them, and nothing else.

The password is made here, when its secret has no value yet; Terraform never sees one. Somebody who rotates it
puts a new value into the secret, and the next load gives it to the role.
"""

from __future__ import annotations

import base64
import logging

from pg8000.native import Connection
from scramp import ScramException, ScramMechanism

from pipeline.gold import ledger
from pipeline.gold.errors import GoldCredentialsError
from pipeline.gold.options import GoldOptions
from pipeline.gold.relation import quoted, text_literal
from pipeline.gold.secret import Secret, SecretValue, first_value
from pipeline.gold.views import SCHEMA

log = logging.getLogger(__name__)

ROLE = "bi_reader"
_CONNECTION_LIMIT = 20
# given at creation only: what a DBA changes afterwards stays
_SETTINGS = {
    "default_transaction_read_only": "on",
    # a load that changes a table or a view waits for who reads it: they end before it gives up
    "statement_timeout": "2min",
    "idle_in_transaction_session_timeout": "1min",
}


def ensure(connection: Connection, options: GoldOptions) -> None:
    """Make the role, its password and what remembers it agree, in a transaction of its own.

    Each step can be the last one of a killed run: the role comes and goes with the transaction; a value that
    is in the secret already is used; a version that was not recorded is applied again. Raises
    GoldCredentialsError for a secret that can't be used.
    """
    if options.bi_secret_arn is None:
        return
    connection.run("BEGIN")
    ledger.ensure(connection)
    ledger.lock(connection, f"/{ROLE}")  # two datasets' runs would make two passwords
    _make_role(connection, options)
    secret = Secret(options.bi_secret_arn, options.region)
    value = secret.value_or_none() or secret.put(first_value(options, ROLE))
    if value.username != ROLE:
        raise GoldCredentialsError(secret.arn, f"its username must be {ROLE}, not {value.username!r}")
    if _applied_version(connection) != value.version:
        verifier = scram_verifier(secret.arn, value)
        connection.run(f"ALTER ROLE {quoted(ROLE)} PASSWORD {text_literal(verifier)}")
        _record(connection, value.version)
        log.info("gold: role %s has the password of secret version %s", ROLE, value.version)
    connection.run("COMMIT")


def is_current(connection: Connection, options: GoldOptions) -> bool:
    """Return whether there is nothing for ``ensure`` to do. Needs no right to make roles."""
    there = connection.run("SELECT to_regclass('gold_meta.readers') IS NOT NULL")[0][0]
    if options.bi_secret_arn is None:
        return True
    if not there:
        return False
    value = Secret(options.bi_secret_arn, options.region).value_or_none()
    return value is not None and _applied_version(connection) == value.version


def scram_verifier(secret_arn: str, value: SecretValue) -> str:
    """Return what the server keeps of a password.

    It proves the password, but does not tell it to the server's log:
    https://www.postgresql.org/docs/15/catalog-pg-authid.html. Raises GoldCredentialsError for characters that
    SASLprep (RFC 4013) forbids, and for an empty password.
    """
    if not value.password:
        raise GoldCredentialsError(secret_arn, "its password is empty")
    try:
        salt, stored, server, rounds = ScramMechanism("SCRAM-SHA-256").make_auth_info(value.password)
    except ScramException:
        why = "its password has a character no password may have (RFC 4013)"
        raise GoldCredentialsError(secret_arn, why) from None
    encoded = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${rounds}:{encoded[0]}${encoded[1]}:{encoded[2]}"


def _make_role(connection: Connection, options: GoldOptions) -> None:
    if not connection.run("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role)", role=ROLE)[0][0]:
        connection.run(f"CREATE ROLE {quoted(ROLE)} LOGIN CONNECTION LIMIT {_CONNECTION_LIMIT}")
        for name, value in _SETTINGS.items():
            connection.run(f"ALTER ROLE {quoted(ROLE)} SET {name} = {text_literal(value)}")
        path = f"{quoted(SCHEMA)}, {quoted(options.schema)}"
        connection.run(f"ALTER ROLE {quoted(ROLE)} SET search_path = {path}")
    can_connect = "SELECT has_database_privilege(:role, current_database(), 'CONNECT')"
    if not connection.run(can_connect, role=ROLE)[0][0]:
        connection.run(f"GRANT CONNECT ON DATABASE {quoted(options.database)} TO {quoted(ROLE)}")


def _applied_version(connection: Connection) -> str | None:
    """By the role's oid: a role that was dropped and made anew has no password yet."""
    rows = connection.run(
        "SELECT a.secret_version FROM gold_meta.readers a JOIN pg_roles r ON r.oid = a.role_oid "
        "WHERE r.rolname = :role",
        role=ROLE,
    )
    return str(rows[0][0]) if rows else None


def _record(connection: Connection, version: str) -> None:
    connection.run(
        "INSERT INTO gold_meta.readers (role_oid, role_name, secret_version) "
        "SELECT oid, rolname, :version FROM pg_roles WHERE rolname = :role ON CONFLICT (role_oid) "
        "DO UPDATE SET secret_version = excluded.secret_version, applied_at = now()",
        version=version,
        role=ROLE,
    )
