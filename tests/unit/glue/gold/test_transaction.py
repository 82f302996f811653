"""What PostgreSQL holds when loads meet readers, each other, kills and failing servers."""

from __future__ import annotations

import dataclasses
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pg8000.exceptions import InterfaceError
from pg8000.native import Connection

from pipeline.gold import GoldOptions, TableReport
from pipeline.gold.compute import Computed
from pipeline.gold.connection import with_retries
from pipeline.gold.copy_text import Chunk, CopyText
from pipeline.gold.credentials import Credentials
from pipeline.gold.errors import (
    GoldCertificateError,
    GoldCredentialsError,
    GoldIncompleteError,
    GoldUnavailableError,
)
from pipeline.gold.ledger import SourceVersion
from tests.support.polling import wait_for
from tests.support.postgres_server import MASTER, PostgresServer
from tests.unit.glue.gold import gold_loads
from tests.unit.glue.gold.gold_loads import contract_of, load_computed, load_rows, load_tables, table

BUNDLE = Path(__file__).resolve().parents[4] / "glue" / "certificates" / "rds-bundle.pem"
Query = Callable[[str], list[Any]]
Options = Callable[..., GoldOptions]

OLD = [(key, "old") for key in range(100)]
NEW = [(key, "new") for key in range(50, 250)]


def orders(query: Query) -> list[Any]:
    return query("SELECT order_id, note FROM orders ORDER BY 1")


def loading(query: Query) -> list[Any]:
    """What other sessions of the load are doing in this database."""
    return query(
        "SELECT left(query, 28) FROM pg_stat_activity "
        "WHERE application_name = 'glue-app gold' AND datname = current_database()"
    )


def stages(query: Query) -> list[Any]:
    return query("SELECT relname FROM pg_class WHERE relname ~ 'gold_(stage|difference|sources)'")


def test_counts_what_it_touched_and_leaves_equal_rows_alone(options: Options, query: Query) -> None:
    """Inserted, updated and deleted rows are counted exactly; a row that stays keeps its very version."""
    assert load_rows(options(), OLD).tables == {"orders": TableReport(100, inserted=100)}
    mixed = [*OLD[:40], *((key, "new") for key in range(40, 90)), (1000, "extra")]
    report = load_rows(options(), mixed)
    assert report.tables == {"orders": TableReport(91, inserted=1, updated=50, deleted=10)}
    assert report.changed
    assert orders(query) == mixed
    assert query(
        "SELECT count(*) FROM orders WHERE note = 'old' AND xmin::text = (SELECT xmin::text FROM orders "
        "WHERE order_id = 0)"
    ) == [(40,)]


def test_the_same_load_again_touches_no_row(options: Options, query: Query) -> None:
    """A redelivery: same rows, same row versions, no line in the ledger."""
    load_rows(options(), OLD)
    everything = (
        "SELECT 'o', xmin::text, order_id::text FROM orders UNION ALL SELECT 's', xmin::text, source "
        "FROM gold_meta.source_versions UNION ALL SELECT 'l', xmin::text, load_id FROM gold_meta.loads "
        "ORDER BY 1, 3"
    )
    before = query(everything)
    report = load_rows(options(), OLD)
    assert not report.changed
    assert report.tables == {"orders": TableReport(100)}
    assert query(everything) == before


def test_rows_that_vanish_from_silver_vanish_from_gold(options: Options, query: Query) -> None:
    """An empty result empties the table, and the next load fills it again."""
    load_rows(options(), OLD)
    assert load_rows(options(), []).tables == {"orders": TableReport(0, deleted=100)}
    assert orders(query) == []
    assert load_rows(options(), OLD).tables == {"orders": TableReport(100, inserted=100)}


def test_the_ledger_mirrors_the_source_versions_in_silver(options: Options, query: Query) -> None:
    """It names each source version with its rows, forgets those that went, and other datasets' stay."""
    names = "SELECT dataset, source, version_id, rows FROM gold_meta.source_versions ORDER BY 2, 3"
    odd = SourceVersion("s3://bronze/a\tb\\日本.csv", "v1", 2)
    load_rows(options(), OLD, versions=[odd, SourceVersion("s3://bronze/c.csv", "v1", 98)])
    query("INSERT INTO gold_meta.source_versions VALUES ('other', 's', 'v', 1, 'd', 'l')")
    load_rows(options(), OLD, versions=[odd, SourceVersion("s3://bronze/c.csv", "v2", 98)])
    assert query(names) == [
        ("other", "s", "v", 1),
        ("orders", "s3://bronze/a\tb\\日本.csv", "v1", 2),
        ("orders", "s3://bronze/c.csv", "v2", 98),
    ]


def test_readers_see_the_rows_before_or_after(
    options: Options, server: PostgresServer, database: str
) -> None:
    """A reader that looks all the time meets whole loads only: never none, never a mixture."""
    load_rows(options(), OLD)
    seen: set[Any] = set()
    stop = threading.Event()

    def read() -> None:
        with server.connect(database=database) as connection:
            while not stop.is_set():
                seen.add(tuple(connection.run("SELECT count(*), min(note), max(note) FROM orders")[0]))

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read)
        for round_ in range(6):
            load_rows(options(), NEW if round_ % 2 == 0 else OLD, lambda chunk: time.sleep(0.002))
        wait_for("both states to be seen", lambda: len(seen) > 1 or reader.done())
        stop.set()
        reader.result()
    assert seen == {(100, "old", "old"), (200, "new", "new")}


