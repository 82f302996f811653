"""SUITE=drill-state, too: the emulator is killed at random points of failovers, under writes that go on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from glue_app.emulator.rds.fleet import network
from glue_app.emulator.rds.postgres.processes import end_left_behind
from glue_app.emulator.settings import settings
from tests.drill.state.failing_over import PASSWORD
from tests.integration.rds.writer import Writer
from tests.support.state_folder import state_folder

KILLS = max(1, int(os.environ.get("DRILL_KILLS", "50")) // 5)
FIRST_SEED = int(os.environ.get("DRILL_SEED", "1"))


class Room:
    """The RDS room as a process of its own."""

    def __init__(self, state: Path, address: str) -> None:
        self._command = [sys.executable, "-m", "tests.drill.state.failing_over", str(state), address]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """With what is there; returns when the instance is available."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._line() == "up"

    def wait_for_standby(self) -> None:
        assert self._line() == "sync"

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()

    def _line(self) -> str:
        assert self._process
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@pytest.fixture
def state() -> Iterator[Path]:
    with state_folder() as folder:
        yield folder
        end_left_behind(folder)


@pytest.mark.timeout(1200)
def test_what_was_acknowledged_is_there_after_each_kill(state: Path) -> None:
    """Most of the kills fall into the second that a failover takes, some into the making of the standby."""
    address = network.Network(settings().rds_network).allocate(5432, []).address
    room, chance = Room(state, address), random.Random(FIRST_SEED)
    room.start()
    writer = Writer(
        lambda: psycopg.connect(
            host=address, user="postgres_admin", password=PASSWORD, dbname="postgres", autocommit=True
        )
    )
    try:
        with writer.at_work():
            for number in range(KILLS):
                room.wait_for_standby()
                threading.Event().wait(chance.uniform(0, 0.9 if chance.random() < 0.8 else 4))
                room.kill()
                room.start()
                writer.wait_for_more()
                assert writer.lost() == set(), f"kill {number} of seed {FIRST_SEED}"
    finally:
        room.kill()
    print(f"{KILLS} kills, {len(writer.acknowledged)} acknowledged, none lost")
