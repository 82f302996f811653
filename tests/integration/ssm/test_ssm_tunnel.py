"""The database through a session: the AWS CLI, the official plugin, a PostgreSQL client."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from glue_app.stack.ports import free_port
from tests.integration.local_stack import LocalStack
from tests.integration.rds.db_instance import Instance
from tests.integration.ssm.database import DATABASE, PASSWORD, USER, connect
from tests.integration.ssm.tunnel import (
    CONNECTION_ERROR,
    TO_REMOTE_HOST,
    Tunnel,
    by_plugin,
    environment,
    opened,
    running,
)
from tests.integration.ssm.vpc import CORE, PORT, Vpc
from tests.support.cut_proxy import CutProxy
from tests.support.polling import wait_for

Open = Callable[..., Tunnel]
ROWS_OF_100_MB = "SELECT i, repeat(md5(i::text), 31) FROM generate_series(1, 101000) AS i"


def digest(connection: psycopg.Connection[Any], rows: str) -> tuple[int, str]:
    """How many bytes a COPY of the rows has, and their SHA-256."""
    found, size = hashlib.sha256(), 0
    with connection.cursor().copy(f"COPY ({rows}) TO STDOUT") as data:
        for block in data:
            found.update(block)
            size += len(block)
    return size, found.hexdigest()


def status(client: Callable[[str], Any], session_id: str) -> str:
    for state in ("Active", "History"):
        filters = [{"key": "SessionId", "value": session_id}]
        if found := client("ssm").describe_sessions(State=state, Filters=filters)["Sessions"]:
            return f"{state}: {found[0]['Status']}"
    return "unknown"


def test_psql_asks_and_is_answered_with_tls(open_tunnel: Open) -> None:
    """The operator's procedure, up to the answer of the database."""
    tunnel = open_tunnel()
    with connect(tunnel.port) as connection:
        assert connection.info.pgconn.ssl_in_use
        assert connection.execute("SELECT 6 * 7").fetchone() == (42,)
    if psql := shutil.which("psql"):
        command = [psql, "-h", "localhost", "-p", str(tunnel.port), "-U", USER, "-d", DATABASE, "-tAc"]
        variables = os.environ | {"PGPASSWORD": PASSWORD, "PGSSLMODE": "require"}
        done = subprocess.run([*command, "SELECT 6 * 7"], env=variables, capture_output=True, text=True)
        assert (done.stdout.strip(), done.stderr) == ("42", "")


def test_100_mb_arrive_as_they_are(open_tunnel: Open, gold: Instance) -> None:
    """A dump through the tunnel has the checksum of a dump without it."""
    with gold.connect(USER, PASSWORD, DATABASE) as direct:
        wanted = digest(direct, ROWS_OF_100_MB)
    with connect(open_tunnel().port) as tunnelled:
        assert digest(tunnelled, ROWS_OF_100_MB) == wanted
    assert wanted[0] > 100_000_000


def test_what_the_client_sends_arrives_as_it_is(open_tunnel: Open) -> None:
    """The plugin itself sends 1 KiB a millisecond at most."""
    text = os.urandom(500_000).hex()
    with connect(open_tunnel().port) as connection:
        found = connection.execute("SELECT md5(%s)", [text]).fetchone()
    assert found == (hashlib.md5(text.encode()).hexdigest(),)  # noqa: S324  (as PostgreSQL computes it)


def test_ten_connections_at_once(open_tunnel: Open) -> None:
    """Each has its own answer, none waits for the others."""
    port = open_tunnel().port

    def ask(number: int) -> tuple[int, str]:
        with connect(port) as connection:
            connection.execute("SELECT pg_sleep(0.2)")
            return digest(
                connection, f"SELECT i, {number} FROM generate_series({number}, {number} + 20000) AS i"
            )

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(ask, range(10)))
    assert len(set(found)) == 10
    with connect(port) as connection:
        again = [
            digest(connection, f"SELECT i, {number} FROM generate_series({number}, {number} + 20000) AS i")
            for number in range(10)
        ]
    assert found == again


def test_a_client_that_does_not_read_holds_up_nobody(open_tunnel: Open) -> None:
    """Another connection of the session is answered meanwhile."""
    port = open_tunnel().port
    with (
        connect(port) as lazy,
        connect(port) as busy,
        lazy.cursor().copy("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 2000)) TO STDOUT") as rows,
    ):
        next(iter(rows))
        assert busy.execute("SELECT 1").fetchone() == (1,)
        assert sum(1 for _ in rows) > 0


