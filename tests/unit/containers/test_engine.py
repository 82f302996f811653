"""An engine is one that answers and has compose v2; what is missing is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from glue_app.containers import compose
from glue_app.containers.engine import find, reach
from glue_app.containers.errors import NoEngineError
from tests.support.fake_docker import FakeDocker


def test_an_engine_that_answers_and_its_plugin_are_found(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("info*", "WARNING: No swap limit support\n28.2.2")
    docker.answer("'compose version'*", "v2.39.1")
    engine = find(os.environ, tmp_path)
    assert engine
    assert (engine.version, engine.compose_version) == ("28.2.2", "2.39.1")
    assert engine.docker == [str(docker.program)]
    assert engine.compose == [str(docker.program), "compose"]


def test_the_engine_is_called_with_the_environment_that_found_it(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("info*", "28.2.2")
    docker.answer("'compose version'*", "2.39.1")
    engine = find(os.environ | {"DOCKER_HOST": "unix:///somewhere"}, tmp_path)
    assert engine
    assert engine.environment["DOCKER_HOST"] == "unix:///somewhere"
    assert "unix:///somewhere" in str(engine)


def test_a_client_without_an_engine_is_none(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("info*", "Cannot connect to the Docker daemon", code=1)
    assert find(os.environ, tmp_path) is None
    with pytest.raises(NoEngineError, match="gets no answer"):
        reach(os.environ, tmp_path)


def test_a_client_that_answers_only_with_its_own_words_is_none(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("info*", "Client: Docker Engine 28.2.2\nerror during connect")
    assert find(os.environ, tmp_path) is None


def test_no_client_is_said(docker: FakeDocker, tmp_path: Path) -> None:
    docker.program.unlink()
    with pytest.raises(NoEngineError, match="no program `docker`"):
        reach(os.environ, tmp_path)


def test_an_engine_without_compose_is_none_and_that_is_said(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("info*", "28.2.2")
    docker.answer("'compose version'*", "docker: 'compose' is not a docker command.", code=1)
    assert find(os.environ, tmp_path) is None
    with pytest.raises(NoEngineError, match="compose v2 is not there"):
        reach(os.environ, tmp_path)


def test_compose_v1_is_not_compose_v2(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("info*", "28.2.2")
    FakeDocker(docker.folder, "docker-compose").answer("version*", "1.29.2")
    assert find(os.environ, tmp_path) is None


def test_compose_on_path_serves_where_the_plugin_is_missing(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("info*", "28.2.2")
    on_path = FakeDocker(docker.folder, "docker-compose")
    on_path.answer("version*", "v5.0.1")
    engine = find(os.environ, tmp_path)
    assert engine
    assert engine.compose == [str(on_path.program)]


def test_our_compose_is_called_by_its_path(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("info*", "28.2.2")
    ours = FakeDocker(compose.ours(tmp_path).parent, "docker-compose")
    ours.answer("version*", "2.40.3")
    engine = find(os.environ, tmp_path)
    assert engine
    assert engine.compose == [str(compose.ours(tmp_path))]
    assert "DOCKER_CONFIG" not in engine.environment
