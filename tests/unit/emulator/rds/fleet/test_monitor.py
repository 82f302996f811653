"""What the monitor has done, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import psycopg
import pytest

from glue_app.emulator.rds.fleet import monitor as monitor_module
from glue_app.emulator.rds.fleet.monitor import GRACE_S, RETRY_S, Monitor
from glue_app.emulator.rds.fleet.servers import Servers
from glue_app.emulator.rds.fleet.standbys import StandbyLostError
from glue_app.emulator.rds.models import DBInstance, RdsStores
from glue_app.emulator.rds.postgres.container_host import PostgresHostLostError
from glue_app.emulator.rds.postgres.server import ServerError
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings
from tests.support.db_instances import instance as some_instance

LOST = PostgresHostLostError(Path("channel"), "gone")


class World:
    """Servers that are nothing but what the test says of them; `done` is what was done to them."""

    def __init__(self, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.streaming = 0.0, True
        self.done: list[str] = []
        self.primary, self.standby = MagicMock(), MagicMock()
        self.primary.home.data.is_dir.return_value = True
        self.primary.home.leaving = state / "none"
        self.primary.fenced = False
        self.primary.home.standby = self.standby.home
        self.standby.home.in_sync = True
        self.instance = some_instance()
        self.instance.status, self.instance.multi_az = "available", True
        stores = RdsStores()
        stores.of(Scope("000000000000", "us-east-1")).instances["gold"] = self.instance
        self.stores = stores
        self.servers = Servers(Settings.from_environment({"GLUE_APP_STATE": str(state)}), stores)
        self.begun = True
        monkeypatch.setattr(self.servers.primaries, "begun", lambda _instance: self.begun)
        monkeypatch.setattr(self.servers, "of", lambda _instance: self.primary)
        monkeypatch.setattr(self.servers.primaries, "connect", lambda *_: SimpleNamespace(closed=False))
        monkeypatch.setattr(self.servers.primaries, "bring_up", self._noted("started again"))
        standbys = self.servers.standbys
        monkeypatch.setattr(standbys, "of", lambda _server: self.standby)
        monkeypatch.setattr(standbys, "make", self._noted("standby made"))
        monkeypatch.setattr(standbys, "fail_over", self._noted("failed over"))
        monkeypatch.setattr(monitor_module, "streaming", lambda _connection: self._streams())
        self.monitor = Monitor(self.servers, stores, clock=lambda: self.now)

    def alive(self, primary: bool = True, standby: bool = True) -> None:
        for server, lives in ((self.primary, primary), (self.standby, standby)):
            server.answers.return_value = server.running.return_value = lives

    def look(self) -> list[str]:
        """What one look has done, with the statuses that were seen meanwhile."""
        self.done = []
        self.monitor.look()
        for work in self.monitor.begun.values():
            work.result(60)
        return self.done

    def events(self) -> list[str]:
        found = self.stores.of(Scope("000000000000", "us-east-1")).events
        return [event.event_id.removeprefix("RDS-EVENT-") for event in found]

    def _noted(self, what: str) -> Callable[..., None]:
        def work(_server: Any, instance: DBInstance) -> None:
            self.done.append(f"{what} ({instance.status})")

        return work

    def _streams(self) -> bool:
        if not self.primary.running.return_value:
            raise psycopg.OperationalError("gone")
        return self.streaming


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path, monkeypatch)
    made.alive()
    return made


def test_what_is_well_is_left_alone(world: World) -> None:
    assert world.look() == []
    assert world.events() == []


def test_a_standby_in_sync_takes_over(world: World) -> None:
    """The status shows it; the events tell of it."""
    world.alive(primary=False)

    assert world.look() == ["failed over (rebooting)"]
    assert world.instance.status == "available"
    assert world.events() == ["0013", "0006", "0049"]
    world.primary.end_leftovers.assert_called_once()


def test_a_standby_that_is_not_in_sync_does_not(world: World) -> None:
    """It may lack what was acknowledged: the primary is started again where it lies."""
    world.alive(primary=False)
    world.standby.home.in_sync = False

    assert world.look() == ["started again (rebooting)"]
    assert world.events() == ["0020", "0006", "0021"]


def test_neither_does_one_that_is_dead_itself(world: World) -> None:
    """But where the primary's files are gone, its own are all there is."""
    world.alive(primary=False, standby=False)
    assert world.look() == ["started again (rebooting)"]

    world.primary.home.data.is_dir.return_value = False
    assert world.look() == ["failed over (rebooting)"]


