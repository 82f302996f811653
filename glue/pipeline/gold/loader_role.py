"""The role the job loads as, ``gold_loader``: it owns what the loads make, and can make no roles.

It is made with the master user's secret, as is ``bi_reader``: once, and again only when a password is another
than its secret's (somebody rotated it) or a role is gone. Every other load knows the loader's secret alone.
"""

# ruff: noqa: S608 - identifiers and literals go through pg8000's own quoting

from __future__ import annotations

import logging
from dataclasses import replace

from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from pipeline.gold import bi_reader, ledger
from pipeline.gold.connection import sqlstate, with_retries
from pipeline.gold.errors import GoldCredentialsError
from pipeline.gold.options import GoldOptions
from pipeline.gold.relation import quoted, text_literal
from pipeline.gold.secret import Secret, SecretValue, first_value
from pipeline.gold.views import SCHEMA as VIEWS

log = logging.getLogger(__name__)

ROLE = "gold_loader"
_CONNECTION_LIMIT = 10
_OURS = (
    "SELECT format('%I.%I', n.nspname, c.relname) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relowner = CAST(current_user AS regrole) AND "
    "(n.nspname = 'gold_meta' OR (n.nspname::text, c.relname::text) IN "
    "(SELECT table_schema, table_name FROM gold_meta.tables)) ORDER BY 1"
)


def prepare(options: GoldOptions) -> None:
    """Make the roles, if they are not as their secrets say.

    Raises GoldCredentialsError, GoldUnavailableError.
    """
    if options.master_secret_arn is None:
        return
    if Secret(options.secret_arn, options.region).value_or_none() is not None and _agree(options):
        return
    master = replace(options, secret_arn=options.master_secret_arn)
    with_retries(master, lambda connection: _make(connection, options))


def _agree(options: GoldOptions) -> bool:
    """Whether the loader can log in, and BI's role has its secret's password."""
    try:
        return with_retries(options, lambda connection: bi_reader.is_current(connection, options))
    except GoldCredentialsError as error:
        log.info("gold: role %s is made anew: %s", ROLE, error)
        return False
    except DatabaseError as error:
        if sqlstate(error) != "42501":
            raise
        return False  # killed before the hand-over


def _make(connection: Connection, options: GoldOptions) -> None:
    """As the master user. Each step may be the last of a killed run: the next one begins at the first."""
    connection.run("BEGIN")
    ledger.lock(connection, f"/{ROLE}")  # two datasets' runs would make two passwords
    secret = Secret(options.secret_arn, options.region)
    value = secret.value_or_none() or secret.put(first_value(options, ROLE))
    if value.username != ROLE:
        raise GoldCredentialsError(secret.arn, f"its username must be {ROLE}, not {value.username!r}")
    _make_role(connection, secret.arn, value)
    connection.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(options.schema)}")
    for right, on in (
        ("CONNECT, CREATE, TEMPORARY", f"DATABASE {quoted(options.database)}"),
        ("USAGE, CREATE", f"SCHEMA {quoted(options.schema)}"),
    ):
        connection.run(f"GRANT {right} ON {on} TO {quoted(ROLE)} WITH GRANT OPTION")
    connection.run("COMMIT")
    bi_reader.ensure(connection, options)
    connection.run("BEGIN")
    ledger.ensure(connection)
    _hand_over(connection)
    connection.run("COMMIT")
    log.info("gold: role %s has the password of secret version %s", ROLE, value.version)


def _make_role(connection: Connection, secret_arn: str, value: SecretValue) -> None:
    if not connection.run("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role)", role=ROLE)[0][0]:
        connection.run(
            f"CREATE ROLE {quoted(ROLE)} LOGIN NOCREATEROLE NOCREATEDB CONNECTION LIMIT {_CONNECTION_LIMIT}"
        )
    # a member may do by hand what a load can't: drop a table that no longer fits its contract
    if not connection.run("SELECT pg_has_role(current_user, :role, 'MEMBER')", role=ROLE)[0][0]:
        connection.run(f"GRANT {quoted(ROLE)} TO CURRENT_USER")
    verifier = bi_reader.scram_verifier(secret_arn, value)
    connection.run(f"ALTER ROLE {quoted(ROLE)} PASSWORD {text_literal(verifier)}")


def _hand_over(connection: Connection) -> None:
    """Give the loader what earlier loads made as the master user, and the schemas it makes things in."""
    for (schema,) in connection.run(
        "SELECT nspname::text FROM pg_namespace "
        f"WHERE nspname IN ('gold_meta', {text_literal(VIEWS)}) AND nspowner = CAST(current_user AS regrole)"
    ):
        connection.run(f"ALTER SCHEMA {quoted(schema)} OWNER TO {quoted(ROLE)}")
    for (name,) in connection.run(_OURS):
        connection.run(f"ALTER TABLE {name} OWNER TO {quoted(ROLE)}")
