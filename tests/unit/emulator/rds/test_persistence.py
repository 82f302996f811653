"""DB instances after a restart: what becomes of each status, and of the files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from glue_app.emulator.rds.backup.automated import Backups
from glue_app.emulator.rds.backup.snapshots import Snapshots
from glue_app.emulator.rds.fleet.servers import Servers
from glue_app.emulator.rds.models import DBInstance, Endpoint, MasterUserSecret, RdsStores
from glue_app.emulator.rds.persistence import KeptDatabases
from glue_app.emulator.rds.postgres.home import ServerHome, ServerHomeLostError
from glue_app.emulator.rds.postgres.local_host import LocalHost
from glue_app.emulator.rds.resources import master_secret
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings
from tests.support.db_instances import instance as some_instance

SCOPE = Scope("000000000000", "us-east-1")
US = LocalHost(None, None, "us")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def stores() -> RdsStores:
    return RdsStores()


@pytest.fixture
def servers(state: Path, stores: RdsStores) -> Servers:
    return Servers(Settings.from_environment({"GLUE_APP_STATE": str(state)}), stores)


@pytest.fixture
def started(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What is brought back: (identifier, password); nothing is really started."""
    found: list[tuple[str, Any]] = []

    def bring_back(_server: Any, instance: DBInstance, password: Any) -> None:
        found.append((instance.identifier, password))

    monkeypatch.setattr(servers, "bring_back", bring_back)
    monkeypatch.setattr(master_secret, "current_password", lambda _scope, one: one.secret and "secret")
    monkeypatch.setattr(
        master_secret, "delete", lambda _scope, one: found.append((one.identifier, "deleted"))
    )
    return found


@pytest.fixture
def kept(state: Path, stores: RdsStores, servers: Servers) -> KeptDatabases:
    config = Settings.from_environment({"GLUE_APP_STATE": str(state)})
    snapshots = Snapshots(config, stores, servers)
    return KeptDatabases(config, stores, servers, snapshots, Backups(config, stores, servers, snapshots))


def restored(stores: RdsStores, status: str) -> DBInstance:
    one = some_instance()
    one.status = status
    stores.of(SCOPE).instances[one.identifier] = one
    return one


@pytest.mark.parametrize(
    "status",
    ["available", "starting", "modifying", "backing-up", "rebooting", "resetting-master-credentials"],
)
def test_an_instance_that_ran_is_started_again(
    kept: KeptDatabases, stores: RdsStores, started: list[tuple[str, Any]], status: str
) -> None:
    """With the password its secret has; when that is waited for, it is available."""
    one = restored(stores, status)
    one.secret = MasterUserSecret("arn", "key", "rotating")

    kept.after_restore()
    kept.wait_until_started(10)

    assert started == [("gold", "secret")]
    assert one.status == "available"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("stopped", "stopped"),
        ("stopping", "stopped"),
        ("failed", "failed"),
        ("incompatible-parameters", "incompatible-parameters"),
        ("creating", "failed"),
    ],
)
def test_others_are_not(
    kept: KeptDatabases, stores: RdsStores, started: list[tuple[str, Any]], before: str, after: str
) -> None:
    one = restored(stores, before)

    kept.after_restore()
    kept.wait_until_started(10)

    assert one.status == after
    assert started == []


def test_an_instance_that_was_made_in_time_is_available(
    kept: KeptDatabases, stores: RdsStores, servers: Servers, started: list[tuple[str, Any]]
) -> None:
    """Its save was taken while it was being created, its files are whole by now."""
    one = restored(stores, "creating")
    home = servers.of(one).home
    home.folder.mkdir(parents=True)
    home.mark_complete()

    kept.after_restore()
    kept.wait_until_started(10)

    assert one.status == "available"


def test_an_instance_that_was_being_deleted_is_gone(
    kept: KeptDatabases, stores: RdsStores, started: list[tuple[str, Any]]
) -> None:
    """With its secret."""
    restored(stores, "deleting")

    kept.after_restore()

    assert stores.all_instances() == []
    assert started == [("gold", "deleted")]


def test_an_unfinished_instance_does_not_make_the_stack_unhealthy(
    kept: KeptDatabases, stores: RdsStores, servers: Servers, started: list[tuple[str, Any]]
) -> None:
    """Nobody has used it. Another one that failed does."""
    one = restored(stores, "creating")
    kept.after_restore()
    servers.check()

    one.interrupted = False
    with pytest.raises(ConnectionError, match="gold"):
        servers.check()


