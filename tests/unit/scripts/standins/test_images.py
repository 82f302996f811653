"""An image is taken as it is, pulled, or built as a stand-in, in this order; and it is said which."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError
from glue_app.containers import images
from glue_app.containers.engine import DockerEngine
from scripts.standins import builder as standins
from scripts.standins import prepare, pulling
from scripts.standins.errors import ImageError
from scripts.standins.prepare import Origin, ensure
from tests.support.fake_docker import FakeDocker

STAND_IN = '{"glue-app.stand-in":"true"}'
QUIET = Console(quiet=True)


@pytest.fixture(autouse=True)
def no_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins whose contexts need nothing from this machine."""
    recipes = {
        name: standins.Recipe(recipe.parent, recipe.requirements) for name, recipe in standins.RECIPES.items()
    }
    monkeypatch.setattr(standins, "RECIPES", recipes)


class Said(list[str]):
    """Collects what is said."""

    def __call__(self, line: str) -> None:
        self.append(line)


def test_an_image_that_is_there_is_neither_pulled_nor_built(
    docker: FakeDocker, engine: DockerEngine, tmp_path: Path
) -> None:
    docker.answer("'image inspect'*postgres:15", "null")
    said = Said()
    assert ensure(engine, ["postgres"], said, tmp_path) == {"postgres": Origin.PRESENT}
    assert not docker.called("pull")
    assert not docker.called("build")
    assert "postgres:15" in said[-1]
    assert "present" in said[-1]


def test_the_digest_of_a_real_image_is_said(docker: FakeDocker, engine: DockerEngine, tmp_path: Path) -> None:
    docker.answer("'image inspect --format {{json'*", "null")
    docker.answer("'image inspect --format {{range'*", "postgres@sha256:0123 ")
    said = Said()
    ensure(engine, ["postgres"], said, tmp_path)
    assert said[-1].endswith("present sha256:0123")


def test_an_image_with_labels_of_its_own_is_no_stand_in(
    docker: FakeDocker, engine: DockerEngine, tmp_path: Path
) -> None:
    docker.answer("'image inspect'*", '{"maintainer":"LocalStack Team"}')
    assert ensure(engine, ["localstack"], Said(), tmp_path) == {"localstack": Origin.PRESENT}


def test_an_image_that_is_not_there_is_pulled(
    docker: FakeDocker, engine: DockerEngine, tmp_path: Path
) -> None:
    docker.answer("pull*", "15: Pulling from library/postgres\nStatus: Downloaded newer image")
    said = Said()
    assert ensure(engine, ["postgres"], said, tmp_path) == {"postgres": Origin.PULLED}
    assert docker.called("pull") == ["pull postgres:15"]
    assert not docker.called("build")
    assert "pulled" in said[-1]


def test_an_image_that_can_not_be_pulled_is_built_and_labelled(
    docker: FakeDocker, engine: DockerEngine, tmp_path: Path
) -> None:
    docker.answer("pull*", "dial tcp: lookup registry: no such host", code=1)
    docker.answer("build*")
    docker.answer("tag*")
    said = Said()
    assert ensure(engine, ["postgres"], said, tmp_path) == {"postgres": Origin.STAND_IN}
    base, postgres = docker.called("build")
    assert "--tag glue-app/stand-in:base" in base
    assert "--label glue-app.stand-in=true" in postgres
    assert "--tag glue-app/stand-in:postgres" in postgres
    assert docker.called("tag") == ["tag glue-app/stand-in:postgres postgres:15"]
    assert "stand-in" in said[-1]
    assert "no such host" in said[-1]


def test_a_registry_that_does_not_answer_is_asked_once(
    docker: FakeDocker, engine: DockerEngine, tmp_path: Path
) -> None:
    docker.answer("pull*", "no route to host", code=1)
    docker.answer("build*")
    docker.answer("tag*")
    ensure(engine, ["postgres", "localstack", "glue-5.0"], Said(), tmp_path)
    assert docker.called("pull") == ["pull postgres:15", f"pull {images.reference('glue-5.0')}"]


def test_an_image_that_its_registry_lacks_does_not_silence_the_registry(
    docker: FakeDocker, engine: DockerEngine, tmp_path: Path
) -> None:
    docker.answer("pull*", "Pulling from library/x")
    docker.answer("'pull postgres:15'", "Error: manifest unknown", code=1)
    docker.answer("build*")
    docker.answer("tag*")
    assert ensure(engine, ["postgres", "python"], Said(), tmp_path) == {
        "postgres": Origin.STAND_IN,
        "python": Origin.PULLED,
    }


