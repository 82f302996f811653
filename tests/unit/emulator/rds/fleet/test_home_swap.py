"""A failover on the disk, ended at every point: what is there is brought to its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from glue_app.emulator.rds.fleet import home_swap
from glue_app.emulator.rds.postgres.home import ServerHome, instance_of
from glue_app.emulator.rds.postgres.local_host import LocalHost
from glue_app.emulator.rds.postgres.server import PostgresServer

US = LocalHost(None, None, "us")


class KilledError(Exception):
    """Stands for the emulator's end."""


def server(home: ServerHome) -> PostgresServer:
    return PostgresServer(home, Path("/nowhere"), US)


def made(home: ServerHome, content: str, linked: bool) -> None:
    """A home whose data says whose it is; `linked`: it lies elsewhere, as where the server can't come in."""
    if linked:
        elsewhere = home.folder.parent.parent / f"elsewhere-{content}"
        elsewhere.mkdir()
        home.folder.symlink_to(elsewhere)
    (home.data).mkdir(parents=True)
    (home.data / "PG_VERSION").write_text(content)


@pytest.fixture(params=[False, True], ids=["folders", "links"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> ServerHome:
    """A primary's, with a standby that is in sync beside it."""
    primary = ServerHome(tmp_path / "rds" / "db-ABC")
    primary.folder.parent.mkdir()
    made(primary, "old primary", request.param)
    made(primary.standby, "standby", request.param)
    server(primary.standby).fence()
    primary.standby.mark_in_sync(True)
    return primary


def who(home: ServerHome) -> str:
    return (home.data / "PG_VERSION").read_text()


def test_the_homes_change_places(home: ServerHome) -> None:
    """Both would start as standbys: the new primary until it is promoted, the old one for good."""
    home_swap.swap(server(home))

    assert (who(home), who(home.standby)) == ("standby", "old primary")
    assert server(home).fenced
    assert server(home.standby).fenced
    assert not home.in_sync
    assert not home.standby.in_sync
    assert {path.name for path in home.folder.parent.iterdir()} == {"db-ABC", "db-ABC-standby"}


def killed_at(step: int, home: ServerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Swap, and end at the `step`-th change of the disk (0: before the first one)."""
    steps = iter(range(step))

    def watched(change: Callable[..., object]) -> Callable[..., object]:
        def changed(*arguments: object) -> object:
            if next(steps, None) is None:
                raise KilledError
            return change(*arguments)

        return changed

    with monkeypatch.context() as patched:
        patched.setattr(PostgresServer, "fence", watched(PostgresServer.fence))
        patched.setattr(Path, "rename", watched(Path.rename))
        patched.setattr(ServerHome, "mark_in_sync", watched(ServerHome.mark_in_sync))
        with pytest.raises(KilledError):
            home_swap.swap(server(home))


@pytest.mark.parametrize(
    ("step", "primary"),
    [
        (0, "old primary"),  # nothing has happened
        (1, "old primary"),  # fenced: it has all that was acknowledged, and is promoted at its start
        (2, "standby"),  # the old primary has left its place
        (3, "standby"),  # the standby has taken it
        (4, "standby"),  # the old primary has taken the standby's; the mark is still there
    ],
)
def test_killed_at_any_point(
    home: ServerHome, monkeypatch: pytest.MonkeyPatch, step: int, primary: str
) -> None:
    """One of the two is the primary afterwards, the other the standby; finishing again changes nothing."""
    killed_at(step, home, monkeypatch)

    for _ in range(2):
        home_swap.finish(home)
        assert who(home) == primary
        assert {who(home), who(home.standby)} == {"old primary", "standby"}
        assert not home.in_sync
        assert not home.leaving.exists()
    assert home_swap.unfinished(server(home)) is (step > 0)
    assert step in (0, 1) or not home.standby.in_sync


def test_the_only_files_there_are_come_back_to_their_place(home: ServerHome) -> None:
    """Whatever took the standby's away in the middle of it."""
    home.folder.rename(home.leaving)
    home.standby.remove()

    home_swap.finish(home)

    assert who(home) == "old primary"
    assert not home.leaving.exists()


def test_a_primary_whose_files_are_gone(home: ServerHome) -> None:
    """That is what a standby is for."""
    home.remove()

    home_swap.swap(server(home))

    assert who(home) == "standby"
    assert not home.in_sync


def test_nothing_to_finish(home: ServerHome) -> None:
    home_swap.finish(home)

    assert (who(home), who(home.standby)) == ("old primary", "standby")
    assert home.standby.in_sync
    assert not home_swap.unfinished(server(home))


@pytest.mark.parametrize("name", ["db-ABC", "db-ABC-standby", "db-ABC-leaving"])
def test_all_folders_of_an_instance_are_known_as_its(name: str) -> None:
    """So that they are removed with it and not before."""
    assert instance_of(Path("rds") / name) == "db-ABC"
