"""Compose is called for one state folder, with the variables of docker-compose.yml and none of the user's."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glue_app.bootstrap.layout import ROOT
from glue_app.containers import images
from glue_app.settings import Settings
from glue_app.stack import compose
from glue_app.stack.compose import Compose, ComposeError
from tests.unit.stack.fake_compose import FakeCompose

all_of_127 = pytest.mark.skipif(
    not Path("/proc").exists(), reason="Linux has all of 127.0.0.0/8, others do not"
)
Make = Callable[..., Compose]


@pytest.fixture
def make(fake: FakeCompose, settings: Settings, said: list[str]) -> Make:
    """make(**changed settings)"""
    return lambda **changes: Compose(fake.engine, replace(settings, **changes), said.append)


def addresses(stack: Compose) -> list[str]:
    return [stack.environment()[f"GLUE_APP_RDS_{number}"] for number in (1, 2, 3, 4)]


# ---------------------------------------------------------------- the call
def test_the_engines_own_command_is_called_with_our_file(make: Make, fake: FakeCompose) -> None:
    fake.says("version", "5.0\n")
    stack = make()

    assert stack.run("version", "--short", "a b") == "5.0\n"
    assert fake.calls == [
        [
            *("compose", "--project-name", stack.project, "--file", str(ROOT / "docker-compose.yml")),
            *("--progress", "plain", "version", "--short", "a b"),
        ]
    ]
    assert fake.environment["DOCKER_HOST"] == "unix:///run/of/tests"


def test_each_state_folder_is_a_project_of_its_own(make: Make, tmp_path: Path) -> None:
    """The same each time. Compose takes small letters, digits, `-` and `_`."""
    here, there = make(), make(state=tmp_path / "Other State")

    assert here.project == make().project
    assert here.project != there.project
    for stack in (here, there):
        assert re.fullmatch(r"glue-app-[a-z0-9]+", stack.project)


def test_the_developers_shell_does_not_change_the_stack(
    make: Make, fake: FakeCompose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGE_PORT", "1")
    monkeypatch.setenv("GLUE_APP_RDS_1", "0.0.0.0:5432")
    monkeypatch.setenv("HOME", "/home/me")  # the registry's credentials are there

    make().run("ps")

    found = fake.environment
    assert found["HOME"] == "/home/me"
    assert found["EDGE_PORT"] == "4999"
    assert found["GLUE_APP_RDS_1"].startswith("127.")


def test_composes_own_variables_and_the_users_keys_stay_outside(
    fake: FakeCompose, settings: Settings, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`inherited` filters in vain, for the environment of an engine that was found
    (containers/engine.py: reach) is all of the developer's. COMPOSE_IGNORE_ORPHANS, say, and `down` fails.
    """
    foreign = {"COMPOSE_FILE": "x", "COMPOSE_IGNORE_ORPHANS": "1", "AWS_SECRET_ACCESS_KEY": "x"}
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    engine = replace(
        fake.engine, environment={**fake.engine.environment, **foreign, "DOCKER_CONTEXT": "mine"}
    )

    Compose(engine, settings, said.append).run("ps")

    found = fake.environment
    assert (found["DOCKER_HOST"], found["DOCKER_CONTEXT"]) == ("unix:///run/of/tests", "mine")
    assert sorted(foreign.keys() & found.keys()) == []


