"""One stack in another's place: killed before any step, the next command has one whole stack, old or new."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glue_app.bootstrap import owned
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.emulator.state.manifest import FILE
from glue_app.emulator.state.saves import Manifest, Save, Saves, current_versions, describe
from glue_app.settings import Settings
from glue_app.stack import context as stack_context
from glue_app.stack import processes
from glue_app.stack.commands import Commands
from glue_app.stack.compose import DATABASES, LOCALSTACK, POSTGRES, STATE
from glue_app.stack.docker import DockerEngine
from glue_app.stack.embedded import EmbeddedEngine
from glue_app.stack.errors import ServiceFailedError, StackError
from glue_app.stack.exchange import IN, Exchange, Journal, JournalDamagedError
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from tests.unit.stack.dying import dies
from tests.unit.stack.fake_compose import FakeCompose

Engine = EmbeddedEngine | DockerEngine


def quiet(_: str) -> None:
    pass


# ---------------------------------------------------------------- two stacks
def fill(root: Path, generation: str, settings: Settings) -> None:
    """What a stack of that generation is brought back from, with its name in each file."""
    for name in ("saves/00000001/terraform/terraform.tfstate", "s3/ab/blob", "rds/one/data"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"of {generation}")
    save = root / "saves" / "00000001"
    versions = current_versions(settings.endpoint)
    manifest = Manifest("00000001", generation, "t", "test", versions, [], describe(save), {})
    (save / FILE).write_text(manifest.text())


def generations_in(root: Path) -> set[str]:
    """Whose files lie in a folder; every file says it."""
    files = [path for path in root.rglob("*") if path.is_file() and path.name != FILE]
    return {path.read_text().removeprefix("of ") for path in files}


class QuickEngine(EmbeddedEngine):
    """The embedded engine, whose processes are a file with their generation in it: they outlive a kill."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(replace(settings, spark_archive=False), Toolchain(), quiet)
        self._alive = settings.state / "logs" / "alive"
        self._state.save_before_the_end = quiet  # type: ignore[method-assign,assignment]
        self.fails: Exception | None = None

    def _launch(self, record: StackRecord, wanted: Any) -> None:
        if self.fails:
            raise self.fails
        record.write(self._layout.record)
        self._alive.parent.mkdir(parents=True, exist_ok=True)
        self._alive.write_text(record.generation)

    def _end(self) -> int:
        self._alive.unlink(missing_ok=True)
        return super()._end()

    def health(self, record: StackRecord) -> dict[str, str]:
        runs = self._alive.exists() and self._alive.read_text() == record.generation
        return dict.fromkeys((LOCALSTACK, "runner", "stub"), "healthy" if runs else "ended")

    def holds(self) -> set[str]:
        found = StateLayout(self._settings.state).kept()
        return set().union(*(generations_in(path) for path in found))


class Volumes:
    """Compose, as far as the engine uses it, on folders; a copy goes file by file, so that it can be cut."""

    def __init__(self, root: Path) -> None:
        self._volumes = root / "volumes"
        self._running = root / "running"

    def run(self, *arguments: str) -> str:
        if arguments[0] == "down":
            self._down(arguments)
        if arguments[0] == "create":
            for place in (f"{LOCALSTACK}{STATE}", f"{POSTGRES}{DATABASES}"):
                (self._volumes / place).mkdir(parents=True, exist_ok=True)
        if arguments[0] == "cp":
            source, target = map(self._path, arguments[1:])
            if ":" in arguments[2]:
                target = target / source.name
            for path in sorted(source.rglob("*")):
                if path.is_file():
                    (target / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target / path.relative_to(source))
        return ""

    def follow(self, *arguments: str) -> None:
        if arguments[0] == "up":
            self.run("create")
            self._running.touch()
        else:
            self._down(arguments)

    def services(self) -> list[tuple[str, str]]:
        return [(LOCALSTACK, "healthy")] if self._running.exists() else []

    stub_port = 1

    def forget_addresses(self) -> None:
        pass

    def _down(self, arguments: tuple[str, ...]) -> None:
        self._running.unlink(missing_ok=True)
        if "--volumes" in arguments:
            shutil.rmtree(self._volumes, ignore_errors=True)

    def _path(self, text: str) -> Path:
        service, colon, path = text.partition(":")
        return self._volumes / f"{service}{path}" if colon else Path(text)


