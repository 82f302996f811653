"""What the master user is refused: all that leads out of the database, as on RDS.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.integration.local_stack import LocalStack
from tests.integration.rds.db_instance import Instance
from tests.integration.rds.restored import MASTER, PASSWORD, restoring

ROLES = ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files")
#: `member` stands for postgres_admin
WAYS_OUT = (
    *(f"GRANT {role} TO member" for role in ROLES),
    *(f"GRANT {role} TO member WITH ADMIN OPTION" for role in ROLES),
    *(f"CREATE ROLE other IN ROLE {role}" for role in ROLES),
    *(f"SET ROLE {role}" for role in ROLES),
    "GRANT rdsadmin TO member",
    "SET ROLE rdsadmin",
    "SET SESSION AUTHORIZATION rdsadmin",
    "ALTER ROLE rdsadmin PASSWORD 'x'",
    "ALTER ROLE member SUPERUSER",
    "CREATE ROLE other SUPERUSER",
    "CREATE ROLE other REPLICATION",
    "UPDATE pg_authid SET rolsuper = true",
    "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'",
    "COPY (SELECT 1) TO '/tmp/glue-app-out'",
    "CREATE TABLE lines (line text); COPY lines FROM '/etc/hostname'",
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_export(1, '/tmp/glue-app-out')",
    "LOAD '/tmp/glue-app-out.so'",
    "CREATE FUNCTION pid() RETURNS int LANGUAGE c AS 'libc.so.6', 'getpid'",
    "CREATE FUNCTION reads(text) RETURNS text LANGUAGE internal AS 'pg_read_file_all'",
    "CREATE EXTENSION file_fdw",
    "CREATE EXTENSION adminpack",
    "ALTER SYSTEM SET archive_command = 'true'",
    "SET session_preload_libraries = '/tmp/glue-app-out'",
    "ALTER ROLE member SET session_preload_libraries = '/tmp/glue-app-out'",
    "CREATE TABLESPACE out LOCATION '/tmp'",
    "CREATE SUBSCRIPTION s CONNECTION 'user=rdsadmin' PUBLICATION p",
    "SELECT pg_reload_conf()",
)


def refusal(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> str | None:
    """The SQLSTATE, None where it was done."""
    try:
        connection.execute(statement.replace("member", MASTER).encode())
    except psycopg.Error as error:
        return error.sqlstate
    return None


def test_no_way_leads_out_of_the_database(create_instance: Callable[..., Instance]) -> None:
    instance = create_instance(DBName="gold_db")
    with instance.connect(MASTER, PASSWORD, "gold_db") as connection:
        connection.execute("CREATE SCHEMA own; SET search_path = own")
        answers = {statement: refusal(connection, statement) for statement in WAYS_OUT}
        assert {statement for statement, state in answers.items() if state != "42501"} == set()


@pytest.fixture
def restore(stack: LocalStack, client: Callable[[str], Any]) -> Iterator[Callable[..., Instance]]:
    yield from restoring(stack, client, "restore_db_instance_from_db_snapshot", "DBInstanceIdentifier")


def test_who_was_let_in_by_an_older_version_is_put_out(
    create_instance: Callable[..., Instance], restore: Callable[..., Instance], stack: LocalStack, rds: Any
) -> None:
    """Its databases come back without that: members of a role that is now a superuser would be worse."""
    if not isinstance(stack, LocalStack):
        pytest.skip("the way in as rdsadmin is another machine's")
    old = create_instance()
    described = old.described
    with psycopg.connect(
        host=str((stack.state / "rds" / described["DbiResourceId"] / "socket").resolve()),
        port=described["Endpoint"]["Port"],
        user="rdsadmin",
        dbname="postgres",
        autocommit=True,
    ) as admin:
        admin.execute("UPDATE pg_authid SET rolsuper = false WHERE rolname LIKE 'pg_%'")
        admin.execute("GRANT pg_execute_server_program TO postgres_admin WITH ADMIN OPTION")
    with old.connect(MASTER, PASSWORD) as connection:
        assert refusal(connection, "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'") is None
    snapshot = f"snap-{uuid.uuid4().hex[:8]}"
    rds.create_db_snapshot(DBInstanceIdentifier=old.identifier, DBSnapshotIdentifier=snapshot)
    old.wait()

    new = restore(DBSnapshotIdentifier=snapshot)

    with new.connect(MASTER, PASSWORD) as connection:
        for statement in (
            "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'",
            "SET ROLE pg_execute_server_program",
            "GRANT pg_execute_server_program TO member",
        ):
            assert refusal(connection, statement) == "42501"
    rds.delete_db_snapshot(DBSnapshotIdentifier=snapshot)
