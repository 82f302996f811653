"""The order of things with a standby: what the mark says is true at every moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import psycopg
import pytest

from glue_app.emulator.rds.fleet import standbys
from glue_app.emulator.rds.fleet.servers import Servers
from glue_app.emulator.rds.fleet.standbys import StandbyLostError
from glue_app.emulator.rds.models import DBInstance, Endpoint, RdsStores
from glue_app.emulator.rds.postgres import base_backup
from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.local_host import LocalHost
from glue_app.emulator.rds.postgres.server import PostgresServer, ServerConfiguration, ServerError
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings
from tests.support.db_instances import instance as some_instance

US = LocalHost(None, None, "us")


class Room:
    """Servers whose programs only write down that they were asked for; `steps` is what was done, in order."""

    def __init__(self, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[str] = []
        self.replication = {"state": "streaming", "sync_state": "sync"}
        stores = RdsStores()
        self.servers = Servers(Settings.from_environment({"GLUE_APP_STATE": str(state)}), stores)
        self.instance = some_instance()
        self.instance.multi_az, self.instance.secondary_availability_zone = True, "us-east-1b"
        stores.of(Scope("000000000000", "us-east-1")).instances["gold"] = self.instance
        self.home = ServerHome(state / "rds" / self.instance.resource_id)
        self.server = PostgresServer(self.home, Path("/nowhere"), US)
        for home in (self.home, self.home.standby):
            home.data.mkdir(parents=True)
            (home.data / "PG_VERSION").write_text(home.folder.name)
        self.running = {self.home.folder.name}
        for name in ("start", "stop", "reload", "promote"):
            monkeypatch.setattr(PostgresServer, name, self._program(name))
        monkeypatch.setattr(PostgresServer, "running", lambda server: server.home.folder.name in self.running)
        monkeypatch.setattr(ServerHome, "mark_in_sync", self._marking(ServerHome.mark_in_sync))
        monkeypatch.setattr(ServerHome, "adopt", lambda *_: None)
        monkeypatch.setattr(base_backup, "copy", self._copy)
        monkeypatch.setattr(self.servers.primaries, "connect", self._connect)
        monkeypatch.setattr(standbys, "_flushed", lambda _connection: "0/1")
        monkeypatch.setattr(standbys, "_replication", self._told)

    def configuration(self, home: ServerHome) -> dict[str, str]:
        lines = (home.data / "postgresql.conf").read_text().splitlines()
        return dict(line.split(" = ", 1) for line in lines if " = " in line)

    @property
    def waits(self) -> bool:
        """Whether commits wait, as the primary's files say."""
        return self.configuration(self.home)["synchronous_standby_names"] == "'rds_standby'"

    def _program(self, name: str) -> Callable[[PostgresServer], None]:
        def run(server: PostgresServer) -> None:
            who = "standby" if server.home.folder.name.endswith("-standby") else "primary"
            self.steps.append(f"{name} {who}")
            if name == "start":
                self.running.add(server.home.folder.name)
            if name == "stop":
                self.running.discard(server.home.folder.name)
            if name == "reload" and server.home.folder == self.home.folder:
                self.steps[-1] += f" (waits: {self.waits})"

        return run

    def _marking(self, real: Callable[[ServerHome, bool], None]) -> Callable[[ServerHome, bool], None]:
        def mark(home: ServerHome, in_sync: bool) -> None:
            if home.folder != self.home.folder and in_sync != home.in_sync:
                self.steps.append(f"mark {in_sync}")
            real(home, in_sync)

        return mark

    def _copy(self, _server: PostgresServer, _endpoint: Endpoint, folder: Path) -> None:
        self.steps.append("copy")
        (folder / "data").mkdir()

    @contextmanager
    def _connect(self, _server: Any, _instance: DBInstance) -> Iterator[MagicMock]:
        yield MagicMock()

    def _told(self, _connection: Any, column: str, *_values: str) -> object:
        return self.replication.get(column, "true")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(tmp_path, monkeypatch)


def test_the_mark_comes_last(room: Room) -> None:
    """When commits wait already, and the standby has all that was there before they did."""
    room.servers.standbys.make(room.server, room.instance)

    assert room.steps == [
        "reload primary (waits: False)",
        "stop standby",
        "copy",
        "start standby",
        "reload primary (waits: True)",
        "mark True",
    ]


def test_the_mark_goes_first(room: Room) -> None:
    """Before the primary is told to wait no longer."""
    room.home.standby.mark_in_sync(True)
    room.steps.clear()

    room.servers.standbys.give_up(room.server, room.instance)

    assert room.steps == ["mark False", "reload primary (waits: False)"]


