"""The database dies in the middle of a load, a reader looking on: at each moment, in each way."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError

from pipeline.gold import GoldOptions, TableReport
from pipeline.gold.ledger import SourceVersion
from tests.support.polling import wait_for
from tests.support.postgres_server import PostgresServer
from tests.unit.glue.gold.gold_loads import load_rows

Options = Callable[..., GoldOptions]

OLD = [(key, "old") for key in range(100)]
NEW = [(key, "new") for key in range(50, 250)]
LOAD_DEADLINE_S = 60.0
MOMENTS = ("copy", "between", "commit", "committed")
LOCK = 77
# fires when COMMIT begins, before its record is written
HOLD_COMMIT = (
    "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS "
    f"'BEGIN PERFORM pg_advisory_xact_lock({LOCK}); RETURN NULL; END';"
    "CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON gold_meta.loads DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION hold()"
)


def versions(rows: list[Any]) -> list[SourceVersion]:
    """So that the ledger says how many rows there are."""
    return [SourceVersion("s3://bronze/orders.csv", "v1", len(rows))]


class Gate:
    """Where the load stops the first time it comes by."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def pass_by(self) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.opened.wait(LOAD_DEADLINE_S)


class Scene:
    """A server with the old rows, and a load of the new ones brought to a certain moment."""

    def __init__(self, server: PostgresServer, database: str) -> None:
        self.server, self.database = server, database
        self.gate = Gate()
        self._holder = server.connect(database=database)

    def close(self) -> None:
        with suppress(InterfaceError, OSError):
            self._holder.close()

    def prepare(self, moment: str) -> None:
        if moment == "commit":
            self._holder.run(HOLD_COMMIT)
            self._holder.run(f"SELECT pg_advisory_lock({LOCK})")
        if moment == "committed":
            self.configure("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()")

    def wait_until(self, moment: str) -> int:
        """The pid of the loading session, once it is there."""
        if moment in ("copy", "between"):
            assert self.gate.reached.wait(LOAD_DEADLINE_S)
        waits = {"copy": "ClientRead", "between": "ClientRead", "commit": "advisory", "committed": "SyncRep"}
        sql = (
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'glue-app gold' "
            f"AND wait_event = '{waits[moment]}'"
        )
        with self.server.connect(database=self.database) as connection:
            pid = int(wait_for(f"the load to be at {moment}", lambda: connection.run(sql))[0][0])
        # read when the server starts or is told to: until then the commit goes on waiting
        self.configure("ALTER SYSTEM RESET synchronous_standby_names")
        return pid

    def configure(self, *statements: str) -> None:
        with self.server.connect("rdsadmin", "postgres") as admin:
            for statement in statements:
                admin.run(statement)

    def die(self, death: str, pid: int) -> None:
        if death in ("SIGQUIT", "SIGKILL"):
            (self.server.crash if death == "SIGQUIT" else self.server.kill)()
            self.gate.opened.set()
            self.server.start()
        elif death == "SIGKILL of the session":
            os.kill(pid, signal.SIGKILL)
        else:
            self.configure(f"SELECT pg_terminate_backend({pid})")
            # a session that waits for a lock it can't get is another test's
            self._holder.run(f"SELECT pg_advisory_unlock({LOCK})")
        self.gate.opened.set()
        wait_for("the server to be back", self._reloaded)

    def _reloaded(self) -> bool:
        with suppress(DatabaseError, InterfaceError, OSError):
            self.configure("SELECT pg_reload_conf()")
            return True
        return False


@pytest.fixture
def scene(server: PostgresServer, database: str, options: Options) -> Iterator[Scene]:
    load_rows(options(), OLD, versions=versions(OLD))
    made = Scene(server, database)
    yield made
    made.close()


def look(scene: Scene, seen: set[Any], stop: threading.Event) -> None:
    """What a reader sees who never stops looking: rows, rows as the ledger has them, which ones."""
    sql = (
        "SELECT count(*), (SELECT sum(rows)::int FROM gold_meta.source_versions), "
        "string_agg(DISTINCT note, '+') FROM orders"
    )
    while not stop.is_set():
        with (
            suppress(DatabaseError, InterfaceError, OSError),
            scene.server.connect(database=scene.database) as connection,
        ):
            while not stop.is_set():
                seen.add(tuple(connection.run(sql)[0]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("death", "moment"),
    [
        *((death, moment) for death in ("SIGKILL", "SIGQUIT") for moment in MOMENTS),
        ("SIGKILL of the session", "commit"),
        ("57P01", "copy"),
        ("57P01", "committed"),
    ],
)
def test_a_load_whose_database_dies_is_whole_and_done_once(
    options: Options, scene: Scene, death: str, moment: str
) -> None:
    """In COPY, between the rows and COMMIT, in COMMIT before and after its record is written.

    The rows are those computed, the load stands in the ledger once, and the reader saw nothing but the old
    rows or the new ones, each with the ledger that goes with them.
    """
    scene.prepare(moment)

    class Versions(list[SourceVersion]):
        def __iter__(self) -> Iterator[SourceVersion]:
            if moment == "between":
                scene.gate.pass_by()
            return super().__iter__()

    def in_copy(chunk: int) -> None:
        if moment == "copy" and chunk == 3:
            scene.gate.pass_by()

    old, new = (100, 100, "old"), (200, 200, "new")
    seen: set[Any] = set()
    stop = threading.Event()
    settings = options(deadline=LOAD_DEADLINE_S)
    with ThreadPoolExecutor(2) as pool:
        reader = pool.submit(look, scene, seen, stop)
        load = pool.submit(load_rows, settings, NEW, in_copy, Versions(versions(NEW)))
        try:
            scene.die(death, scene.wait_until(moment))
            report = load.result(LOAD_DEADLINE_S)
            wait_for("the reader to see the new rows", lambda: new in seen or reader.done())
        finally:
            scene.gate.opened.set()
            stop.set()
        reader.result()
    assert report.tables == {"orders": TableReport(200, inserted=150, updated=50, deleted=50)}
    assert seen == {old, new}
    with scene.server.connect(database=scene.database) as connection:
        assert [tuple(row) for row in connection.run("SELECT * FROM orders ORDER BY 1")] == NEW
        assert connection.run(
            "SELECT count(*) FROM gold_meta.loads WHERE load_id = :id", id=settings.load_id
        ) == [[1]]
        assert connection.run("SELECT version_id, rows FROM gold_meta.source_versions") == [["v1", 200]]