def test_settings_reach_the_containers(make: Make, tmp_path: Path) -> None:
    def found(name: str, **changes: object) -> str:
        return make(**changes).environment()[name]

    assert found("GLUE_APP_TERRAFORM") == str(tmp_path / "state" / "terraform")
    assert found("GLUE_APP_JARS") == str(tmp_path / "tools" / "jars" / "4.0")
    assert found("GLUE_APP_JARS", glue_version="5.0") == str(tmp_path / "tools" / "jars" / "5.0")
    assert found("GLUE_APP_GLUE_VERSION", glue_version="5.0") == "5.0"
    assert "glue-libs:5" in found("GLUE_APP_GLUE_IMAGE", glue_version="5.0")
    assert found("GLUE_APP_RUNNER_HOME", glue_version="5.0") == "/home/hadoop/workspace"
    assert [found("GLUE_APP_KEEP_STATE", keep_state=kept) for kept in (True, False)] == ["1", "0"]
    assert [found("GLUE_APP_DEBUG", debug=debug) for debug in (True, False)] == ["1", "0"]
    assert [found("RUNNER_WARM_JVMS", warm_jvm=warm) for warm in (True, False)] == ["2", "0"]


def test_every_variable_of_the_file_is_set(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A default there is for those who call compose themselves."""
    for name in os.environ:
        if name.startswith(("GLUE_APP_", "RUNNER_")):
            monkeypatch.delenv(name)
    wanted = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))

    assert "EDGE_PORT" in wanted
    assert wanted <= set(make().environment())


def test_glues_version_can_be_set() -> None:
    """What the environment says is not dropped."""
    assert Settings.from_environment({"GLUE_VERSION": "5.0"}).glue_version == "5.0"


@pytest.mark.parametrize(("processor", "tag"), [("arm64", "image_01_arm64"), ("amd64", "image_01")])
def test_glues_image_is_of_this_machines_processor(
    make: Make, monkeypatch: pytest.MonkeyPatch, processor: str, tag: str
) -> None:
    monkeypatch.setattr(images, "system", lambda: ("linux", processor))

    assert make().environment()["GLUE_APP_GLUE_IMAGE"] == f"amazon/aws-glue-libs:glue_libs_4.0.0_{tag}"


# ---------------------------------------------------------------- what it says
@pytest.mark.parametrize("as_list", [False, True], ids=["a line each", "one list, of older versions"])
def test_services_and_their_health(make: Make, fake: FakeCompose, as_list: bool) -> None:
    shown: list[dict[str, Any]] = [
        {"Service": "localstack", "State": "running", "Health": "healthy", "ExitCode": 0},
        {"Service": "glue", "State": "running", "Health": "starting", "ExitCode": 0},
        {"Service": "plain", "State": "running", "Health": "", "ExitCode": 0},
        {"Service": "postgres", "State": "exited", "Health": "", "ExitCode": 137},
        {"Service": "bedrock-stub", "State": "restarting", "Health": "unhealthy", "ExitCode": 1},
    ]
    fake.says("ps", json.dumps(shown) if as_list else "".join(f"{json.dumps(one)}\n" for one in shown))

    assert dict(make().services()) == {
        "localstack": "healthy",
        "glue": "starting",
        "plain": "",
        "postgres": "exited (137)",
        "bedrock-stub": "restarting",
    }
    assert "--all" in fake.calls[0]


@pytest.mark.parametrize("shown", ["", "[]\n"])
def test_no_container_is_no_service(make: Make, fake: FakeCompose, shown: str) -> None:
    fake.says("ps", shown)

    assert list(make().services()) == []


def test_an_error_names_the_last_line_and_the_log_has_all(make: Make, fake: FakeCompose) -> None:
    stack = make()
    fake.says("create", "some output\n")
    fake.complains("create", "first\nthe port is taken\n\n")
    fake.ends_with("create", 1)

    with pytest.raises(ComposeError) as raised:
        stack.run("create", "--secret-option")

    assert raised.value.problem == "docker compose create: the port is taken"
    assert str(stack.log) in raised.value.remedy
    assert "first\n" in stack.log.read_text()


def test_an_error_without_a_word_says_so(make: Make, fake: FakeCompose) -> None:
    fake.ends_with("create", 1)

    with pytest.raises(ComposeError, match="docker compose create: it said nothing"):
        make().run("create")


def test_a_long_command_tells_what_matters_as_it_happens(
    make: Make, fake: FakeCompose, said: list[str]
) -> None:
    fake.says("up", " glue Pulling \n layer 1 of 7\n Container glue-1  Healthy\n")
    stack = make()

    stack.follow("up", "--wait")

    assert said == ["  glue Pulling", "  Container glue-1  Healthy"]
    assert "layer 1 of 7" in stack.log.read_text()


def test_a_long_command_that_fails_names_its_last_line(make: Make, fake: FakeCompose) -> None:
    """On whichever stream."""
    fake.says("up", "all is well\n")
    fake.complains("up", "container glue-1 is unhealthy\n")
    fake.ends_with("up", 1)
    stack = make()

    with pytest.raises(ComposeError, match="docker compose up: container glue-1 is unhealthy"):
        stack.follow("up", "--wait")
    assert stack.log.read_text() == "all is well\ncontainer glue-1 is unhealthy\n"


def test_a_docker_command_is_the_engines_own(make: Make, fake: FakeCompose) -> None:
    make().docker("kill", "some container")

    assert fake.calls == [["kill", "some container"]]
    assert fake.environment["DOCKER_HOST"] == "unix:///run/of/tests"


# ---------------------------------------------------------------- what is published
@all_of_127
def test_databases_have_the_lowest_addresses_that_are_free(make: Make) -> None:
    with socket.create_server(("127.22.201.2", 5432)):
        found = addresses(make())

    assert found == [f"127.22.201.{number}:5432" for number in (1, 3, 4, 5)]


@all_of_127
def test_addresses_stay_until_they_are_forgotten(make: Make) -> None:
    """The stack itself has them taken when it is looked at again."""
    before = addresses(make())
    stub = make().stub_port
    with socket.create_server(("127.22.201.1", 5432)):
        assert addresses(make()) == before
        assert make().stub_port == stub
        assert make().environment()["GLUE_APP_STUB_PORT"] == str(stub)

        make().forget_addresses()

        assert addresses(make())[0] == "127.22.201.2:5432"


def test_a_file_of_addresses_that_cannot_be_read_is_made_anew(make: Make, settings: Settings) -> None:
    (settings.state / "run").mkdir(parents=True)
    (settings.state / "run" / "published.json").write_text("{")

    assert len(set(addresses(make()))) == 4


def test_forgetting_what_was_never_known_is_no_error(make: Make) -> None:
    make().forget_addresses()


def test_a_machine_without_such_addresses_has_ports(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Mac has 127.0.0.1 alone."""
    monkeypatch.setattr(compose.ports, "is_free", lambda *_: False)

    found = [address.split(":") for address in addresses(make())]

    assert {host for host, _ in found} == {"127.0.0.1"}
    assert len({port for _, port in found}) == 4
    assert all(1024 < int(port) < 65536 for _, port in found)


def test_a_small_network_is_filled_up_with_ports(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose.ports, "is_free", lambda *_: True)

    found = addresses(make(rds_network=ipaddress.IPv4Network("127.22.201.0/30")))

    assert found[:2] == ["127.22.201.1:5432", "127.22.201.2:5432"]
    assert {address.split(":")[0] for address in found[2:]} == {"127.0.0.1"}


def test_databases_are_published_on_loopback_alone(
    fake: FakeCompose, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address of this machine in the LAN can be listened on, and its database reached by others."""
    monkeypatch.setattr(compose.ports, "is_free", lambda *_: True)
    variables = {"GLUE_APP_STATE": str(tmp_path / "state"), "GLUE_APP_RDS_NETWORK": "192.168.7.0/29"}

    with pytest.raises(Exception, match="GLUE_APP_RDS_NETWORK"):
        Compose(fake.engine, Settings.from_environment(variables), said.append).environment()


def test_the_default_network_is_of_loopback(make: Make) -> None:
    network = Settings().rds_network
    found = [ipaddress.ip_address(address.split(":")[0]) for address in addresses(make(rds_network=network))]

    assert all(address.is_loopback for address in found)