def test_a_single_az_instance_is_started_again(world: World) -> None:
    world.instance.multi_az = False
    world.alive(primary=False)

    assert world.look() == ["started again (rebooting)"]


def test_a_failover_that_was_interrupted_is_brought_to_its_end(world: World) -> None:
    """Its server runs, started by its container, and was not promoted."""
    world.primary.fenced = True

    assert world.look() == ["started again (rebooting)"]


def test_a_container_that_is_gone_as_a_whole_is_waited_for(world: World) -> None:
    """No failover: the standby is gone as well, and both come back with it."""
    world.alive(primary=False)
    world.primary.running.side_effect = LOST
    assert world.look() == []
    assert world.instance.status == "available"

    world.primary.running.side_effect = None
    world.standby.running.side_effect = LOST
    assert world.look() == []
    assert world.instance.status == "available"

    world.standby.running.side_effect = None
    assert world.look() == ["failed over (rebooting)"]


@pytest.mark.parametrize(
    "status", ["rebooting", "stopping", "stopped", "deleting", "modifying", "creating", "failed"]
)
def test_only_available_instances_are_looked_after(world: World, status: str) -> None:
    world.alive(primary=False)
    world.instance.status = status

    assert world.look() == []
    assert world.instance.status == status


def test_a_save_is_not_disturbed(world: World) -> None:
    """Whoever has the instance's lock is let finish."""
    world.alive(primary=False)

    with world.servers.undisturbed(world.instance, 1):
        assert world.look() == []
    assert world.look() == ["failed over (rebooting)"]


def test_a_server_that_was_alive_after_all(world: World) -> None:
    """The second look, with the lock, decides."""
    world.primary.answers.return_value = False

    assert world.look() == []


def test_a_server_that_cannot_be_started_is_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.instance.multi_az = False
    world.alive(primary=False)
    monkeypatch.setattr(
        world.servers.primaries, "bring_up", MagicMock(side_effect=ServerError("no start", "disk"))
    )

    world.look()

    assert world.instance.status == "failed"
    assert world.events() == ["0020", "0031"]


# ---------------------------------------------------------------- standbys
def test_a_dead_standby_is_replaced_at_once(world: World) -> None:
    """The instance is available all the while."""
    world.alive(standby=False)
    world.streaming = False

    assert world.look() == ["standby made (available)"]


def test_a_standby_that_lost_its_connection_gets_some_time(world: World) -> None:
    world.streaming = False
    assert world.look() == []

    world.now += GRACE_S - 1
    assert world.look() == []

    world.now += 1
    assert world.look() == ["standby made (available)"]


def test_one_that_comes_back_in_time_is_kept(world: World) -> None:
    world.streaming = False
    world.look()
    world.streaming = True
    world.look()
    world.streaming, world.now = False, GRACE_S

    assert world.look() == []


def test_making_one_is_tried_again_after_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.standby.home.in_sync = False
    tries = MagicMock(side_effect=StandbyLostError(world.instance, "disk full"))
    monkeypatch.setattr(world.servers.standbys, "make", tries)
    world.look()
    world.look()
    assert tries.call_count == 1

    world.now += RETRY_S
    world.look()

    assert tries.call_count == 2
    assert world.instance.status == "available"


def test_work_that_goes_on_is_not_begun_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.alive(primary=False)
    going_on: Future[None] = Future()
    submit = MagicMock(return_value=going_on)
    monkeypatch.setattr(world.servers, "submit_if_idle", submit)

    world.monitor.look()
    world.monitor.look()

    assert submit.call_count == 1


def test_nothing_is_begun_while_the_emulator_ends(world: World) -> None:
    world.alive(primary=False)
    world.servers.closing.set()

    assert world.look() == []


def test_an_instance_that_is_deleted_meanwhile_stays_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was going on with it does not make it available again."""

    def deleted(_server: Any, instance: DBInstance) -> None:
        instance.status = "deleting"

    world.alive(primary=False)
    monkeypatch.setattr(world.servers.standbys, "fail_over", deleted)
    world.look()

    assert world.instance.status == "deleting"


def test_what_was_restored_and_is_not_brought_back_yet_is_left_alone(world: World) -> None:
    """A save says `available`, and no server runs: that is no death."""
    world.begun = False
    world.alive(primary=False, standby=False)
    assert world.look() == []
    assert world.events() == []
