"""Fixtures: a machine whose only `docker` is a fake one."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_app.containers.engine import DockerEngine
from tests.support.fake_docker import FakeDocker


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """The only docker on PATH; nothing answers it yet."""
    fake = FakeDocker(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{fake.folder}:/bin:/usr/bin")
    monkeypatch.setattr("shutil.which", only_in(fake.folder))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return fake


@pytest.fixture
def engine(docker: FakeDocker, tmp_path: Path) -> DockerEngine:
    """An engine whose docker is the fake one."""
    return DockerEngine([str(docker.program)], ["compose"], "28.0.0", "2.40.3", {"PATH": "/bin:/usr/bin"})


def only_in(folder: Path) -> object:
    """A `shutil.which` for which this machine has nothing but that folder."""

    def which(program: str, mode: int = 0, path: str | None = None) -> str | None:
        return str(folder / program) if (folder / program).exists() else None

    return which
