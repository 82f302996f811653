"""The diagnostic instance: kept by other applies, and the commands that reach Gold through it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.stack import context as stack_context
from glue_app.stack import diagnosis, env_file
from glue_app.stack.commands import Commands
from glue_app.stack.errors import NotRunningError, StackError
from glue_app.stack.record import StackRecord
from glue_app.stack.terraform import Terraform

OUTPUTS = {
    "diag_instance_id": "i-0123456789abcdef0",
    "gold_address": "127.20.0.1",
    "gold_port": 5432,
    "gold_database": "gold_db",
    "gold_secret_arn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:rds!db-1",
}


def state_with(path: Path, *names: str) -> Path:
    resources = [
        {"mode": "managed", "type": "aws_instance", "name": name, "instances": [{}]} for name in names
    ]
    path.write_text(json.dumps({"resources": resources}), encoding="utf-8")
    return path


def test_an_apply_for_another_reason_leaves_the_instance_alone(tmp_path: Path) -> None:
    """Where Terraform's state has it; not where it doesn't, or there is no state."""
    assert diagnosis.kept_variables(tmp_path / "none") == {}
    assert diagnosis.kept_variables(state_with(tmp_path / "off", "other")) == {}
    assert diagnosis.kept_variables(state_with(tmp_path / "on", "diag")) == diagnosis.ON


def test_what_is_asked_for_wins_over_what_is_there(tmp_path: Path) -> None:
    """And over the shell's own variable."""
    record = StackRecord("embedded", "g1", 4999, 1, 2)
    settings = Settings(state=tmp_path)
    (tmp_path / "terraform" / "g1").mkdir(parents=True)
    state_with(tmp_path / "terraform" / "g1" / "terraform.tfstate", "diag")

    def variable(asked_for: dict[str, str] | None) -> str | None:
        terraform = Terraform(settings, Toolchain(), record, print, variables=asked_for)
        return terraform.env.get("TF_VAR_diag_enabled")

    assert variable(None) == "true"
    assert variable(diagnosis.OFF) == "false"


def test_after_off_nothing_is_left_to_apply(tmp_path: Path) -> None:
    """Off is infra/'s default: `make up` finds what `make diag-off` has applied."""
    record, infra = StackRecord("embedded", "g1", 4999, 1, 2), tmp_path / "infra"
    infra.mkdir()

    def inputs(asked_for: dict[str, str] | None) -> str:
        return Terraform(Settings(state=tmp_path), Toolchain(), record, print, infra, asked_for).inputs()

    assert inputs(diagnosis.OFF) == inputs(None) != inputs(diagnosis.ON)


def test_the_commands_can_be_pasted(tmp_path: Path) -> None:
    """They name the instance, the endpoint and the secret; no password."""
    text = diagnosis.procedure(OUTPUTS, "postgres_admin", ".state/env.sh", Path("/x"))
    (session,) = (line for line in text.splitlines() if "start-session" in line)
    words = shlex.split(session)
    assert words[:5] == ["aws", "ssm", "start-session", "--target", OUTPUTS["diag_instance_id"]]
    assert json.loads(words[-1]) == {
        "host": ["127.20.0.1"],
        "portNumber": ["5432"],
        "localPortNumber": ["15432"],
    }
    assert "psql -h localhost -p 15432 -U postgres_admin -d gold_db" in text
    assert shlex.quote(str(OUTPUTS["gold_secret_arn"])) in text
    assert "make session-manager-plugin" not in text


def test_a_machine_without_the_plugin_is_told_how_to_get_it() -> None:
    text = diagnosis.procedure(OUTPUTS, "postgres_admin", ".state/env.sh", None)
    assert "make session-manager-plugin" in text


def test_without_the_instance_there_is_no_way() -> None:
    with pytest.raises(diagnosis.NotOnError) as raised:
        diagnosis.procedure({**OUTPUTS, "diag_instance_id": None}, "u", "e", None)
    assert raised.value.remedy == "make diag-on"


@pytest.fixture
def commands(settings: Settings, said: list[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.setattr(stack_context, "choose", lambda *_: None)
    return Commands(settings, Toolchain(), said.append)


@pytest.mark.parametrize("command", ["diag_on", "diag_off", "diag"])
def test_a_stack_that_is_not_up_is_refused(commands: Commands, command: str) -> None:
    with pytest.raises(NotRunningError) as raised:
        getattr(commands, command)()
    assert raised.value.remedy == "make up"


@pytest.mark.parametrize("changes", ["", "  # aws_instance.diag will be created"])
def test_off_ends_with_an_empty_plan(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, said: list[str], changes: str
) -> None:
    """Or with what is left to change, and a failure."""
    applied: list[Any] = []
    monkeypatch.setattr(commands, "_apply_variables", applied.append)
    monkeypatch.setattr(commands, "pending_changes", lambda: changes)
    if changes:
        with pytest.raises(StackError, match=r"aws_instance\.diag"):
            commands.diag_off()
    else:
        commands.diag_off()
        assert "nothing is left to change" in said[-1]
    assert applied == [diagnosis.OFF]


def test_a_plugin_that_was_built_is_on_path(tmp_path: Path) -> None:
    """Its folder holds it alone."""
    settings = Settings(state=tmp_path / "s", tools=tmp_path / "tools")
    plugin = settings.tools / "session-manager-plugin" / "session-manager-plugin"
    record = StackRecord("embedded", "g1", 4999, 1, 2)

    def text() -> str:
        env_file.write(settings, Toolchain(host="/host"), record)
        return (settings.state / "env.sh").read_text(encoding="utf-8")

    assert str(plugin.parent) not in text()
    plugin.parent.mkdir(parents=True)
    plugin.touch(mode=0o755)
    assert str(plugin.parent) in text()