class QuickDocker(DockerEngine):
    """The Docker engine on folders for volumes. It comes as the generation that its volume holds."""

    def __init__(self, settings: Settings, fake: FakeCompose) -> None:
        super().__init__(settings, fake.engine, quiet)
        self._volumes = settings.state.parent / "volumes"
        self._compose: Any = Volumes(settings.state.parent)
        self._state.save_before_the_end = quiet  # type: ignore[method-assign,assignment]

    def health(self, record: StackRecord) -> dict[str, str]:
        runs = bool(self._compose.services()) and record.generation == self._generation()
        return {LOCALSTACK: "healthy" if runs else "ended"}

    def _generation(self) -> str:
        saves = Saves(self._volumes / f"{LOCALSTACK}{STATE}").all()
        return saves[0].manifest.generation if saves else "docker-anew"

    def holds(self) -> set[str]:
        return generations_in(self._volumes)


Make = Callable[[], Any]


@pytest.fixture(autouse=True)
def nothing_waits_for_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill loses nothing that was written, so an fsync needs no disk; no process is a stack's."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(processes, "of_stack", lambda _: [])


@pytest.fixture(params=["embedded", "docker"])
def make(request: pytest.FixtureRequest, fake: FakeCompose, settings: Settings) -> Make:
    """The engine of the running stack `old`, anew for each command."""
    old = settings.state if request.param == "embedded" else settings.state.parent / "old"

    def begin() -> Any:
        for name in ("state", "volumes", "snapshot", "old", "running"):
            path = settings.state.parent / name
            path.unlink() if path.is_file() else shutil.rmtree(path, ignore_errors=True)
        settings.state.mkdir()
        fill(old, "old", settings)
        fill(settings.state.parent / "snapshot", "new", settings)
        engine: Any = QuickEngine(settings)
        if request.param == "docker":
            engine = QuickDocker(settings, fake)
            engine._compose.run("create")
            for name in ("saves", "s3"):
                engine._compose.run("cp", str(old / name), f"{LOCALSTACK}:{STATE}/")
            engine._compose.run("cp", str(old / "rds" / "one"), f"{POSTGRES}:{DATABASES}/")
        assert engine.up().generation == "old"
        return engine

    return begin


def restore(engine: Any) -> None:
    engine.replace_by(engine._settings.state.parent / "snapshot")


def come_back(engine: Any) -> str:
    """What the next `make up` makes of it: the generation that runs, alone."""
    engine.settle()
    generation = str(engine.up().generation)
    layout = StateLayout(engine._settings.state)
    assert engine.holds() == {generation}
    assert not layout.journal.exists()
    assert not layout.replaced.exists()
    return generation


# ---------------------------------------------------------------- kills
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_killed_before_any_step_one_whole_stack_is_there(make: Make) -> None:
    """Old until the new one runs, new from then on; never a mix, never none."""
    found = []
    for step in range(1000):
        engine = make()
        if not dies(lambda engine=engine: restore(engine), step):  # type: ignore[misc]
            break
        found.append(come_back(engine))
    assert len(found) > 20
    assert set(found) == {"old", "new"}
    assert found == sorted(found, reverse=True)
    assert come_back(engine) == "new"


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_killed_while_it_is_settled_it_is_settled_the_next_time(make: Make) -> None:
    """Before any step of the settling, for kills all over the restore."""
    for step in range(3, 1000, 7):
        for again in range(0, 1000, 3):
            engine = make()
            if not dies(lambda engine=engine: restore(engine), step):  # type: ignore[misc]
                return
            ended = not dies(engine.settle, again)
            assert come_back(engine) in ("old", "new")
            if ended:
                break


