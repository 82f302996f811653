"""A real PostgreSQL server for the whole session, emptied for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pg8000.native import Connection

from pipeline.gold import GoldOptions
from pipeline.gold.credentials import Credentials
from tests.support.postgres_server import DATABASE, MASTER, PostgresServer
from tests.unit.glue.gold.fake_secrets import FakeSecretsManager


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    running = PostgresServer()
    yield running
    running.stop()


@pytest.fixture
def database(server: PostgresServer) -> str:
    """The name of an empty database."""
    with server.connect() as connection:
        connection.run(
            "DROP SCHEMA IF EXISTS gold_meta, bi CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        )
        roles = "SELECT rolname::text FROM pg_roles WHERE rolname IN ('bi_reader', 'dba', 'gold_loader')"
        for (role,) in connection.run(roles):
            connection.run(f"GRANT {role} TO {MASTER}; DROP OWNED BY {role}; DROP ROLE {role}")
    return DATABASE


@pytest.fixture
def query(server: PostgresServer, database: str) -> Iterator[Callable[[str], list[Any]]]:
    """Run SQL as another session would; returns the rows."""
    connection: Connection = server.connect(database=database)
    yield lambda sql: [tuple(row) for row in connection.run(sql) or []]
    connection.close()


@pytest.fixture(autouse=True)
def _secret(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job finds the server's password in its secret."""
    if "server" in request.fixturenames:
        credentials = Credentials(MASTER, request.getfixturevalue("server").password)
        monkeypatch.setattr("pipeline.gold.connection.fetch", lambda options: credentials)


@pytest.fixture
def bi_secret(monkeypatch: pytest.MonkeyPatch) -> FakeSecretsManager:
    """The secret of bi_reader, without a value."""
    fake = FakeSecretsManager()
    monkeypatch.setattr("pipeline.clients.boto3.client", lambda *_, **__: fake)
    return fake


@pytest.fixture
def options(server: PostgresServer, database: str) -> Callable[..., GoldOptions]:
    """A factory of GoldOptions for the test's database."""

    def make(**settings: Any) -> GoldOptions:
        given = {"root_certificate": server.certificate} | settings
        return GoldOptions("127.0.0.1", server.port, database, "arn:aws:secretsmanager:gold", **given)

    return make
