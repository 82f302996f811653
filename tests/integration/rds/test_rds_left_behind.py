"""Servers end with the emulator, and those of a killed one are found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from glue_app.emulator.rds.fleet import network
from glue_app.emulator.rds.fleet.servers import Servers
from glue_app.emulator.rds.models import DBInstance, RdsStores
from glue_app.emulator.rds.postgres import processes
from glue_app.emulator.rds.postgres.certificates import CertificateAuthority
from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.host import postgres_host
from glue_app.emulator.rds.postgres.server import PostgresServer, ServerConfiguration, ServerError
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings, settings
from tests.support.db_instances import instance as some_instance
from tests.support.state_folder import state_folder

pytestmark = pytest.mark.embedded("its servers are processes of this machine")


@pytest.fixture
def state() -> Iterator[Path]:
    with state_folder() as folder:
        yield folder
        processes.end_left_behind(folder)


@pytest.fixture
def running(state: Path) -> tuple[PostgresServer, DBInstance]:
    """A server as the RDS room makes it, without the room."""
    instance = some_instance()
    instance.endpoint = network.Network(settings().rds_network).allocate(5432, [])
    server = PostgresServer(
        ServerHome(state / "rds" / instance.resource_id), settings().postgres_bin, postgres_host()
    )
    server.initialise()
    server.configure(ServerConfiguration(instance.endpoint, force_ssl=True))
    server.certify(CertificateAuthority.of_state(state / "rds"), instance.endpoint, "gold")
    server.start()
    return server, instance


def test_a_killed_emulators_servers_are_ended(
    state: Path, running: tuple[PostgresServer, DBInstance]
) -> None:
    """By a command scripts can call; calling it again is harmless."""
    server, _instance = running
    command = [sys.executable, "-m", "glue_app.emulator.rds.postgres.processes", str(state)]

    first = subprocess.run(command, capture_output=True, text=True, check=True)
    second = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "ended PostgreSQL server" in first.stdout
    assert second.stdout == ""
    assert not server.running()
    assert "database system is shut down" in server.home.log.read_text()


def test_the_emulator_stops_its_servers_cleanly(
    state: Path, running: tuple[PostgresServer, DBInstance]
) -> None:
    """And their data stays."""
    server, instance = running
    stores = RdsStores()
    stores.of(Scope("000000000000", "us-east-1")).instances["gold"] = instance

    Servers(Settings.from_environment({"GLUE_APP_STATE": str(state)}), stores).stop_all()

    assert not server.running()
    assert "database system is shut down" in server.home.log.read_text()
    server.start()
    with server.connect(instance.endpoint) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_refuses_its_configuration_says_why(
    running: tuple[PostgresServer, DBInstance],
) -> None:
    """In PostgreSQL's own words, which make the instance `incompatible-parameters`."""
    server, instance = running
    server.stop()
    server.configure(ServerConfiguration(instance.endpoint, True, {"shared_preload_libraries": "no_such"}))

    with pytest.raises(ServerError, match=r'FATAL.*could not access file "no_such"'):
        server.start()


def test_an_address_that_is_taken_is_told_apart(
    state: Path, running: tuple[PostgresServer, DBInstance]
) -> None:
    """So that the next address is tried."""
    _server, instance = running
    other = PostgresServer(ServerHome(state / "rds" / "db-OTHER"), settings().postgres_bin, postgres_host())
    other.initialise()
    other.configure(ServerConfiguration(instance.endpoint, force_ssl=True))
    other.certify(CertificateAuthority.of_state(state / "rds"), instance.endpoint, "other")

    with pytest.raises(ServerError) as caught:
        other.start()

    assert caught.value.address_in_use