@pytest.mark.parametrize("merged", [False, True], ids=["in COPY", "before the ledger"])
@pytest.mark.parametrize("before", [[], OLD], ids=["new table", "table with rows"])
def test_a_killed_load_leaves_the_old_rows_and_nothing_else(
    options: Options, server: PostgresServer, query: Query, before: list[Any], merged: bool
) -> None:
    """SIGKILL of the job in any phase: Gold is as before, no stage is left, the next load goes through."""
    if before:
        load_rows(options(), before)
    context = multiprocessing.get_context("spawn")
    reached = context.Event()
    arguments = (options(), Credentials(MASTER, server.password), NEW, reached, merged)
    process = context.Process(target=gold_loads.load_and_hang, args=arguments)
    process.start()
    try:
        assert reached.wait(120)
        assert loading(query)
    finally:
        process.kill()
        process.join()
    wait_for("the server to drop the killed session", lambda: not loading(query))
    assert stages(query) == []
    assert query("SELECT to_regclass('orders') IS NOT NULL") == [(bool(before),)]
    if before:
        assert orders(query) == before
    assert load_rows(options(), NEW).changed
    assert orders(query) == NEW


def test_the_first_loads_of_two_datasets_do_not_wait_for_each_other(options: Options, query: Query) -> None:
    """The schemas they share are there before the rows of one of them are sent, which may take its time."""
    line = '  - {name: %s, key: [order_id], sql: "SELECT order_id FROM silver"}\n'
    view = "views: [{name: %s_view, sql: SELECT order_id FROM %s}]\n"
    one, other = (
        contract_of(line % name + view % (f"all_{name}", name), f"set_{name}") for name in ("one", "other")
    )
    reached, go_on = threading.Event(), threading.Event()

    def hanging() -> Iterator[Chunk]:
        yield Chunk(memoryview(b"1\n"), 1)
        reached.set()
        assert go_on.wait(120)

    computed = [Computed(table("one", "order_id", order_id="bigint"), CopyText(hanging))]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(load_computed, options(), computed, contract=one)
        try:
            assert reached.wait(60)
            rows = {table("other", "order_id", order_id="bigint"): [[1], [2]]}
            assert load_tables(options(lock_timeout=2, deadline=1), other, rows).changed
        finally:
            go_on.set()
        assert first.result().changed
    assert query("SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM other)") == [(1, 2)]


def test_two_loads_at_once_follow_each_other(options: Options, query: Query) -> None:
    """Both succeed, the result is one of them, and their counts add up; the empty table is the hard case."""
    load_rows(options(), [])
    together = threading.Barrier(2)

    def load(rows: list[tuple[int, str]]) -> TableReport:
        together.wait(60)
        return load_rows(options(), rows, lambda chunk: time.sleep(0.01)).tables["orders"]

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(load, [OLD, NEW]))
    assert orders(query) in (OLD, NEW)
    assert sum(report.inserted - report.deleted for report in reports) == len(orders(query))


