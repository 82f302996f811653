"""A state folder, and a compose program that is none."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from glue_app.settings import Settings
from tests.unit.stack.fake_compose import FakeCompose


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