def test_a_connection_that_was_cut_is_resumed(
    stack: LocalStack, vpc: Vpc, gold: Instance, plugin: Path, tmp_path: Path, client: Callable[[str], Any]
) -> None:
    """The plugin gets a new token by ResumeSession; the connections through it stand.

    Nothing is under way at the cut: the plugin takes a message twice whose acknowledgement fails.
    """
    endpoint, local_port = gold.described["Endpoint"], free_port()
    with CutProxy(stack.edge_port) as proxy:
        answer = client("ssm").start_session(
            Target=vpc.instance_id,
            DocumentName=TO_REMOTE_HOST,
            Parameters={
                "host": [endpoint["Address"]],
                "portNumber": [str(endpoint["Port"])],
                "localPortNumber": [str(local_port)],
            },
        )
        url = urlsplit(answer["StreamUrl"])
        answer["StreamUrl"] = url._replace(netloc=f"127.0.0.1:{proxy.port}").geturl()
        session_id, command = answer["SessionId"], by_plugin(stack.endpoint, answer, vpc.instance_id)
        with running(command, environment(stack.endpoint), tmp_path, local_port) as tunnel:
            tunnel.wait_until_says("Waiting for connections...")
            with connect(local_port) as connection:
                connection.execute("CREATE TEMPORARY TABLE kept AS SELECT 42 AS answer")
                proxy.cut()
                wait_for("the plugin to come back", lambda: proxy.connections == 2)
                wait_for("it to be let in", lambda: status(client, session_id) == "Active: Connected")
                assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
                assert digest(connection, "SELECT i FROM generate_series(1, 500000) AS i")[0] > 3_000_000


def test_ctrl_c_ends_the_session(open_tunnel: Open, client: Callable[[str], Any]) -> None:
    """As on AWS: the plugin says so to the service, which has it in its history."""
    tunnel = open_tunnel()
    assert status(client, tunnel.session_id) == "Active: Connected"
    tunnel.interrupt()
    tunnel.wait_until_says("Terminate signal received, exiting.")
    wait_for("the session to end", lambda: status(client, tunnel.session_id) == "History: Terminated")


def test_terminate_session_ends_the_plugin(open_tunnel: Open, client: Callable[[str], Any]) -> None:
    """With its own words, and the database's connections end, too."""
    tunnel = open_tunnel()
    with connect(tunnel.port) as connection:
        client("ssm").terminate_session(SessionId=tunnel.session_id)
        tunnel.wait_until_says(f"Exiting session with sessionId: {tunnel.session_id}.")
        tunnel.wait_until_ended()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert status(client, tunnel.session_id) == "History: Terminated"


def test_a_killed_plugin_leaves_nothing_behind(
    open_tunnel: Open, gold: Instance, client: Callable[[str], Any]
) -> None:
    """Its session ends when nobody comes back to it; the database's connections with it."""
    tunnel = open_tunnel()
    connection = connect(tunnel.port)
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    tunnel.kill()
    wait_for("the client's loss", lambda: status(client, tunnel.session_id) == "Active: Disconnected")
    wait_for("the session to end", lambda: status(client, tunnel.session_id) == "History: Terminated", 30)
    with gold.connect(USER, PASSWORD, DATABASE) as direct:
        query = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
        wait_for("its connection to end", lambda: direct.execute(query, row).fetchone() == (0,))
    connection.close()


@pytest.mark.parametrize(
    ("host", "port"),
    [(None, PORT + 1), ("127.0.0.1", None), ("example.com", None), ("localhost", None)],
    ids=["closed port", "this machine", "the internet", "the instance itself"],
)
def test_what_is_not_reached_is_the_plugins_own_error(
    open_tunnel: Open, host: str | None, port: int | None
) -> None:
    """The session stands; each connection fails, and the plugin says so."""
    tunnel = open_tunnel(host, port)
    with pytest.raises(psycopg.OperationalError):
        connect(tunnel.port)
    tunnel.wait_until_says(CONNECTION_ERROR)


def test_security_groups_decide(open_tunnel: Open, vpc: Vpc) -> None:
    """The database's rule is gone: the same error. It is there again: the same session goes on."""
    tunnel = open_tunnel()
    vpc.forbid("diag", "gold", PORT)
    try:
        with pytest.raises(psycopg.OperationalError):
            connect(tunnel.port)
        tunnel.wait_until_says(CONNECTION_ERROR)
    finally:
        vpc.allow_in("diag", "gold", PORT)
    with connect(tunnel.port) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_session_ends_with_its_instance(
    stack: LocalStack, vpc: Vpc, plugin: Path, tmp_path: Path, client: Callable[[str], Any]
) -> None:
    """As its agent does."""
    instance_id = vpc.run_instance(vpc.instance_profile(CORE))
    with opened(stack.endpoint, instance_id, "10.9.0.9", PORT, tmp_path) as tunnel:
        client("ec2").terminate_instances(InstanceIds=[instance_id])
        tunnel.wait_until_ended()
    assert status(client, tunnel.session_id) == "History: Terminated"


def test_data_is_encrypted_with_a_key_of_the_account(open_tunnel: Open, client: Callable[[str], Any]) -> None:
    """Where the preferences name one; plugin and emulator ask KMS for the same data key."""
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    inputs = {"kmsKeyId": key, "idleSessionTimeout": "20"}
    preferences = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    name = "SSM-SessionManagerRunShell"
    client("ssm").create_document(Name=name, DocumentType="Session", Content=json.dumps(preferences))
    try:
        tunnel = open_tunnel()
    finally:
        client("ssm").delete_document(Name=name)
    assert "This session is encrypted using AWS KMS." in tunnel.said()
    with connect(tunnel.port) as connection:
        assert digest(connection, "SELECT i FROM generate_series(1, 100000) AS i")[0] > 500_000