def test_a_commit_whose_answer_is_lost_is_not_done_twice(
    options: Options, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next attempt finds the load committed and gives its report, with the counts of what was done."""
    run = Connection.run
    lost = []

    def lossy(self: Connection, sql: str, **arguments: Any) -> Any:
        result = run(self, sql, **arguments)
        if sql == "COMMIT" and not lost:
            lost.append(sql)
            raise InterfaceError("network error")
        return result

    monkeypatch.setattr(Connection, "run", lossy)
    report = load_rows(options(), OLD)
    assert lost
    assert report.tables == {"orders": TableReport(100, inserted=100)}
    assert report.changed
    assert query("SELECT count(*) FROM gold_meta.loads") == [(1,)]


def test_a_server_that_fails_in_the_middle_is_waited_for(
    options: Options, server: PostgresServer, database: str
) -> None:
    """As in a failover: connections cut, refused for a while, then the load starts over and is whole."""
    load_rows(options(), OLD)
    failures = []

    def between(chunk: int) -> None:
        if chunk == 3 and not failures:
            failures.append(chunk)
            server.crash()
            threading.Timer(0.5, server.start).start()

    report = load_rows(options(), NEW, between)
    assert failures
    assert report.tables == {"orders": TableReport(200, inserted=150, updated=50, deleted=50)}
    with server.connect(database=database) as connection:
        assert [tuple(row) for row in connection.run("SELECT * FROM orders ORDER BY 1")] == NEW


def test_an_unreachable_server_is_reported_at_the_deadline(options: Options, server: PostgresServer) -> None:
    """The error names the address and what to look at."""
    nowhere = GoldOptions("127.0.0.1", 1, "gold_db", "arn", sslmode="require", deadline=0.3)
    with pytest.raises(GoldUnavailableError, match=r"127\.0\.0\.1:1.*security group"):
        load_rows(nowhere, OLD)


def test_nobody_waits_while_rows_stream(options: Options, query: Query) -> None:
    """Until the last row is in its stage the load holds no lock on the table and no transaction: also where a
    column is to be added, for which readers have to wait.
    """
    load_rows(options(), OLD)
    seen: list[Any] = []
    # of a client: autovacuum locks tables, too
    locks = (
        "SELECT mode FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE relation = 'orders'::regclass"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )

    def rows() -> Iterator[Chunk]:
        for chunk in gold_loads.slow(NEW, lambda _: None):
            seen.append((query(locks), loading(query)))
            yield Chunk(memoryview(bytes(chunk.lines).replace(b"\n", b"\t1\n")), chunk.rows)

    wider = gold_loads.table("orders", "order_id", order_id="bigint", note="text", more="bigint")
    computed = [Computed(wider, CopyText(rows))]
    gold_loads.load_computed(options(), computed)
    assert [held for held, _ in seen] == [[]] * 20
    assert orders(query) == NEW


def test_what_changed_is_analysed(options: Options, query: Query) -> None:
    """The planner knows how many rows a table has as soon as they are there."""
    tuples = "SELECT reltuples::int FROM pg_class WHERE relname = 'orders'"
    load_rows(options(), OLD)
    assert query(tuples) == [(100,)]
    load_rows(options(), NEW)
    assert query(tuples) == [(200,)]


def test_a_long_stream_is_more_than_one_copy(
    options: Options, query: Query, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No statement lasts as long as the load: none meets its time-out, and a wrong row is told early."""
    monkeypatch.setattr("pipeline.gold.merge._COPY_BYTES", 300)
    load_rows(options(), OLD)
    before = server.log.count("COPY pg_temp.gold_stage_1")
    assert load_rows(options(), NEW).tables["orders"].rows == 200
    assert server.log.count("COPY pg_temp.gold_stage_1") - before > 3
    assert orders(query) == NEW


def test_a_load_that_fails_late_is_started_again(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """The patience is for an outage, from its first moment: rows may have streamed for longer before it."""
    now = [0.0]
    monkeypatch.setattr("pipeline.gold.connection.time", SimpleNamespace(monotonic=lambda: now[0]))

    def work(connection: Connection) -> str:
        if not now[0]:
            now[0] = 1000.0
            raise ConnectionResetError
        return "loaded"

    assert with_retries(options(deadline=10.0), work) == "loaded"


def test_rows_lost_on_the_way_roll_the_load_back(
    options: Options, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database must have taken as many rows as Spark handed out."""
    load_rows(options(), OLD)
    slow = gold_loads.slow

    def cut(*arguments: Any) -> Iterator[Chunk]:
        return (Chunk(lines[8:], rows) for lines, rows in slow(*arguments))

    monkeypatch.setattr(gold_loads, "slow", cut)
    with pytest.raises(GoldIncompleteError, match="200 rows computed, 180 taken"):
        load_rows(options(), NEW)
    assert orders(query) == OLD


def test_a_rotated_password_is_read_anew(
    options: Options, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RDS rotates the secret: the old password is refused once, then the new one is used."""
    secrets = iter([Credentials(MASTER, "outdated"), Credentials(MASTER, server.password)])
    monkeypatch.setattr("pipeline.gold.connection.fetch", lambda options: next(secrets))
    assert load_rows(options(), OLD).changed


def test_a_refused_password_is_named_but_never_shown(
    options: Options, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not retried, and the password stands in no message and no repr."""
    credentials = Credentials(MASTER, "wrong-and-secret")
    monkeypatch.setattr("pipeline.gold.connection.fetch", lambda options: credentials)
    with pytest.raises(GoldCredentialsError, match="refuses user postgres_admin") as caught:
        load_rows(options(), OLD)
    assert "wrong-and-secret" not in str(caught.value) + repr(credentials)
    assert server.password not in server.log


def test_the_servers_certificate_is_verified(options: Options, server: PostgresServer) -> None:
    """By default, as the libpq's verify-full: another authority or another name ends the load at once, and
    the message names the bundle.
    """
    assert load_rows(options(root_certificate=server.certificate), OLD).changed
    bundle = BUNDLE.read_text(encoding="ascii")
    assert not load_rows(options(root_certificate=bundle + server.certificate), OLD).changed
    with pytest.raises(GoldCertificateError, match=r"CERTIFICATE_VERIFY_FAILED.*glue/certificates"):
        load_rows(options(root_certificate=bundle), OLD)
    with pytest.raises(GoldCertificateError, match="localhost"):
        load_rows(dataclasses.replace(options(), host="localhost"), OLD)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sslmode": "disable"}, "TLS is required"),
        ({"root_certificate": None}, "root_certificate is missing"),
        ({"schema": ""}, "schema is missing"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    options: Options, settings: dict[str, Any], message: str
) -> None:
    """Before anything is connected to."""
    with pytest.raises(ValueError, match=message):
        options(**settings)
