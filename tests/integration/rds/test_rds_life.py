"""The life of a DB instance: a real server from its creation to its deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.integration.local_stack import LocalStack
from tests.integration.rds.db_instance import Instance

pytestmark = pytest.mark.database


def test_from_creation_to_deletion(create_instance: Callable[..., Instance], rds: Any) -> None:
    """Created, used with TLS, password changed, stopped and started with its data, deleted, made again."""
    gold = create_instance(DBName="gold_db", MultiAZ=True)
    described = gold.described
    assert described["MultiAZ"]
    assert described["SecondaryAvailabilityZone"] != described["AvailabilityZone"]
    with gold.connect("postgres_admin", "first-Passw0rd", "gold_db") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        assert connection.info.pgconn.ssl_in_use

    gold.modify(MasterUserPassword="second-Passw0rd")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        gold.connect("postgres_admin", "first-Passw0rd")

    rds.stop_db_instance(DBInstanceIdentifier=gold.identifier)
    gold.wait("stopped")
    with pytest.raises(psycopg.OperationalError, match=r"refused|closed|reset"):
        gold.connect("postgres_admin", "second-Passw0rd")
    rds.start_db_instance(DBInstanceIdentifier=gold.identifier)
    gold.wait()
    with gold.connect("postgres_admin", "second-Passw0rd", "gold_db") as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)

    rds.delete_db_instance(DBInstanceIdentifier=gold.identifier, SkipFinalSnapshot=True)
    gold.wait_until_gone()
    again = create_instance(gold.identifier)
    assert again.described["DbiResourceId"] != described["DbiResourceId"]
    with again.connect("postgres_admin", "first-Passw0rd") as connection:
        databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    assert "gold_db" not in databases


def test_the_master_user_is_no_superuser(create_instance: Callable[..., Instance]) -> None:
    """But makes databases and roles, and owns the first database, as on RDS."""
    instance = create_instance(DBName="gold_db")

    with instance.connect("postgres_admin", "first-Passw0rd", "gold_db") as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, pg_has_role(rolname, 'rds_superuser', 'member') "
            "FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert rights == (False, True, True, True)
        connection.execute("CREATE ROLE job LOGIN PASSWORD 'job-Passw0rd'")
        connection.execute("CREATE SCHEMA gold")
        connection.execute("GRANT USAGE ON SCHEMA gold TO job")


def test_nobody_comes_in_as_rdsadmin(create_instance: Callable[..., Instance], stack: LocalStack) -> None:
    """The emulator's own way in is a socket in a folder of its own."""
    instance = create_instance()

    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        instance.connect("rdsadmin", "whatever")
    if isinstance(stack, LocalStack):  # its files are this machine's
        socket_folder = stack.state / "rds" / instance.described["DbiResourceId"] / "socket"
        assert socket_folder.resolve().stat().st_mode & 0o777 == 0o700


def test_a_managed_password_and_its_rotation(create_instance: Callable[..., Instance]) -> None:
    """The secret rds!db-… opens the database; after a rotation only its new value does."""
    instance = create_instance(ManageMasterUserPassword=True)
    described = instance.described["MasterUserSecret"]
    assert described["SecretStatus"] == "active"
    assert ":secret:rds!db-" in described["SecretArn"]
    assert ":key/" in described["KmsKeyId"]
    first = instance.secret
    assert set(first) == {"username", "password"}
    instance.connect(first["username"], first["password"]).close()

    instance.modify(RotateMasterUserPassword=True)

    second = instance.secret
    assert second["password"] != first["password"]
    instance.connect(second["username"], second["password"]).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        instance.connect(first["username"], first["password"])


def test_a_password_is_managed_and_then_no_longer(
    create_instance: Callable[..., Instance], client: Callable[[str], Any]
) -> None:
    instance = create_instance()

    instance.modify(ManageMasterUserPassword=True)
    managed = instance.secret
    arn = instance.described["MasterUserSecret"]["SecretArn"]
    instance.connect("postgres_admin", managed["password"]).close()

    instance.modify(ManageMasterUserPassword=False, MasterUserPassword="third-Passw0rd")
    assert "MasterUserSecret" not in instance.described
    instance.connect("postgres_admin", "third-Passw0rd").close()
    with pytest.raises(client("secretsmanager").exceptions.ResourceNotFoundException):
        client("secretsmanager").get_secret_value(SecretId=arn)


def test_a_renamed_instance_keeps_its_server(create_instance: Callable[..., Instance], rds: Any) -> None:
    instance = create_instance()
    before = instance.described

    new = f"{instance.identifier}-renamed"
    rds.modify_db_instance(
        DBInstanceIdentifier=instance.identifier, NewDBInstanceIdentifier=new, ApplyImmediately=True
    )
    instance.wait_until_gone()
    instance.identifier = new

    after = instance.wait()
    assert after["DbiResourceId"] == before["DbiResourceId"]
    assert after["DBInstanceArn"].endswith(f":db:{new}")
    instance.connect("postgres_admin", "first-Passw0rd").close()


def test_instances_listen_side_by_side(create_instance: Callable[..., Instance]) -> None:
    """Each at an endpoint of its own; on Linux all with the port of PostgreSQL."""
    first, second = create_instance(), create_instance()

    assert first.described["Endpoint"] != second.described["Endpoint"]
    for instance in (first, second):
        instance.connect("postgres_admin", "first-Passw0rd").close()


def test_what_is_not_emulated_is_refused_and_nothing_happens(
    create_instance: Callable[..., Instance], rds: Any
) -> None:
    """No read replica that only seems to be one."""
    instance = create_instance()
    name = instance.identifier
    calls: list[Callable[[], object]] = [
        lambda: rds.create_db_instance_read_replica(
            DBInstanceIdentifier="replica", SourceDBInstanceIdentifier=name
        ),
        lambda: rds.add_role_to_db_instance(
            DBInstanceIdentifier=name, RoleArn="arn:aws:iam::000000000000:role/x", FeatureName="s3Import"
        ),
    ]

    for call in calls:
        with pytest.raises(rds.exceptions.ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "NotEmulatedByGlueApp"
    assert instance.described["DBInstanceStatus"] == "available"