def test_a_stand_in_that_is_there_is_reported_as_one_and_not_built_again(
    docker: FakeDocker, engine: DockerEngine, tmp_path: Path
) -> None:
    docker.answer("'image inspect'*postgres:15", STAND_IN)
    docker.answer("'image inspect'*stand-in:base", standins.digest_of_inputs("base"))
    docker.answer("'image inspect'*stand-in:postgres", standins.digest_of_inputs("postgres"))
    docker.answer("tag*")
    assert ensure(engine, ["postgres"], Said(), tmp_path) == {"postgres": Origin.STAND_IN}
    assert not docker.called("pull")
    assert not docker.called("build")


def test_a_stand_in_of_other_inputs_is_built_anew(
    docker: FakeDocker, engine: DockerEngine, tmp_path: Path
) -> None:
    docker.answer("'image inspect'*postgres:15", STAND_IN)
    docker.answer("'image inspect'*stand-in:base", standins.digest_of_inputs("base"))
    docker.answer("'image inspect'*stand-in:postgres", "0123456789abcdef")
    docker.answer("build*")
    docker.answer("tag*")
    ensure(engine, ["postgres"], Said(), tmp_path)
    assert len(docker.called("build")) == 1


def test_a_stand_in_gives_way_to_the_real_image_only_when_asked_to(
    docker: FakeDocker, engine: DockerEngine, tmp_path: Path
) -> None:
    docker.answer("'image inspect'*postgres:15", STAND_IN)
    docker.answer("pull*", "15: Pulling from library/postgres")
    assert ensure(engine, ["postgres"], Said(), tmp_path, replace_stand_ins=True) == {
        "postgres": Origin.PULLED
    }


def test_a_pull_that_hangs_is_given_up_and_ended(docker: FakeDocker, engine: DockerEngine) -> None:
    docker.answer("pull*", hangs=True)
    with pytest.raises(pulling.PullError, match="no answer within") as caught:
        pulling.pull(engine, "postgres:15", QUIET, first_sign_s=0.5)
    assert caught.value.of_registry


def test_a_pull_that_has_begun_may_take_longer(docker: FakeDocker, engine: DockerEngine) -> None:
    docker.program.write_text("#!/bin/sh\necho 15: Pulling from library/postgres\nsleep 1.5\nexit 0\n")
    pulling.pull(engine, "postgres:15", QUIET, first_sign_s=0.7)


def test_a_build_that_fails_names_the_stand_in_and_the_log(
    docker: FakeDocker, engine: DockerEngine, tmp_path: Path
) -> None:
    docker.answer("pull*", "no route to host", code=1)
    docker.answer("build*", "E: Unable to locate package", code=1)
    with pytest.raises(ImageError, match="stand-in base can't be built") as caught:
        ensure(engine, ["postgres"], Said(), tmp_path)
    assert "Unable to locate package" in str(caught.value)
    assert isinstance(caught.value, BootstrapError)
    assert not list((tmp_path / "docker/contexts").iterdir())


def test_what_a_stand_in_is_made_of_is_part_of_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("base", "postgres"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.setattr(standins, "FOLDER", tmp_path)
    before = standins.digest_of_inputs("postgres")
    (tmp_path / "base/Dockerfile").write_text("FROM scratch\nUSER root\n")
    assert standins.digest_of_inputs("postgres") != before


@pytest.mark.parametrize("name", images.REFERENCES)
def test_every_image_has_a_stand_in(name: str) -> None:
    assert (standins.FOLDER / name / "Dockerfile").is_file()
    assert name in standins.RECIPES


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("postgres:15", ""),
        ("localstack/localstack:4.14.0", ""),
        ("public.example/glue/x:5", "public.example"),
        ("localhost/x", "localhost"),
        ("mirror:5000/x", "mirror:5000"),
    ],
)
def test_images_of_one_registry_are_told_apart_by_dockers_rule(image: str, registry: str) -> None:
    assert prepare.registry_of(image) == registry


def test_on_arm64_glue_4_has_a_tag_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "system", lambda: ("linux", "arm64"))
    assert images.reference("glue-4.0").endswith("_image_01_arm64")
    assert images.reference("postgres") == "postgres:15"
