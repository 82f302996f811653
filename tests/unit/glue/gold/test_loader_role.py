"""The role the job loads as: made once with the master user's secret, and less than the master user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from pg8000.exceptions import DatabaseError

from pipeline.gold import GoldOptions, credentials, loader_role
from pipeline.gold.connection import sqlstate
from pipeline.gold.errors import GoldCredentialsError
from tests.support.postgres_server import MASTER, PostgresServer
from tests.unit.glue.gold.fake_secrets import FakeSecretsManager
from tests.unit.glue.gold.gold_loads import load_tables
from tests.unit.glue.gold.test_bi_reader import CONTRACT, ORDERS, ROWS, KilledError

Query = Callable[[str], list[Any]]
LOADER, MASTERS, BI = (f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}" for name in "lmb")


class Vault:
    """Secrets Manager with three secrets; ``read``: whose value was asked for, in order."""

    exceptions = FakeSecretsManager.exceptions

    def __init__(self, password: str) -> None:
        self.secrets = {arn: FakeSecretsManager() for arn in (LOADER, MASTERS, BI)}
        self.secrets[MASTERS].rotate(username=MASTER, password=password)
        self.read: list[str] = []

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - AWS's names
        self.read.append(SecretId)
        return self.secrets[SecretId].get_secret_value(SecretId)

    def put_secret_value(self, SecretId: str, SecretString: str) -> dict[str, str]:  # noqa: N803
        return self.secrets[SecretId].put_secret_value(SecretId, SecretString)


@pytest.fixture
def vault(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Vault:
    found = Vault(server.password)
    monkeypatch.setattr("pipeline.gold.connection.fetch", credentials.fetch)
    monkeypatch.setattr("pipeline.clients.boto3.client", lambda *_, **__: found)
    return found


@pytest.fixture
def load(server: PostgresServer, database: str, vault: Vault) -> Callable[..., Any]:
    """A load with its preparation, as ``pipeline.gold.load`` does it."""

    def run(rows: Any = ROWS, **settings: Any) -> Any:
        roles: dict[str, Any] = {"master_secret_arn": MASTERS, "bi_secret_arn": BI, "deadline": 20.0}
        options = GoldOptions(
            "127.0.0.1",
            server.port,
            database,
            LOADER,
            root_certificate=server.certificate,
            **roles | settings,
        )
        vault.read.clear()
        loader_role.prepare(options)
        return load_tables(options, CONTRACT, {ORDERS: rows})

    return run


def owners(query: Query) -> set[Any]:
    ours = "nspname IN ('gold_meta', 'bi') OR relname = 'orders'"
    return set(
        query(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class c JOIN pg_namespace n "
            f"ON n.oid = relnamespace WHERE relkind IN ('r', 'v') AND ({ours}) "
            "UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname IN ('gold_meta', 'bi')"
        )
    )


def test_the_first_load_makes_the_role_and_later_ones_know_no_other_secret(
    load: Callable[..., Any], vault: Vault, query: Query, server: PostgresServer
) -> None:
    """It owns tables, views and records; the master's secret is read once; no log holds a password."""
    assert load().changed
    assert owners(query) == {("gold_loader",)}
    assert MASTERS in vault.read
    assert load([*ROWS, [3, "c"]]).tables["orders"].inserted == 1
    assert MASTERS not in vault.read
    value = vault.secrets[LOADER].value
    assert value["username"] == "gold_loader"
    assert value["password"] not in server.log
    bi = vault.secrets[BI].value
    with server.connect(bi["username"], bi["dbname"], bi["password"]) as reader:
        assert reader.run("SELECT count(*) FROM orders") == [[3]]


def test_once_the_roles_are_there_the_masters_secret_may_be_kept_from_the_job(
    load: Callable[..., Any], vault: Vault
) -> None:
    """Terraform's ``job_makes_roles = false``: no load misses it until a password is rotated."""
    load()
    assert load([*ROWS, [3, "c"]], master_secret_arn=None).tables["orders"].inserted == 1
    assert not load([*ROWS, [3, "c"]], master_secret_arn=None).changed
    assert MASTERS not in vault.read


def test_it_can_make_no_roles(load: Callable[..., Any], vault: Vault, server: PostgresServer) -> None:
    """Nor databases, nor read what only the master user may."""
    load()
    value = vault.secrets[LOADER].value
    connection = server.connect(value["username"], value["dbname"], value["password"])
    refused = {}
    for sql in ("CREATE ROLE mine", "ALTER ROLE bi_reader PASSWORD 'x'", "CREATE DATABASE mine",
                "SELECT * FROM pg_authid", f"SET ROLE {MASTER}"):  # fmt: skip
        with pytest.raises(DatabaseError) as caught:
            connection.run(sql)
        refused[sql] = sqlstate(caught.value)
    connection.close()
    assert refused == dict.fromkeys(refused, "42501")


def test_what_earlier_versions_loaded_as_the_master_user_is_handed_over(
    load: Callable[..., Any], vault: Vault, query: Query
) -> None:
    """An upgrade of a deployment: rows stay, and the administrator can still drop a table by hand."""
    vault.secrets[LOADER], kept = vault.secrets[MASTERS], vault.secrets[LOADER]
    load(master_secret_arn=None)
    assert owners(query) == {(MASTER,)}
    vault.secrets[LOADER] = kept
    assert not load().changed
    assert owners(query) == {("gold_loader",)}
    query("DROP VIEW bi.order_notes, bi.big_orders; DROP TABLE public.orders")
    assert load().changed


@pytest.mark.parametrize("arn", [LOADER, BI])
def test_a_rotated_password_is_given_to_its_role(
    load: Callable[..., Any], vault: Vault, server: PostgresServer, arn: str
) -> None:
    """Whoever put the new value in: the next load applies it, with the master's secret."""
    load()
    vault.secrets[arn].rotate(password="another-password")
    load()
    assert MASTERS in vault.read
    value = vault.secrets[arn].value
    server.connect(value["username"], value["dbname"], "another-password").close()
    load()
    assert MASTERS not in vault.read


def test_a_run_killed_before_the_role_was_made_is_put_right(
    load: Callable[..., Any], vault: Vault, query: Query
) -> None:
    """The password in the secret is the one that the role gets."""
    dying = mock.patch.object(loader_role, "_make_role", side_effect=KilledError)
    with dying, pytest.raises(KilledError):
        load()
    password = vault.secrets[LOADER].value["password"]
    load()
    assert vault.secrets[LOADER].value["password"] == password
    query("SELECT 1")


def test_a_secret_of_somebody_else_is_refused(load: Callable[..., Any], vault: Vault) -> None:
    """Its user must be the role's name."""
    vault.secrets[LOADER].rotate(username="somebody", password="x")
    with pytest.raises(GoldCredentialsError, match="its username must be gold_loader"):
        load()


@pytest.mark.parametrize("bi", [BI, None])
def test_a_run_killed_before_the_hand_over_is_put_right(
    load: Callable[..., Any], vault: Vault, query: Query, bi: str | None
) -> None:
    """On a new database, and on one that earlier versions loaded as the master user."""
    dying = mock.patch.object(loader_role, "_hand_over", side_effect=KilledError)
    with dying, pytest.raises(KilledError):
        load(bi_secret_arn=bi)
    load(bi_secret_arn=bi)
    assert owners(query) == {("gold_loader",)}
