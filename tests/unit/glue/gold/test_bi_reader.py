"""The role of BI: what it may do and what not, and a password that outlives kills, races and rotations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from pipeline.gold import GoldOptions
from pipeline.gold.bi_reader import scram_verifier
from pipeline.gold.connection import sqlstate
from pipeline.gold.errors import GoldCredentialsError
from pipeline.gold.secret import SecretValue
from tests.support.polling import wait_for
from tests.support.postgres_server import PostgresServer
from tests.unit.glue.gold.fake_secrets import FakeSecretsManager
from tests.unit.glue.gold.gold_loads import contract_of, load_tables, table

Query = Callable[[str], list[Any]]
Options = Callable[..., GoldOptions]
Reader = Callable[[], Any]

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:bi"
ORDERS = table("orders", "order_id", order_id="bigint", note="text")
ROWS = [[1, "a"], [2, "b"]]
CONTRACT = contract_of(
    '  - {name: orders, key: [order_id], sql: "SELECT order_id, note FROM silver"}\n'
    "views:\n"
    '  - {name: order_notes, sql: "SELECT note, count(*) AS order_count FROM orders GROUP BY note"}\n'
    '  - {name: big_orders, sql: "SELECT order_id FROM orders WHERE order_id > 1"}\n'
)
OTHER = contract_of('  - {name: other, key: [k], sql: "SELECT 1 AS k FROM silver"}\n', "other")


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def load(options: Options, bi_secret: FakeSecretsManager) -> Callable[[], Any]:
    return lambda: load_tables(options(bi_secret_arn=ARN), CONTRACT, {ORDERS: ROWS})


@pytest.fixture
def reader(server: PostgresServer, bi_secret: FakeSecretsManager) -> Callable[..., Any]:
    """Log in as a BI tool does: with what the secret says."""

    @contextmanager
    def login(password: str | None = None) -> Iterator[Connection]:
        value = bi_secret.value
        connection = server.connect(value["username"], value["dbname"], password or value["password"])
        try:
            yield connection
        finally:
            connection.close()

    return login


def test_it_reads_tables_and_views_by_their_bare_names(
    load: Callable[[], Any], reader: Reader, bi_secret: FakeSecretsManager, server: PostgresServer
) -> None:
    """With the password from the secret, whose fields are those RDS writes; no log holds it."""
    load()
    value = bi_secret.value
    assert sorted(value) == ["dbname", "engine", "host", "password", "port", "username"]
    assert (value["engine"], value["port"], value["username"]) == ("postgres", server.port, "bi_reader")
    with reader() as bi:
        assert bi.run("SELECT count(*) FROM orders") == [[2]]
        assert bi.run("SELECT note, order_count FROM order_notes ORDER BY 1") == [["a", 1], ["b", 1]]
    assert value["password"] not in server.log


FORBIDDEN = (
    "INSERT INTO orders VALUES (3, 'c')",
    "UPDATE orders SET note = 'x'",
    "DELETE FROM orders",
    "TRUNCATE orders",
    "DELETE FROM big_orders",
    "ALTER TABLE orders ADD COLUMN x int",
    "COMMENT ON TABLE orders IS 'mine'",
    "DROP VIEW order_notes",
    "CREATE TABLE public.mine (k int)",
    "CREATE VIEW bi.mine AS SELECT 1 AS k",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "SELECT * FROM gold_meta.loads",
    "SELECT * FROM gold_meta.readers",
    "SELECT * FROM pg_authid",
)


def test_it_can_neither_write_nor_look_behind(load: Callable[[], Any], reader: Reader) -> None:
    """Not even after it left its read-only transactions, which anybody may."""
    load()
    refused = {}
    with reader() as bi:
        bi.run("SET default_transaction_read_only = off")
        for sql in FORBIDDEN:
            with pytest.raises(DatabaseError) as caught:
                bi.run(sql)
            refused[sql] = sqlstate(caught.value)
    assert refused == dict.fromkeys(FORBIDDEN, "42501")


def test_its_sessions_are_read_only_and_bounded(
    load: Callable[[], Any], reader: Reader, query: Query
) -> None:
    """By settings of the role, given when it is made; a DBA's later change stays."""
    load()
    shown = "SELECT current_setting(name) FROM unnest(ARRAY['default_transaction_read_only', " \
            "'statement_timeout', 'idle_in_transaction_session_timeout', 'search_path']) name"  # fmt: skip
    with reader() as bi:
        assert [row[0] for row in bi.run(shown)] == ["on", "2min", "1min", "bi, public"]
        with pytest.raises(DatabaseError) as caught:
            bi.run("CREATE TEMPORARY TABLE mine (k int)")
        assert sqlstate(caught.value) == "25006"
    assert query(
        "SELECT rolcanlogin, rolconnlimit, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication "
        "OR rolbypassrls FROM pg_roles WHERE rolname = 'bi_reader'"
    ) == [(True, 20, False)]
    query("ALTER ROLE bi_reader SET statement_timeout = '1h'")
    load()
    with reader() as bi:
        assert bi.run("SHOW statement_timeout") == [["1h"]]


