"""`.state/env.sh` points a shell at the stack, whatever the shell pointed at before."""

from __future__ import annotations

import subprocess
from pathlib import Path

from scripts.bootstrap.toolchain import Toolchain
from scripts.settings import Settings
from scripts.stack import env_file
from scripts.stack.record import StackRecord
from scripts.stack.services import inherited
from scripts.stack.terraform import environment

RECORD = StackRecord("embedded", "g1", 4999, 1, 2)


def written(state: Path) -> Path:
    """env.sh of a stack in a folder whose name needs quoting."""
    toolchain = Toolchain(host="/tools of/host", terraform_rc="/tools of/terraform.rc")
    env_file.write(Settings(state=state, tools=state / "tools"), toolchain, RECORD)
    return state / "env.sh"


def sourced(file: Path, variable: str, **before: str) -> str:
    script = f'. "{file}"; . "{file}"; printf %s "${{{variable}-unset}}"'
    env = {"PATH": "/usr/bin:/bin", **before}
    return subprocess.run(
        ["/bin/sh", "-euc", script], env=env, capture_output=True, text=True, check=True
    ).stdout


def test_a_real_accounts_profile_and_session_are_forgotten(tmp_path: Path) -> None:
    file = written(tmp_path / "a state")
    assert sourced(file, "AWS_PROFILE", AWS_PROFILE="production") == "unset"
    assert sourced(file, "AWS_SESSION_TOKEN", AWS_SESSION_TOKEN="real") == "unset"
    assert sourced(file, "AWS_ENDPOINT_URL") == "http://127.0.0.1:4999"


def test_terraform_by_hand_uses_the_stacks_own_state(tmp_path: Path) -> None:
    file = written(tmp_path / "a state")
    state = f"{tmp_path}/a state/terraform/g1/terraform.tfstate"
    for command in ("apply", "plan", "destroy", "output", "refresh", "import"):
        assert sourced(file, f"TF_CLI_ARGS_{command}") == f"-state={state}"
    assert sourced(file, "TF_DATA_DIR") == f"{tmp_path}/a state/terraform/data"


def test_terraform_is_told_the_glue_version_that_the_stack_runs(tmp_path: Path) -> None:
    """The running stack's, whatever the next one is asked to be."""
    record = StackRecord("embedded", "g1", 4999, 1, 2, glue_version="5.0")
    exported = env_file.exports(Settings(state=tmp_path, glue_version="4.0"), Toolchain(), record)
    assert exported["TF_VAR_glue_version"] == "5.0"
    record.write(tmp_path / "stack.json")
    read = StackRecord.read(tmp_path / "stack.json")
    assert read is not None
    assert read.glue_version == "5.0"


def test_tflocal_is_on_path_once(tmp_path: Path) -> None:
    assert sourced(written(tmp_path / "s"), "PATH") == "/usr/bin:/bin:/tools of/host/bin"


def test_terraform_never_sees_the_users_own_accounts(tmp_path: Path) -> None:
    base = {"AWS_PROFILE": "production", "TF_CLI_ARGS": "-x", "TF_VAR_name": "mine", "PATH": "/bin"}
    env = environment(base, Settings(state=tmp_path), Toolchain(), RECORD)
    assert "AWS_PROFILE" not in env
    assert "TF_CLI_ARGS" not in env
    assert env["TF_VAR_name"] == "mine"
    assert env["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4999"


def test_the_stacks_processes_see_no_settings_meant_for_another_localstack() -> None:
    given = {
        "SERVICES": "s3",
        "PERSISTENCE": "1",
        "AWS_PROFILE": "p",
        "PATH": "/bin",
        "BEDROCK_STUB_LATENCY_MS": "5",
    }
    assert inherited(given) == {"PATH": "/bin", "BEDROCK_STUB_LATENCY_MS": "5"}
