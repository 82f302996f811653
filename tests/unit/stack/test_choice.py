"""Which engine runs a stack, and that one engine leaves the other's stack alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from glue_app import package
from glue_app.bootstrap import owned
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.containers import engine as containers
from glue_app.settings import Settings
from glue_app.stack import docker, engine
from glue_app.stack.commands import Commands
from glue_app.stack.errors import StackError
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from tests.unit.stack.fake_compose import FakeCompose

Choose = Callable[..., str]


@pytest.fixture
def there(fake: FakeCompose, monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """A Docker engine that answers; the tools' folders it was looked for with."""
    asked: list[Path | None] = []

    def find(*_: object, tools: Path | None = None) -> containers.DockerEngine:
        asked.append(tools)
        return fake.engine

    monkeypatch.setattr(containers, "find", find)
    return asked


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "find", lambda **_: None)


@pytest.fixture
def choose(settings: Settings, said: list[str]) -> Choose:
    """choose(ENGINE): the engine's name."""
    return lambda wanted: engine.choose(replace(settings, engine=wanted), Toolchain(), said.append).name


def runs(settings: Settings, name: str) -> Path:
    """A record of a stack of that engine, and its path."""
    owned.claim(settings.state, owned.STATE)
    path = StateLayout(settings.state).record
    StackRecord(name, "g1", 4999, 1, 2).write(path)
    return path


# ---------------------------------------------------------------- the choice
def test_docker_comes_before_the_embedded_engine(
    choose: Choose, there: list[Path | None], settings: Settings
) -> None:
    assert choose("auto") == "docker"
    assert there == [settings.tools]


@pytest.mark.usefixtures("absent")
def test_without_docker_it_is_the_embedded_engine(choose: Choose) -> None:
    assert choose("auto") == "embedded"


@pytest.mark.usefixtures("absent")
def test_docker_that_is_asked_for_and_is_not_there_is_an_error(choose: Choose) -> None:
    """That says what else there is."""
    with pytest.raises(StackError, match="no Docker engine with compose v2 answers here") as raised:
        choose("docker")

    assert "ENGINE=embedded" in raised.value.remedy


def test_nobody_looks_for_docker_who_does_not_want_it(choose: Choose, there: list[Path | None]) -> None:
    """An engine that hangs would hold up everything."""
    assert choose("embedded") == "embedded"
    assert there == []


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("name", ["embedded", "docker"])
def test_the_engine_of_the_stack_that_runs_goes_on(choose: Choose, settings: Settings, name: str) -> None:
    runs(settings, name)

    assert choose("auto") == name


@pytest.mark.usefixtures("there")
def test_who_names_an_engine_gets_it(choose: Choose, settings: Settings) -> None:
    runs(settings, "embedded")

    assert choose("docker") == "docker"


@pytest.mark.usefixtures("absent")
def test_a_stack_of_containers_is_not_looked_after_by_the_other_engine(
    choose: Choose, settings: Settings
) -> None:
    """Docker Desktop was ended, say: its stack comes back with it."""
    runs(settings, "docker")

    with pytest.raises(StackError, match="no Docker engine"):
        choose("auto")


# ---------------------------------------------------------------- the commands
@pytest.fixture
def commands(
    settings: Settings, said: list[str], there: list[Path | None], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Commands]:
    """commands(ENGINE), in which nothing is packed and no endpoint answers."""
    monkeypatch.setattr(package, "build", lambda *_: None)
    monkeypatch.setattr(docker, "get_json", lambda _url: (0, None))
    return lambda name: Commands(replace(settings, engine=name), Toolchain(), said.append)


OTHERS = pytest.mark.parametrize(("wanted", "running"), [("docker", "embedded"), ("embedded", "docker")])


@OTHERS
@pytest.mark.parametrize("command", [Commands.up, Commands.start])
def test_no_second_stack_of_another_engine_is_started(
    commands: Callable[[str], Commands],
    settings: Settings,
    fake: FakeCompose,
    command: Callable[[Commands], None],
    wanted: str,
    running: str,
) -> None:
    """It would take the same port and the same state folder."""
    record = runs(settings, running)

    with pytest.raises(StackError, match=f"a stack of the engine {running} runs here") as raised:
        command(commands(wanted))

    assert raised.value.remedy == f"make down ENGINE={running}"
    assert fake.calls == []
    assert record.exists()


@OTHERS
def test_ending_one_engines_stack_does_not_lose_the_others(
    commands: Callable[[str], Commands], settings: Settings, wanted: str, running: str
) -> None:
    """`make down ENGINE=docker` removes the record of an embedded stack, which goes on without;
    `make down ENGINE=embedded` ends with KeyError where containers run (their record has no processes).
    """
    record = runs(settings, running)

    with suppress(StackError):
        commands(wanted).down()

    assert record.exists()
