"""The one table of variables says what programs, stack, compose file and defaults really are."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from glue_app import glue_versions
from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.emulator import settings as emulator
from glue_app.runner import settings as runner
from glue_app.settings import Settings
from glue_app.stack.record import StackRecord
from glue_app.stack.services import services
from glue_app.variables import COMMANDS, COMPOSE, EMULATOR, RUNNER, VARIABLES, default_of, read_by
from stub_bedrock.settings import ENVIRONMENT_PREFIX
from tests.support.variable_names import IS_OURS, names_read, names_written

PACKAGE = ROOT / "src/glue_app"
COMPOSE_FILE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
IN_WORDS = re.compile(r"none|found|none: .*|the .*")
NOT_THERE_BY_DEFAULT = {"GLUE_APP_KEEP_STATE"}  # the emulator alone, in a test, keeps nothing


def names(reader: str) -> set[str]:
    return {variable.name for variable in read_by(reader)}


def test_no_variable_is_named_that_the_table_does_not_have() -> None:
    """In the package, the maintainers' scripts and the tests' helpers."""
    files = [
        file
        for folder in (PACKAGE, ROOT / "scripts", ROOT / "tests/support")
        for file in folder.rglob("*.py")
    ]
    unknown = {name: str(file) for file in files for name in names_written(file) if name not in VARIABLES}
    assert unknown == {}


def test_each_program_reads_what_the_table_says() -> None:
    """The emulator also outside its settings: what starts it, and the engine that its saves name."""
    assert names_read(PACKAGE / "runner/settings.py") | {"GLUE_APP_RUN"} == names(RUNNER)
    room = [file for file in (PACKAGE / "emulator").rglob("*.py") if file.name != "runnable.py"]
    read = {name for file in room for name in names_read(file)}
    assert read == names(EMULATOR)


def test_each_variable_of_the_commands_is_read_by_them() -> None:
    outside = {"runner", "emulator"}
    files = [file for file in PACKAGE.rglob("*.py") if file.relative_to(PACKAGE).parts[0] not in outside]
    written = {name for file in files if file.name != "variables.py" for name in names_written(file)}
    assert names(COMMANDS) - written == set()
    assert names_read(PACKAGE / "settings.py") - names(COMMANDS) == set()


def test_the_defaults_of_the_commands_are_those_of_the_table() -> None:
    folders = {"GLUE_APP_STATE", "GLUE_APP_TOOLS", "GLUE_APP_SNAPSHOTS"}
    given = {
        name: str(ROOT / default_of(name)) if name in folders else default_of(name)
        for name in names_read(PACKAGE / "settings.py")
    }
    assert Settings.from_environment(given) == Settings.from_environment({}) == Settings()
    assert default_of("GLUE_VERSION") == glue_versions.DEFAULT


def test_the_defaults_of_the_emulator_are_those_of_the_table() -> None:
    given = {
        variable.name: variable.default
        for variable in read_by(EMULATOR)
        if not IN_WORDS.fullmatch(variable.default) and variable.name not in NOT_THERE_BY_DEFAULT
    }
    given["GLUE_APP_TOKEN_FILE"] = given["GLUE_APP_TOKEN_FILE"].replace("<state>", ".state")
    assert emulator.Settings.from_environment(given) == emulator.Settings.from_environment({})


def test_the_defaults_of_the_runner_are_those_of_the_table(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("0123456789abcdef")
    least = {"RUNNER_PORT": "4611", "RUNNER_TOKEN_FILE": str(token), "RUNNER_HOME": str(tmp_path)}
    given = {
        variable.name: variable.default
        for variable in read_by(RUNNER)
        if not IN_WORDS.fullmatch(variable.default)
    }
    assert runner.Settings.from_environment(given | least) == runner.Settings.from_environment(least)


# ---------------------------------------------------------------- what the stack hands on
def test_the_embedded_engine_tells_each_process_what_that_one_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    settings = dataclasses.replace(Settings(), state=tmp_path / "state", tools=tmp_path / "tools")
    record = StackRecord(engine="embedded", generation="g", edge_port=1, runner_port=2, stub_port=3)
    for service in services(settings, dataclasses.replace(Toolchain(), jars="/tools/jars/4.0"), record):
        own = {name for name in service.environment if IS_OURS.fullmatch(name)} - {"GLUE_APP_STACK_PROCESS"}
        wanted = {"localstack": EMULATOR, "runner": RUNNER}.get(service.name)
        assert own - (names(wanted) if wanted else set()) == set(), service.name


def test_the_stub_gets_its_own_variables_from_the_shell() -> None:
    """It imports nothing of the rest: its prefix stands in both places."""
    assert f'"{ENVIRONMENT_PREFIX}"' in (PACKAGE / "stack/services.py").read_text(encoding="utf-8")


def test_docker_composes_variables_and_defaults_are_those_of_the_table() -> None:
    """But JVMs kept warm: the stack keeps two, a runner by itself none."""
    found = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", COMPOSE_FILE))
    assert set(found) == names(COMPOSE)
    differ = {name: default for name, default in found.items() if default != default_of(name)}
    assert differ == {"RUNNER_WARM_JVMS": "2"}


@pytest.mark.parametrize(("service", "reader"), [("localstack", EMULATOR), ("glue", RUNNER)])
def test_docker_compose_tells_each_container_what_its_program_reads(service: str, reader: str) -> None:
    content: dict[str, Any] = yaml.safe_load(COMPOSE_FILE)
    told = {name for name in content["services"][service]["environment"] if IS_OURS.fullmatch(name)}
    assert told - names(reader) == set()