def test_a_load_that_changes_nothing_gives_no_right_again(load: Callable[[], Any], query: Query) -> None:
    """The catalogs are not written to: same versions of their rows."""
    everything = (
        "SELECT oid::text, xmin::text FROM pg_class WHERE relname IN ('orders', 'order_notes') UNION ALL "
        "SELECT nspname, xmin::text FROM pg_namespace WHERE nspname IN ('bi', 'public') UNION ALL "
        "SELECT oid::text, xmin::text FROM pg_default_acl ORDER BY 1"
    )
    load()
    before = query(everything)
    load()
    assert query(everything) == before


def test_rights_that_others_have_survive_loads(load: Callable[[], Any], query: Query) -> None:
    """Those a DBA gave to a role of his own."""
    load()
    query("CREATE ROLE dba")
    query("GRANT SELECT ON orders TO dba")
    load()
    assert query("SELECT has_table_privilege('dba', 'orders', 'SELECT')") == [(True,)]


def test_what_the_loader_makes_later_is_open_to_it(load: Callable[[], Any], query: Query) -> None:
    """Tables and views of both schemas, by default privileges; not those of gold_meta."""
    load()
    for schema in ("public", "bi", "gold_meta"):
        query(f"CREATE TABLE {schema}.later (k int)")
    may = "SELECT has_table_privilege('bi_reader', '{}.later', 'SELECT')"
    assert [query(may.format(schema))[0][0] for schema in ("public", "bi", "gold_meta")] == [
        True,
        True,
        False,
    ]


def test_it_sees_a_table_only_whole(
    options: Options, load: Callable[[], Any], reader: Reader, bi_secret: FakeSecretsManager
) -> None:
    """And the view over it with it: through loads that exchange every row."""
    load()
    seen = set()
    stop = threading.Event()

    def look() -> None:
        with reader() as bi:
            while not stop.is_set():
                rows = bi.run("SELECT (SELECT count(*) FROM orders), sum(order_count)::int FROM order_notes")
                seen.add(tuple(rows[0]))

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        wait_for("a first look", lambda: seen or looking.done())
        for count in (500, 2, 500):
            rows = [[key, f"{count}"] for key in range(count)]
            load_tables(options(bi_secret_arn=ARN), CONTRACT, {ORDERS: rows})
        wait_for("a look after the last load", lambda: (500, 500) in seen or looking.done())
        stop.set()
        looking.result()
    assert seen == {(2, 2), (500, 500)}


def test_without_its_secret_there_is_no_such_role(
    options: Options, bi_secret: FakeSecretsManager, query: Query
) -> None:
    """An older deployment gives the job no ARN: nothing is made, the views are."""
    load_tables(options(), CONTRACT, {ORDERS: ROWS})
    assert query("SELECT count(*) FROM pg_roles WHERE rolname = 'bi_reader'") == [(0,)]
    assert query("SELECT count(*) FROM bi.order_notes") == [(2,)]
    assert bi_secret.puts == 0


