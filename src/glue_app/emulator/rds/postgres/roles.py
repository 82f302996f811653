"""What RDS puts into a new PostgreSQL server: its roles, and a master user that is no superuser.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]

_ROLES = ("rds_superuser", "rds_replication", "rds_password", "rds_iam")
#: each lets its members run programs or touch files as the server's operating system user; the last by way of
#: the view pg_group, through which whoever may write to all views changes rows of pg_authid
OF_THE_MACHINE = (
    "pg_execute_server_program",
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_write_all_data",
)
_GRANTS = ("pg_monitor", "pg_signal_backend", "pg_checkpoint", "pg_use_reserved_connections")


def prepare(connection: Connection, master_username: str, password: str, database: str | None) -> None:
    """Make RDS's roles, the master user and the first database; doing it twice changes nothing.

    connection: rdsadmin's, autocommit, to database postgres.
    """
    existing = {str(row[0]) for row in connection.execute("SELECT rolname FROM pg_roles")}
    for role in _ROLES:
        if role not in existing:
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    master = sql.Identifier(master_username)
    grants = [sql.Identifier(role) for role in _GRANTS if role in existing]
    grants += [sql.Identifier(role) for role in ("rds_replication", "rds_password")]
    connection.execute(
        sql.SQL("GRANT {} TO rds_superuser WITH ADMIN OPTION").format(sql.SQL(", ").join(grants))
    )
    if master_username not in existing:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(master))
        connection.execute(sql.SQL("GRANT rds_superuser TO {} WITH ADMIN OPTION").format(master))
    withhold_the_machine(connection)
    set_password(connection, master_username, password)
    databases = {str(row[0]) for row in connection.execute("SELECT datname FROM pg_database")}
    for owned in ("postgres", "template1"):
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(owned), master))
    if "rdsadmin" not in databases:
        connection.execute("CREATE DATABASE rdsadmin")
        connection.execute("REVOKE ALL ON DATABASE rdsadmin FROM PUBLIC")
    if database and database not in databases:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), master))


def withhold_the_machine(connection: Connection) -> None:
    """See to it that nobody gets out of the server: neither by COPY … PROGRAM nor by its files.

    RDS's PostgreSQL is changed for that; in the community's, up to version 15, whoever has CREATEROLE may
    grant any role that is no superuser. So these roles are marked as superusers, which has no other effect:
    nobody can log in as one, and members don't inherit the mark. Those of an older save are put out first.
    Doing it twice changes nothing (docs/adr/0018).
    """
    rows = connection.execute(
        "SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members"
        " WHERE roleid::regrole::text = ANY(%s)",
        [list(OF_THE_MACHINE)],
    ).fetchall()
    for role, member in rows:  # regrole's text is quoted where it must be
        connection.execute(sql.SQL("REVOKE {} FROM {} CASCADE").format(sql.SQL(role), sql.SQL(member)))
    # ALTER ROLE refuses names that begin with pg_
    connection.execute(
        "UPDATE pg_authid SET rolsuper = true WHERE rolname = ANY(%s) AND NOT rolsuper",
        [list(OF_THE_MACHINE)],
    )


def set_password(connection: Connection, username: str, password: str) -> None:
    """Set a password; the server only ever sees its SCRAM verifier, so no log can hold it."""
    verifier = connection.pgconn.encrypt_password(password.encode(), username.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(username), sql.Literal(verifier.decode()))
    )
