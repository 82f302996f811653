"""The Docker engine ends a stack: what is saved, kept and removed."""

from __future__ import annotations

from dataclasses import replace

from glue_app.settings import Settings
from glue_app.stack.docker import DockerEngine
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from tests.unit.stack.fake_compose import FakeCompose
from tests.unit.stack.fake_endpoint import RUNS, Endpoint


def test_down_saves_and_keeps_the_volumes(
    engine: DockerEngine, fake: FakeCompose, endpoint: Endpoint, layout: StateLayout, record: StackRecord
) -> None:
    fake.runs(**RUNS)

    assert engine.down() == 4
    assert endpoint.posts == [("save", {"reason": "make down", "hold": True})]
    assert fake.commands == ["down --remove-orphans"]
    assert not layout.record.exists()
    assert not layout.env_file.exists()


def test_a_save_that_fails_does_not_keep_the_stack_up(
    engine: DockerEngine, fake: FakeCompose, endpoint: Endpoint, said: list[str], record: StackRecord
) -> None:
    fake.runs(**RUNS)
    endpoint.answer = (409, {"error": "terraform is at work"})

    engine.down()

    assert said == ["the stack could not be saved: terraform is at work; `make up` takes the save before"]
    assert fake.commands == ["down --remove-orphans"]


def test_a_stack_that_is_not_healthy_is_not_asked_to_save(
    engine: DockerEngine, fake: FakeCompose, endpoint: Endpoint, record: StackRecord
) -> None:
    fake.runs(localstack="exited 137")

    assert engine.down() == 1
    assert endpoint.posts == []


def test_down_of_nothing_ends_nothing(engine: DockerEngine) -> None:
    assert engine.down() == 0


def test_down_where_nothing_is_kept_takes_the_volumes_too(
    fake: FakeCompose, settings: Settings, said: list[str], endpoint: Endpoint, record: StackRecord
) -> None:
    fake.runs(**RUNS)

    DockerEngine(replace(settings, keep_state=False), fake.engine, said.append).down()

    assert fake.commands == ["down --remove-orphans --volumes"]
    assert endpoint.posts == []


def test_forgetting_leaves_what_the_other_engine_keeps(
    engine: DockerEngine, fake: FakeCompose, settings: Settings, layout: StateLayout, record: StackRecord
) -> None:
    """One state folder serves both."""
    engine.up()
    for name in ("docker-g1", "20261127-g1", "data"):
        (settings.state / "terraform" / name).mkdir(parents=True)

    engine.forget()

    assert fake.commands[-1] == "down --remove-orphans --volumes"
    assert sorted(path.name for path in (settings.state / "terraform").iterdir()) == ["20261127-g1", "data"]
    assert not layout.record.exists()
    assert not (settings.state / "run" / "published.json").exists()


def test_saving_is_asked_for_only_where_something_is_kept(
    engine: DockerEngine,
    fake: FakeCompose,
    settings: Settings,
    said: list[str],
    endpoint: Endpoint,
    record: StackRecord,
) -> None:
    DockerEngine(replace(settings, keep_state=False), fake.engine, said.append).save(record, "applied")
    assert endpoint.posts == []

    engine.save(record, "applied")
    assert endpoint.posts == [("save", {"reason": "applied", "hold": False})]
