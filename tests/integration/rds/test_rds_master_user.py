"""What the master user is refused: all that leads out of the database, as on RDS.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from glue_app.emulator.rds.postgres.roles import OF_THE_MACHINE
from tests.integration.local_stack import LocalStack
from tests.integration.rds.db_instance import Instance
from tests.integration.rds.restored import MASTER, PASSWORD, restoring

#: `member` stands for postgres_admin
WAYS_OUT = (
    *(f"GRANT {role} TO member" for role in OF_THE_MACHINE),
    *(f"GRANT {role} TO member WITH ADMIN OPTION" for role in OF_THE_MACHINE),
    *(f"CREATE ROLE other IN ROLE {role}" for role in OF_THE_MACHINE),
    *(f"SET ROLE {role}" for role in OF_THE_MACHINE),
    *(f"GRANT {role} TO rds_superuser" for role in OF_THE_MACHINE),
    *(f"ALTER FUNCTION helper() OWNER TO {role}" for role in OF_THE_MACHINE),
    *(f"ALTER DEFAULT PRIVILEGES FOR ROLE {role} GRANT ALL ON TABLES TO PUBLIC" for role in OF_THE_MACHINE),
    *(f"CREATE DATABASE other OWNER {role}" for role in OF_THE_MACHINE),
    *(f"CREATE SCHEMA AUTHORIZATION {role}" for role in OF_THE_MACHINE),
    "UPDATE pg_group SET grosysid = 4571 WHERE groname = 'rds_iam'",
    "DELETE FROM pg_group WHERE groname = 'pg_execute_server_program'",
    "DELETE FROM information_schema.enabled_roles WHERE role_name = 'rds_iam'",
    "SELECT rolpassword FROM pg_authid",
    "GRANT rdsadmin TO member",
    "SET ROLE rdsadmin",
    "SET SESSION AUTHORIZATION rdsadmin",
    "ALTER ROLE rdsadmin PASSWORD 'x'",
    "ALTER ROLE rdsadmin SET session_preload_libraries = 'auto_explain'",
    "ALTER ROLE rdsadmin RENAME TO other",
    "DROP ROLE rdsadmin",
    "ALTER FUNCTION helper() OWNER TO rdsadmin",
    "CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
    "ALTER DATABASE rdsadmin OWNER TO member",
    "ALTER DATABASE rdsadmin SET search_path = public",
    "DROP DATABASE rdsadmin",
    "ALTER ROLE ALL SET search_path = public",
    "ALTER ROLE member SUPERUSER",
    "ALTER ROLE rds_superuser SUPERUSER",
    "ALTER ROLE member REPLICATION",
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
    "CREATE LANGUAGE other HANDLER plpgsql_call_handler",
    "CREATE EVENT TRIGGER other ON ddl_command_start EXECUTE FUNCTION on_event()",
    "CREATE FOREIGN DATA WRAPPER other",
    "CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler",
    "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO member",
    "SELECT pg_read_binary_file('postgresql.conf')",
    "SELECT pg_stat_file('postgresql.conf')",
    "SELECT pg_hba_file_rules()",
    "SELECT pg_promote()",
    "SELECT pg_create_physical_replication_slot('other')",
    "ALTER SYSTEM SET archive_command = 'true'",
    "ALTER SYSTEM RESET ALL",
    "SET dynamic_library_path = '/tmp'",
    "SET allow_system_table_mods = on",
    "ALTER DATABASE gold_db SET session_preload_libraries = 'auto_explain'",
    "SET session_preload_libraries = '/tmp/glue-app-out'",
    "ALTER ROLE member SET session_preload_libraries = '/tmp/glue-app-out'",
    "CREATE TABLESPACE out LOCATION '/tmp'",
    "CREATE SUBSCRIPTION s CONNECTION 'user=rdsadmin' PUBLICATION p",
    "SELECT pg_reload_conf()",
)
#: where this server's packages bring them: all lead to files, programs, or another connection
EXTENSIONS = (
    "adminpack", "dblink", "file_fdw", "pageinspect", "plperlu", "plpython3u", "pltclu",
    "postgres_fdw", "xml2",
)  # fmt: skip
#: those that have been looked at; a later PostgreSQL has more
PREDEFINED = {
    "pg_checkpoint", "pg_create_subscription", "pg_database_owner", "pg_monitor", "pg_read_all_data",
    "pg_read_all_settings", "pg_read_all_stats", "pg_signal_backend", "pg_stat_scan_tables",
    "pg_use_reserved_connections", *OF_THE_MACHINE,
}  # fmt: skip


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
        connection.execute("CREATE FUNCTION helper() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        connection.execute("CREATE FUNCTION on_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'")
        there = {row[0] for row in connection.execute("SELECT name FROM pg_available_extensions")}
        attempts = [*WAYS_OUT, *(f"CREATE EXTENSION {name}" for name in EXTENSIONS if name in there)]
        answers = {statement: refusal(connection, statement) for statement in attempts}
        assert {statement: state for statement, state in answers.items() if state != "42501"} == {}
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^pg_'")}
        assert roles <= PREDEFINED


def test_the_master_user_does_what_it_does_on_rds(create_instance: Callable[..., Instance]) -> None:
    """It makes roles and databases, hands its own roles on, and makes trusted extensions."""
    allowed = (
        "CREATE ROLE reader LOGIN PASSWORD 'reader-Passw0rd'",
        "GRANT rds_superuser TO reader",
        "GRANT pg_monitor TO reader",
        "GRANT pg_signal_backend TO reader",
        "GRANT rds_replication TO reader",
        "CREATE DATABASE another",
        "CREATE EXTENSION pg_trgm",
        "DROP DATABASE another",
        "REVOKE rds_superuser FROM reader",
    )
    with create_instance().connect(MASTER, PASSWORD) as connection:
        answers = {statement: refusal(connection, statement) for statement in allowed}
        assert {statement: state for statement, state in answers.items() if state is not None} == {}


def let_in_by_an_older_version(instance: Instance, stack: LocalStack) -> None:
    """What a master user could do to itself before."""
    if not isinstance(stack, LocalStack):
        pytest.skip("the way in as rdsadmin is another machine's")
    described = instance.described
    with psycopg.connect(
        host=str((stack.state / "rds" / described["DbiResourceId"] / "socket").resolve()),
        port=described["Endpoint"]["Port"],
        user="rdsadmin",
        dbname="rdsadmin",
        autocommit=True,
    ) as admin:
        admin.execute("UPDATE pg_authid SET rolsuper = false WHERE rolname LIKE 'pg_%'")
        admin.execute("GRANT pg_execute_server_program TO postgres_admin WITH ADMIN OPTION")
    with instance.connect(MASTER, PASSWORD) as connection:
        assert refusal(connection, "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'") is None


def test_a_stopped_server_is_started_without_its_older_ways_out(
    create_instance: Callable[..., Instance], stack: LocalStack, rds: Any
) -> None:
    """It may have been stopped since before the rule: no restart of the stack has looked at it."""
    old = create_instance()
    let_in_by_an_older_version(old, stack)
    rds.stop_db_instance(DBInstanceIdentifier=old.identifier)
    old.wait("stopped")

    rds.start_db_instance(DBInstanceIdentifier=old.identifier)
    old.wait()

    with old.connect(MASTER, PASSWORD) as connection:
        assert refusal(connection, "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'") == "42501"


@pytest.fixture
def restore(stack: LocalStack, client: Callable[[str], Any]) -> Iterator[Callable[..., Instance]]:
    yield from restoring(stack, client, "restore_db_instance_from_db_snapshot", "DBInstanceIdentifier")


def test_who_was_let_in_by_an_older_version_is_put_out(
    create_instance: Callable[..., Instance], restore: Callable[..., Instance], stack: LocalStack, rds: Any
) -> None:
    """Its databases come back without that: members of a role that is now a superuser would be worse.

    The database `postgres`, which is the master user's, need not be there.
    """
    old = create_instance(DBName="gold_db")
    let_in_by_an_older_version(old, stack)
    with old.connect(MASTER, PASSWORD, "gold_db") as connection:
        connection.execute("DROP DATABASE postgres")
    snapshot = f"snap-{uuid.uuid4().hex[:8]}"
    rds.create_db_snapshot(DBInstanceIdentifier=old.identifier, DBSnapshotIdentifier=snapshot)
    old.wait()

    new = restore(DBSnapshotIdentifier=snapshot)

    with new.connect(MASTER, PASSWORD, "gold_db") as connection:
        for statement in (
            "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'",
            "SET ROLE pg_execute_server_program",
            "GRANT pg_execute_server_program TO member",
        ):
            assert refusal(connection, statement) == "42501"
    rds.delete_db_snapshot(DBSnapshotIdentifier=snapshot)
