"""A state folder, and a compose program that is none."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest

from glue_app.settings import Settings
from glue_app.stack import docker, kept_state
from glue_app.stack.docker import DockerEngine
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from tests.unit.stack.fake_compose import FakeCompose
from tests.unit.stack.fake_endpoint import Endpoint


@pytest.fixture
def fake(tmp_path: Path) -> FakeCompose:
    return FakeCompose(tmp_path / "docker")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        engine="docker",
        edge_port=4999,
        state=tmp_path / "state",
        tools=tmp_path / "tools",
        rds_network=ipaddress.IPv4Network("127.22.201.0/29"),
    )


@pytest.fixture
def said() -> list[str]:
    """What the commands told the developer: give its `append`."""
    return []


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    made = Endpoint()
    monkeypatch.setattr(docker, "get_json", made.get)
    monkeypatch.setattr(kept_state, "post_json", made.post)
    return made


@pytest.fixture
def engine(fake: FakeCompose, settings: Settings, said: list[str], endpoint: Endpoint) -> DockerEngine:
    return DockerEngine(settings, fake.engine, said.append)


@pytest.fixture
def layout(settings: Settings) -> StateLayout:
    return StateLayout(settings.state)


@pytest.fixture
def record(layout: StateLayout) -> StackRecord:
    """Of a stack that was started, with the file for the developer's shell."""
    made = StackRecord("docker", "docker-g1", 4999, 0, 41000)
    made.write(layout.record)
    layout.env_file.write_text("export …")
    return made