def test_a_restore_that_fails_leaves_the_old_stack(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot whose stack doesn't start in time, with Terraform's folder in its place: the known crash."""
    engine = make()
    starting = "_generation" if isinstance(engine, QuickDocker) else "_launch"

    def too_slow(*_: object) -> Any:
        (engine._settings.state / "terraform" / "new").mkdir(parents=True, exist_ok=True)
        raise ServiceFailedError(LOCALSTACK, "doesn't answer after 120 s", Path("log"))

    with monkeypatch.context() as slow:
        slow.setattr(engine, starting, too_slow)
        with pytest.raises(ServiceFailedError):
            restore(engine)
    assert come_back(engine) == "old"


def test_where_nothing_is_kept_nothing_is_replaced(make: Make, settings: Settings) -> None:
    """GLUE_APP_KEEP_STATE=0: `down` would forget the stack that should come back if the restore fails."""
    make()
    with pytest.raises(StackError, match="GLUE_APP_KEEP_STATE=0"):
        restore(QuickEngine(replace(settings, keep_state=False)))
    assert "old" in generations_in(settings.state) | generations_in(settings.state.parent / "volumes")


# ---------------------------------------------------------------- what lies aside
def test_what_an_earlier_version_set_aside_is_not_thrown_away(make: Make, settings: Settings) -> None:
    engine = make()
    fill(settings.state / "replaced", "lost", settings)
    restore(engine)
    left = list((settings.state / "left-behind").iterdir())
    assert [generations_in(folder) for folder in left] == [{"lost"}]


def test_a_journal_that_cannot_be_read_stops_every_command(settings: Settings) -> None:
    layout = StateLayout(settings.state)
    layout.journal.parent.mkdir(parents=True)
    for text in ("{", "[]", json.dumps({"engine": "docker", "generation": "g", "phase": "?"})):
        layout.journal.write_text(text)
        with pytest.raises(JournalDamagedError, match="replaced"):
            Journal.read(layout)


def test_the_next_command_settles_first(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that only ends the stack; the other engine's command touches nothing."""
    engine = QuickEngine(replace(settings, engine="embedded"))
    owned.claim(settings.state, owned.STATE)
    fill(settings.state, "old", settings)
    (settings.state / "run").mkdir()
    engine._exchange.begin(Journal("embedded", "new"))
    monkeypatch.setattr(stack_context, "choose", lambda *_: engine)
    monkeypatch.setattr(engine, "name", "docker")
    with pytest.raises(StackError, match="embedded was interrupted"):
        Commands(settings, Toolchain(), quiet).down()
    assert Journal.read(StateLayout(settings.state)) == Journal("embedded", "new", IN)
    monkeypatch.undo()
    monkeypatch.setattr(stack_context, "choose", lambda *_: engine)
    Commands(settings, Toolchain(), quiet).down()
    assert engine.holds() == {"old"}


# ---------------------------------------------------------------- a stack that can't be brought back
def test_a_stack_that_is_too_slow_to_come_back_loses_nothing(settings: Settings) -> None:
    """The fault is the machine's, not the save's: nothing begins anew."""
    engine = QuickEngine(settings)
    fill(settings.state, "old", settings)
    engine.fails = ServiceFailedError(LOCALSTACK, "doesn't answer after 120 s", Path("log"))
    with pytest.raises(ServiceFailedError):
        engine.up()
    engine.fails = None
    assert engine.up().generation == "old"


def test_saves_that_nobody_can_bring_back_are_left_behind(settings: Settings) -> None:
    """For good: the next ones take nobody's place."""
    engine = QuickEngine(settings)
    for times in (1, 2):
        engine._end()
        fill(settings.state, f"old{times}", settings)
        damage(Saves(settings.state).all()[0])
        assert engine.up().generation not in ("old1", "old2")
        left = sorted((settings.state / "left-behind").iterdir())
        assert len(left) == times
        assert "old1" in generations_in(left[0])
        assert f"old{times}" in generations_in(left[-1])


def test_a_stack_that_is_given_up_is_left_behind(make: Make, settings: Settings) -> None:
    """An interrupted apply that can't be continued: what was saved before it is the user's."""
    engine = make()
    engine.leave()
    assert engine.holds() == set()
    assert [generations_in(folder) for folder in (settings.state / "left-behind").iterdir()] == [{"old"}]
    assert engine.up().generation != "old"


def damage(save: Save) -> None:
    (save.folder / "terraform" / "terraform.tfstate").write_text("of nobody")


def test_symbolic_links_are_moved_and_removed_themselves(settings: Settings, tmp_path: Path) -> None:
    """What they lead to is the user's."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "file").touch()
    settings.state.mkdir()
    (settings.state / "s3").symlink_to(theirs)
    exchange = Exchange(StateLayout(settings.state))
    (settings.state / "run").mkdir()
    journal = exchange.begin(Journal("embedded", "new"))
    assert (settings.state / "replaced" / "s3").is_symlink()
    exchange.finish(journal)
    assert (theirs / "file").exists()
