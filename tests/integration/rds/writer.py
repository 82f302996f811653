"""A client that writes all the time, and tries again where it can't; and the death that it is to survive."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.processes import postmaster_of
from tests.support.polling import wait_for

RETRY_S = 0.01


def kill(home: ServerHome) -> int:
    """SIGKILL for the postmaster of a home; its id."""
    pid = postmaster_of(home.data)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


class Writer:
    """Inserts 0, 1, 2, … into `written`, one a transaction; a number whose fate is unknown is left behind."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._connect = connect
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.acknowledged: list[int] = []
        self.longest_gap_s = 0.0
        """Between two acknowledgements."""

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Writer]:
        with self._connect() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS written (number bigint PRIMARY KEY)")
            connection.execute("TRUNCATE written")
        self._thread.start()
        try:
            self.wait_for_more()
            yield self
            self.wait_for_more()
        finally:
            self._stop.set()
            self._thread.join()

    def wait_for_more(self, count: int = 20) -> None:
        """Until so many more are acknowledged."""
        before = len(self.acknowledged)
        wait_for("acknowledged commits", lambda: len(self.acknowledged) >= before + count, 60)

    def lost(self) -> set[int]:
        """What was acknowledged so far and is not there."""
        acknowledged = set(self.acknowledged)
        with self._connect() as connection:
            return acknowledged - {int(row[0]) for row in connection.execute("SELECT number FROM written")}

    def _run(self) -> None:
        connection: psycopg.Connection[Any] | None = None
        number, last = 0, time.monotonic()
        while not self._stop.is_set():
            number += 1
            try:
                connection = connection or self._connect()
                connection.execute("INSERT INTO written VALUES (%s)", [number])
            except psycopg.Error:
                if connection:
                    connection.close()
                connection = None
                self._stop.wait(RETRY_S)
                continue
            self.acknowledged.append(number)
            now = time.monotonic()
            self.longest_gap_s, last = max(self.longest_gap_s, now - last), now
        if connection:
            connection.close()
