"""SUITE=drill-failover: Gold is loaded all the time, and its database loses a server a hundred times.

A loader (the job's own code, in a process of the job's own Python) loads again and again; a reader reads the
table all the time. At random points the primary is failed over, or it, its standby or both are killed. After
each: what was acknowledged is there, whole, each load once. Each kill has its own seed, which is printed:
`DRILL_SEED=… DRILL_KILLS=1` repeats it.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from glue_app.bootstrap.layout import ROOT, python_path
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.processes import postmaster_of
from glue_app.settings import REGION, Settings
from tests.drill.failover.gold_table import ROWS
from tests.integration.local_stack import LocalStack
from tests.integration.rds.db_instance import Instance
from tests.support.polling import wait_for

KILLS = int(os.environ.get("DRILL_KILLS", "100"))
FIRST_SEED = int(os.environ.get("DRILL_SEED", "1"))
DATABASE = "gold_db"
VICTIMS = ("failover", "failover", "primary", "primary", "primary's processes", "standby", "both")
COUNTED = "SELECT count(*), count(DISTINCT id), min(load), max(load) FROM drill"


class Loader:
    """The loader's process, and which loads it has acknowledged."""

    def __init__(self, stack: LocalStack, instance: Instance, log: Path) -> None:
        settings = Settings.from_environment()
        toolchain = Toolchain.load(settings.tools, settings.glue_version)
        endpoint, arn = instance.described["Endpoint"], instance.described["MasterUserSecret"]["SecretArn"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
            "PYTHONPATH": python_path(toolchain.job_modules),
            "JAVA_HOME": toolchain.java_home,
            "AWS_ENDPOINT_URL": stack.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }
        arguments = [endpoint["Address"], str(endpoint["Port"]), DATABASE, arn, str(stack.certificate())]
        self.log = log
        self.acknowledged = 0
        self.slowest_s = 0.0
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                [str(toolchain.glue_python), "-m", "tests.drill.failover.gold_loader", *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                start_new_session=True,
            )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait_for_more(self, count: int) -> None:
        """Until so many more loads are acknowledged. Fails when the loader has given up."""
        goal = self.acknowledged + count

        def reached() -> bool:
            if self._process.poll() is not None:
                said = self.log.read_text(errors="replace").strip().splitlines()[-1:]
                raise AssertionError(f"the loader gave up: {said}")
            return self.acknowledged >= goal

        wait_for(f"load {goal} to be acknowledged", reached, 120)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # Spark's JVM with it
        self._process.wait()
        self._thread.join()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            with contextlib.suppress(ValueError, KeyError):
                told = json.loads(line)
                self.acknowledged, self.slowest_s = told["load"], max(self.slowest_s, told["seconds"])


@dataclass
class Reader:
    """Reads the table all the time, as a BI tool would, and keeps what was wrong."""

    connect: Callable[[], psycopg.Connection[Any]]
    loader: Loader
    wrong: list[str] = field(default_factory=list)
    reads: int = 0
    longest_outage_s: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        connection: psycopg.Connection[Any] | None = None
        last, newest = time.monotonic(), 0
        while not self._stop.wait(0.01):
            acknowledged = self.loader.acknowledged
            try:
                connection = connection or self.connect()
                row = connection.execute(COUNTED).fetchone()
            except psycopg.Error:
                if connection:
                    connection.close()
                connection = None
                continue
            now = time.monotonic()
            self.longest_outage_s, last = max(self.longest_outage_s, now - last), now
            self.reads += 1
            newest = self._judge(row, max(newest, acknowledged))
        if connection:
            connection.close()

    def _judge(self, row: Any, at_least: int) -> int:
        rows, ids, oldest, newest = row
        if (rows, ids) != (ROWS, ROWS) or oldest != newest or newest < at_least:
            self.wrong.append(f"{rows} rows, {ids} keys, loads {oldest} to {newest}, {at_least} was there")
        return int(newest or 0)


@dataclass
class Drill:
    """The database, the loader and the reader."""

    rds: Any
    gold: Instance
    home: ServerHome
    loader: Loader
    reader: Reader
    connect: Callable[[], psycopg.Connection[Any]]

    def wait_until_whole(self) -> None:
        """The instance is available, and its standby in sync."""
        self.gold.wait()
        wait_for("the standby to be in sync", lambda: self.home.standby.in_sync, 60)

    def strike(self, victim: str) -> None:
        if victim == "failover":
            self.rds.reboot_db_instance(DBInstanceIdentifier=self.gold.identifier, ForceFailover=True)
            return
        primary, standby = postmaster_of(self.home.data), postmaster_of(self.home.standby.data)
        assert primary
        assert standby
        struck = {
            "primary": [primary],
            "primary's processes": [*children(primary), primary],
            "standby": [standby],
            "both": [primary, standby],
        }[victim]
        for pid in struck:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


@pytest.fixture(scope="module")
def drill(stack: LocalStack, client: Callable[[str], Any], tmp_path_factory: Any) -> Iterator[Drill]:
    rds = client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="gold",
        Engine="postgres",
        EngineVersion="15.8",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        DBName=DATABASE,
        MasterUsername="postgres_admin",
        ManageMasterUserPassword=True,
        MultiAZ=True,
    )
    gold = Instance("gold", client, stack.certificate)
    described, secret = gold.wait(), gold.secret
    endpoint, bundle = described["Endpoint"], str(stack.certificate())

    def connect() -> psycopg.Connection[Any]:
        """To the address that it was given once: a failover keeps it."""
        return psycopg.connect(
            host=endpoint["Address"],
            port=endpoint["Port"],
            user=secret["username"],
            password=secret["password"],
            dbname=DATABASE,
            sslmode="verify-full",
            sslrootcert=bundle,
            connect_timeout=5,
            autocommit=True,
        )

    home = ServerHome(stack.state / "rds" / described["DbiResourceId"])
    loader = Loader(stack, gold, tmp_path_factory.mktemp("loader") / "stderr.log")
    try:
        loader.wait_for_more(2)
        reader = Reader(connect, loader)
        yield Drill(rds, gold, home, loader, reader, connect)
        reader.stop()
        print(
            f"{loader.acknowledged} loads acknowledged, the slowest in {loader.slowest_s} s; "
            f"{reader.reads} reads, the longest outage {reader.longest_outage_s:.2f} s"
        )
    finally:
        loader.stop()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + KILLS))
def test_nothing_that_was_acknowledged_is_lost(drill: Drill, seed: int) -> None:
    chance = random.Random(seed)
    victim = chance.choice(VICTIMS)
    drill.wait_until_whole()
    threading.Event().wait(chance.uniform(0.0, 1.0))  # the random point itself
    before = drill.loader.acknowledged
    drill.strike(victim)
    drill.loader.wait_for_more(2)  # the one it fell into, and one that began after it
    acknowledged = drill.loader.acknowledged
    with drill.connect() as connection:
        rows, keys, oldest, newest = connection.execute(COUNTED).fetchone() or (0, 0, 0, 0)
        loads = connection.execute(
            "SELECT count(*), count(DISTINCT load_id) FROM gold_meta.loads WHERE committed_at IS NOT NULL"
        ).fetchone()
    assert (rows, keys) == (ROWS, ROWS)
    assert oldest == newest >= acknowledged
    assert loads in [(newest, newest)], "a load is in the ledger twice, or not at all"
    assert drill.reader.wrong == []
    print(f"seed {seed}: {victim}, loads {before} to {acknowledged} acknowledged, {newest} found")
