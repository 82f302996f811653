"""What an interrupted suite on containers leaves is removed, and nothing that is not its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.containers.engine import DockerEngine
from glue_app.settings import Settings
from glue_app.stack.compose import Compose
from scripts.suites.environment import TestsStack
from scripts.suites.leftovers import LABEL, removed
from tests.support.fake_docker import FakeDocker

SUITE = "/clone/.state/test-docker"
OURS = f"ps --all --filter label={LABEL}={SUITE} --format"


class Interrupted(BaseException):
    pass


@pytest.fixture
def docker(tmp_path: Path) -> FakeDocker:
    """An engine that holds one stack of the suite, until its containers are removed."""
    fake = FakeDocker(tmp_path / "bin")
    here = f"! grep -q 'container rm' {fake.folder}/docker.calls"
    fake.answer("'container ls'*", "c1\nc2", only_if=here)
    fake.answer("'volume ls'*", "v1")
    fake.answer("'network ls'*", "n1")
    fake.answer("*' rm '*")
    fake.answer(f"'{OURS}'*", "glue-app-1234abcd\nglue-app-1234abcd\n", only_if=here)
    return fake


def engine(fake: FakeDocker) -> DockerEngine:
    return DockerEngine([str(fake.program)], [], "28", "2", {"PATH": "/bin:/usr/bin"})


def removals(fake: FakeDocker) -> list[str]:
    return [call for call in fake.calls if " rm " in call]


ALL_OF_IT = ["container rm --force --volumes c1 c2", "volume rm --force v1", "network rm n1"]


def test_what_an_interrupted_suite_left_is_removed_before_the_next_one(docker: FakeDocker) -> None:
    """Its containers run already: the engine has started them again."""
    said: list[str] = []
    with removed(engine(docker), SUITE, said.append):
        assert removals(docker) == ALL_OF_IT
    assert removals(docker) == ALL_OF_IT
    assert said == ["Docker: removing glue-app-1234abcd, which interrupted tests left"]


def test_an_interrupted_suite_leaves_nothing(docker: FakeDocker) -> None:
    begun = docker.folder / "begun"
    docker.answer(f"'{OURS}'*", "glue-app-1234abcd", only_if=f"[ -e {begun} ]")

    def interrupted() -> None:
        with removed(engine(docker), SUITE, lambda _: None):
            assert removals(docker) == []
            begun.touch()
            raise Interrupted

    with pytest.raises(Interrupted):
        interrupted()
    assert removals(docker) == ALL_OF_IT


def test_only_what_bears_the_suites_label_is_asked_for(docker: FakeDocker) -> None:
    """Volumes and networks by the project of such a container; the developer's stack is in another."""
    with removed(engine(docker), SUITE, lambda _: None):
        pass
    asked = [call for call in docker.calls if " ls " in call]
    assert len(asked) == 3
    assert all(call.endswith("--filter label=com.docker.compose.project=glue-app-1234abcd") for call in asked)


def test_an_engine_that_fails_fails_no_suite(docker: FakeDocker) -> None:
    docker.answer(f"'{OURS}'*", "no such engine", code=1)
    with removed(engine(docker), SUITE, lambda _: None):
        pass
    assert removals(docker) == []


def test_every_container_of_the_tests_bears_the_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docker-compose.yml gives it to each service, and the stack hands the suite's name to compose."""
    stack = TestsStack(Toolchain(), Settings(state=tmp_path))
    environment = stack.docker()
    assert environment["GLUE_APP_SUITE"] == stack.containers_of

    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    assert {service["labels"][LABEL] for service in services.values()} == {"${GLUE_APP_SUITE:-}"}

    monkeypatch.setenv("GLUE_APP_SUITE", stack.containers_of)
    anyones = Compose(engine(FakeDocker(tmp_path / "bin")), Settings(state=tmp_path / "another"), print)
    assert anyones.environment()["GLUE_APP_SUITE"] == stack.containers_of