def test_servers_that_take_too_long_are_an_error(kept: KeptDatabases) -> None:
    kept._starting.append(Future())

    with pytest.raises(TimeoutError, match=r"did not start in 0\.01 s"):
        kept.wait_until_started(0.01)


def test_only_files_that_nobody_names_are_removed(
    kept: KeptDatabases, stores: RdsStores, state: Path
) -> None:
    """Neither an instance nor a save."""
    one = restored(stores, "available")
    kept_names = {one.resource_id, f"{one.resource_id}-standby", "db-SAVED", "ca.pem"}
    for name in (*kept_names, "db-GONE", "db-GONE-standby", "db-GONE-leaving"):
        (state / "rds" / name).mkdir(parents=True)

    kept.sweep({"db-SAVED"})

    assert {path.name for path in (state / "rds").iterdir()} == kept_names


# ---------------------------------------------------------------- a server's folder
@pytest.fixture
def home(tmp_path: Path) -> Iterator[ServerHome]:
    """One with data in it."""
    made = ServerHome(tmp_path / ("long" * 30) / "db-ABC")
    made.make(US)
    made.data.mkdir()
    (made.data / "PG_VERSION").write_text("15")
    yield made
    made.remove()


def test_a_sound_folder_is_left_as_it_is(home: ServerHome) -> None:
    before = home.socket
    home.adopt(US)

    assert home.socket == before


def test_a_socket_folder_that_is_gone_is_made_again(home: ServerHome) -> None:
    """It was among the temporary files; the machine was started again."""
    before = home.socket
    shutil.rmtree(before)

    home.adopt(US)

    assert home.socket != before
    assert home.socket.is_dir()
    assert home.socket.stat().st_mode & 0o777 == 0o700
    assert len(str(home.socket)) < 90


def test_a_socket_folder_that_is_anothers_is_not_used(
    home: ServerHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name may be taken by somebody else meanwhile."""
    before = home.socket
    real = Path.stat

    def stat(path: Path, **options: Any) -> Any:
        found = real(path, **options)
        if path.resolve() != before:
            return found
        return os.stat_result((*found[:4], found.st_uid + 1, *found[5:10]))

    monkeypatch.setattr(Path, "stat", stat)

    home.adopt(US)

    assert home.socket != before
    assert before.is_dir()
    shutil.rmtree(before)


def test_a_copied_folder_has_no_socket_folder_yet(tmp_path: Path) -> None:
    home = ServerHome(tmp_path / "rds" / "db-ABC")
    home.data.mkdir(parents=True)
    (home.data / "PG_VERSION").write_text("15")

    home.adopt(US)
    home.adopt(US)

    assert home.socket.is_dir()
    assert home.data.stat().st_mode & 0o777 == 0o700
    home.remove()


def test_a_copied_folder_that_the_server_cannot_reach_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = ServerHome(tmp_path / "rds" / "db-ABC")
    home.data.mkdir(parents=True)
    (home.data / "PG_VERSION").write_text("15")
    home.mark_complete()
    monkeypatch.setattr(LocalHost, "can_reach", lambda *_: False)

    home.adopt(US)

    assert home.folder.is_symlink()
    assert (home.data / "PG_VERSION").read_text() == "15"
    assert home.complete
    home.remove()


def test_files_that_are_gone_are_told_with_their_place(tmp_path: Path) -> None:
    home = ServerHome(tmp_path / "db-ABC")
    home.folder.symlink_to(tmp_path / "nowhere")

    with pytest.raises(ServerHomeLostError, match=r"db-ABC should lie in .*/nowhere and are gone"):
        home.adopt(US)

    home.folder.unlink()
    home.folder.mkdir()
    with pytest.raises(ServerHomeLostError, match="db-ABC/data and are gone"):
        home.adopt(US)


def test_what_is_no_servers_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("certificate")

    ServerHome(tmp_path / "ca.pem").adopt(US)

    assert (tmp_path / "ca.pem").read_text() == "certificate"


def test_an_instance_whose_address_is_not_published_any_more_moves(state: Path, stores: RdsStores) -> None:
    """The Docker engine publishes addresses that are free: another stack may have those of the save."""
    environment = {"GLUE_APP_STATE": str(state), "GLUE_APP_RDS_PUBLISHED": "127.20.0.5:5432=postgres:5432"}
    servers = Servers(Settings.from_environment(environment), stores)
    one, server = restored(stores, "available"), MagicMock()

    servers.bring_back(server, one, None)

    assert one.endpoint == Endpoint("127.20.0.5", 5432)
    assert server.configure.call_args.args[0].endpoint == Endpoint("*", 5432)
    server.start.assert_called_once()