def test_a_run_killed_after_it_wrote_the_secret_is_made_good_by_the_next(
    load: Callable[[], Any], reader: Reader, bi_secret: FakeSecretsManager, query: Query
) -> None:
    """The value stays, and the role gets it; the half-made role went with its transaction."""

    def die() -> None:
        raise KilledError

    bi_secret.after_put = die
    with pytest.raises(KilledError):
        load()
    assert query("SELECT count(*) FROM pg_roles WHERE rolname = 'bi_reader'") == [(0,)]
    written = bi_secret.value
    load()
    assert (bi_secret.value, bi_secret.puts) == (written, 1)
    with reader() as bi:
        assert bi.run("SELECT count(*) FROM orders") == [[2]]


def test_two_datasets_at_once_make_one_password(
    options: Options, bi_secret: FakeSecretsManager, reader: Reader, server: PostgresServer, database: str
) -> None:
    """The second one waits, and finds the value of the first."""
    load_tables(options(), CONTRACT, {ORDERS: []})
    with server.connect(database=database) as dba:
        dba.run("CREATE ROLE bi_reader LOGIN")  # as the ledger there already: nobody waits for either
    together = threading.Barrier(2)
    waiting = (
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'glue-app gold' AND wait_event = 'advisory'"
    )

    def hold() -> None:
        with server.connect(database=database) as looking:
            wait_for("the other run", lambda: bi_secret.puts == 2 or looking.run(waiting))

    bi_secret.before_put = hold
    other = table("other", "k", k="bigint")

    def load(number: int) -> None:
        together.wait(60)
        contract, rows = [(CONTRACT, {ORDERS: ROWS}), (OTHER, {other: [[1]]})][number]
        load_tables(options(bi_secret_arn=ARN), contract, rows)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(load, range(2)))
    assert bi_secret.puts == 1
    with reader() as bi:
        assert bi.run("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM other)") == [[2, 1]]


def test_a_new_value_is_applied_by_the_next_load(
    load: Callable[[], Any], reader: Reader, bi_secret: FakeSecretsManager, query: Query
) -> None:
    """A rotation is a new value in the secret; until the load the old password works, from it on the new."""
    load()
    old = bi_secret.value["password"]
    bi_secret.rotate(password="new ü password")
    with reader(old):
        pass
    load()
    with reader():
        pass
    with pytest.raises(DatabaseError, match="28P01"), reader(old):
        pass
    assert query("SELECT secret_version FROM gold_meta.readers") == [(bi_secret.version,)]


def test_a_role_made_anew_by_hand_gets_its_password(
    load: Callable[[], Any], reader: Reader, query: Query
) -> None:
    """Though the secret's version was applied before: to the role that is gone."""
    load()
    query("GRANT bi_reader TO postgres_admin")
    query("DROP OWNED BY bi_reader")
    query("DROP ROLE bi_reader")
    load()
    with reader() as bi:
        assert bi.run("SELECT count(*) FROM orders") == [[2]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"username": "postgres_admin"}, "its username must be bi_reader, not 'postgres_admin'"),
        ({"password": ""}, "its password is empty"),
        ({"password": "bell\x07"}, "a character no password may have"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(
    load: Callable[[], Any], bi_secret: FakeSecretsManager, query: Query, changes: Any, message: str
) -> None:
    """Before anything changes, without a word of the password; the old one still works."""
    load()
    before = query("SELECT secret_version FROM gold_meta.readers")
    bi_secret.rotate(**changes)
    with pytest.raises(GoldCredentialsError, match=message) as caught:
        load()
    assert "bell" not in str(caught.value)
    assert query("SELECT secret_version FROM gold_meta.readers") == before


def test_a_verifier_is_as_the_server_writes_it() -> None:
    """RFC 5803's form; another salt each time."""
    value = SecretValue("v", "bi_reader", "pencil")
    made = scram_verifier(ARN, value)
    assert made.startswith("SCRAM-SHA-256$4096:")
    assert made != scram_verifier(ARN, value)
    assert "pencil" not in made + repr(value)