@pytest.mark.parametrize("missing", ["state", "sync_state", "(flush_lsn >= %s::pg_lsn)::text"])
def test_a_standby_that_does_not_come_into_step_is_not_marked(
    room: Room, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(standbys, "IN_STEP_TIMEOUT_S", 0.01)
    room.replication[missing] = "not yet"

    with pytest.raises(StandbyLostError, match=r"gold: is not in step after 0\.01 s"):
        room.servers.standbys.make(room.server, room.instance)

    assert not room.home.standby.in_sync


def test_nobody_is_waited_for_when_the_emulator_ends(room: Room) -> None:
    room.replication["state"] = "catchup"
    threading.Timer(0.05, room.servers.closing.set).start()

    with pytest.raises(StandbyLostError, match="the emulator ends"):
        room.servers.standbys.make(room.server, room.instance)


@pytest.mark.parametrize(
    "error", [OSError("disk full"), psycopg.OperationalError("gone"), ServerError("initdb", "no")]
)
def test_whatever_goes_wrong_the_standby_is_lost_and_no_more(
    room: Room, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(base_backup, "copy", MagicMock(side_effect=error))

    with pytest.raises(StandbyLostError):
        room.servers.standbys.make(room.server, room.instance)
    make = lambda server: room.servers.standbys.make(server, room.instance)  # noqa: E731

    assert room.servers.outcome(room.instance, "modifying", make, "available") == "available"


def test_a_standby_listens_nowhere_and_asks_the_primarys_socket(room: Room) -> None:
    room.servers.standbys.make(room.server, room.instance)

    standby, primary = room.configuration(room.home.standby), room.configuration(room.home)
    assert standby["listen_addresses"] == "''"
    assert str(room.home.socket) in standby["primary_conninfo"]
    assert "application_name=rds_standby" in standby["primary_conninfo"]
    assert "primary_conninfo" not in primary
    assert (primary["hot_standby"], standby["hot_standby"]) == ("'on'", "'off'")
    assert (primary["archive_mode"], standby["archive_mode"]) == ("'on'", "'always'")


def test_a_socket_folder_with_a_space(room: Room) -> None:
    room.server.configure(ServerConfiguration(Endpoint("", 5432), True, primary=Path("/a folder/socket")))

    assert "host=''/a folder/socket''" in room.configuration(room.home)["primary_conninfo"]


def test_the_old_primary_ends_before_its_standby(room: Room) -> None:
    """So that the standby gets all; the new one is promoted only when it runs at the endpoint."""
    room.running.add(room.home.standby.folder.name)
    room.server.with_home(room.home.standby).fence()
    room.home.standby.mark_in_sync(True)
    room.steps.clear()

    room.servers.standbys.fail_over(room.server, room.instance)

    assert room.steps == ["stop primary", "stop standby", "start primary", "promote primary"]
    assert (room.home.data / "PG_VERSION").read_text() == "db-ABC-standby"
    assert not room.waits
    assert (room.instance.availability_zone, room.instance.secondary_availability_zone) == (
        "us-east-1b",
        "us-east-1a",
    )


def test_a_failover_that_was_cut_short_goes_on_at_the_next_start(room: Room) -> None:
    """Whatever brings the server up."""
    room.server.with_home(room.home.standby).fence()
    room.server.fence()
    room.home.folder.rename(room.home.leaving)

    room.servers.primaries.bring_up(room.server, room.instance)

    assert room.steps == ["start primary", "promote primary"]
    assert (room.home.data / "PG_VERSION").read_text() == "db-ABC-standby"
    assert not room.home.leaving.exists()


def test_a_killed_servers_own_processes_are_waited_for(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are ended, and what they hold is asked for again."""
    busy = ServerError("no start", "FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use")
    start, ended = MagicMock(side_effect=[busy, None]), MagicMock()
    monkeypatch.setattr(PostgresServer, "start", start)
    monkeypatch.setattr(PostgresServer, "end_leftovers", ended)

    room.servers.primaries.bring_up(room.server, room.instance)

    assert start.call_count == 2
    ended.assert_called_once()


def test_after_a_restore_the_standby_is_not_what_it_was(room: Room) -> None:
    """Its files may be of another moment: the monitor makes it anew, the instance is available meanwhile."""
    room.home.standby.mark_in_sync(True)

    room.servers.bring_back(room.server, room.instance, None)

    assert not room.home.standby.in_sync
    assert not room.waits
    assert room.home.standby.folder.exists()


def test_a_single_az_instance_of_a_save_needs_no_standby(room: Room) -> None:
    """One that was made after the save."""
    room.instance.multi_az = False

    room.servers.bring_back(room.server, room.instance, None)

    assert not room.home.standby.folder.exists()


def test_a_standby_in_sync_goes_on_after_a_stop(room: Room) -> None:
    """Commits wait for it from the primary's start on."""
    room.home.standby.mark_in_sync(True)
    room.running.clear()
    room.steps.clear()

    room.servers.start(room.server, room.instance)

    assert room.steps == ["start primary", "start standby"]
    assert room.waits


def test_one_that_does_not_start_any_more_is_replaced(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.home.standby.mark_in_sync(True)
    room.servers.primaries.configure(room.server, room.instance)
    start, tries = PostgresServer.start, iter([True])

    def started(server: PostgresServer) -> None:
        if server.home.folder.name.endswith("-standby") and next(tries, False):
            raise ServerError("PostgreSQL did not start", "FATAL")
        start(server)

    monkeypatch.setattr(PostgresServer, "start", started)
    room.servers.standbys.resume(room.server, room.instance)

    assert "copy" in room.steps
    assert room.home.standby.in_sync


def test_a_password_is_handed_over_to_the_standby(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as there is one in sync; a lost one is not waited for."""
    monkeypatch.setattr(standbys, "_HAND_OVER_S", 30)
    answers = iter(["false", "true"])
    monkeypatch.setattr(standbys, "_replication", lambda *_: next(answers))
    room.home.standby.mark_in_sync(True)

    room.servers.standbys.hand_over(room.server, MagicMock())
    assert next(answers, None) is None

    room.home.standby.mark_in_sync(False)
    room.servers.standbys.hand_over(room.server, MagicMock())
