"""A state folder, and what saves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_app.emulator.service import registration
from glue_app.emulator.state.saver import Saver
from tests.unit.emulator.state.fake_host import VERSIONS, FakeHost


@pytest.fixture(autouse=True)
def _own_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "_registered", {})


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def host(state: Path) -> FakeHost:
    return FakeHost(state)


@pytest.fixture
def saver(state: Path, host: FakeHost) -> Saver:
    return Saver(state, "g1", dict(VERSIONS), host.as_host())


@pytest.fixture
def terraform(state: Path) -> Path:
    """The folder of Terraform's state, with an applied one in it."""
    folder = state / "terraform" / "g1"
    folder.mkdir(parents=True)
    (folder / "terraform.tfstate").write_text('{"serial": 7, "lineage": "abc"}')
    (folder / "applied").write_text("inputs")
    return folder
