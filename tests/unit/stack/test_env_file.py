"""`.state/env.sh` points a shell at the stack, whatever the shell pointed at before."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.stack import env_file
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from glue_app.stack.services import inherited
from glue_app.stack.terraform import environment

RECORD = StackRecord("embedded", "g1", 4999, 1, 2)


SHELLS = pytest.mark.parametrize("shell", [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)])
CLEAN = {"PATH": "/usr/bin:/bin"}


def written(state: Path) -> Path:
    """env.sh of a stack in a folder whose name needs quoting."""
    toolchain = Toolchain(host="/tools of/host", terraform_rc="/tools of/terraform.rc")
    env_file.write(Settings(state=state, tools=state / "tools"), toolchain, RECORD)
    return state / "env.sh"


def environment_after(script: str, before: dict[str, str], shell: str = "sh") -> dict[str, str]:
    """Every variable that a program sees which is started after the script."""
    command = [shell, "-euc", f"{script}; exec /usr/bin/env -0"]
    shown = subprocess.run(command, env=before, capture_output=True, text=True, check=True).stdout
    found = dict(line.split("=", 1) for line in shown.split("\0") if line)
    return {name: value for name, value in found.items() if name not in ("PWD", "OLDPWD", "SHLVL", "_")}


def sourced(file: Path, variable: str, **before: str) -> str:
    return environment_after(f'. "{file}"; . "{file}"', CLEAN | before).get(variable, "unset")


# ---------------------------------------------------------------- pointed at the stack
def test_a_real_accounts_profile_and_session_are_forgotten(tmp_path: Path) -> None:
    file = written(tmp_path / "a state")
    assert sourced(file, "AWS_PROFILE", AWS_PROFILE="production") == "unset"
    assert sourced(file, "AWS_SESSION_TOKEN", AWS_SESSION_TOKEN="real") == "unset"
    assert sourced(file, "AWS_ENDPOINT_URL") == "http://127.0.0.1:4999"
    assert sourced(file, "AWS_REGION", AWS_REGION="eu-west-1") == "us-east-1"
    assert sourced(file, "AWS_DEFAULT_REGION", AWS_DEFAULT_REGION="eu-west-1") == "us-east-1"


def test_a_profile_that_is_asked_for_later_is_not_found(tmp_path: Path) -> None:
    """Rather than used against the stack, or, without the endpoint, against the account by mistake."""
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "config").write_text("[profile production]\nregion = eu-west-1\n")
    env = environment_after(f'. "{written(tmp_path / "s")}"', CLEAN | {"HOME": str(home)})
    ask = "import botocore.session; print(botocore.session.Session().get_scoped_config())"
    done = subprocess.run(
        [sys.executable, "-c", ask],
        env=env | {"AWS_PROFILE": "production"},
        capture_output=True,
        text=True,
    )
    assert "ProfileNotFound" in done.stderr


def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    file = written(tmp_path / "s")
    files = [path for path in file.parent.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


def test_tflocal_is_on_path_once(tmp_path: Path) -> None:
    first = tmp_path / "s" / "bin"
    assert sourced(written(tmp_path / "s"), "PATH") == f"{first}:/usr/bin:/bin:/tools of/host/bin"


def test_other_terraform_projects_hear_nothing_of_the_stacks_state(tmp_path: Path) -> None:
    """A plan of the user's own project in that shell would want to destroy the stack."""
    env = environment_after(f'. "{written(tmp_path / "s")}"', CLEAN)
    told = [name for name in env if name.startswith("TF_")]
    assert told == ["TF_CLI_CONFIG_FILE"]


# ---------------------------------------------------------------- and away from it again
@SHELLS
def test_one_line_takes_back_all_that_it_set(tmp_path: Path, shell: str) -> None:
    """Sourced twice, from a shell with and without what it sets; a folder that was on PATH before stays."""
    file = written(tmp_path / "a state")
    off = f'. "{tmp_path}/a state/env-off.sh"'
    for before in (CLEAN, {"PATH": "/tools of/host/bin:/usr/bin:/bin", "TF_DATA_DIR": "/mine", "X": "1"}):
        without = environment_after(":", before, shell)
        assert environment_after(f'. "{file}"; . "{file}"; {off}', before, shell) == without
        assert environment_after(off, before, shell) == without


_HARD = 'it\'s "a" $HOME `x` \\ \n second line; true'


@SHELLS
def test_the_shell_has_what_it_had_before(tmp_path: Path, shell: str) -> None:
    """A lost profile would let the next call go to the default one's account. Two stacks are as one."""
    first, second = written(tmp_path / "a state"), written(tmp_path / "other")
    mine = CLEAN | {
        "AWS_PROFILE": "sandbox",
        "AWS_REGION": "eu-west-1",
        "AWS_SECRET_ACCESS_KEY": _HARD,
        "AWS_ENDPOINT_URL_S3": "http://mine",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/x",
        "AWS_PAGER": "less",
        "TF_CLI_CONFIG_FILE": "/mine",
        "S3_HOSTNAME": "",
        "tools": "mine",
    }
    before = environment_after(":", mine, shell)
    on = f'. "{first}"; . "{second}"; . "{first}"'

    pointed = environment_after(on, mine, shell)
    assert "AWS_ENDPOINT_URL_S3" not in pointed
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in pointed
    assert "sandbox" not in str(pointed), "the values of before are in no program's environment"
    for off in ("a state", "other"):
        assert environment_after(f'{on}; . "{tmp_path}/{off}/env-off.sh"', mine, shell) == before
    assert environment_after(f'. "{tmp_path}/other/env-off.sh"', mine, shell) == before, "never sourced"


def test_the_way_back_is_there_when_the_stack_is_not(tmp_path: Path) -> None:
    file = written(tmp_path / "s")
    assert str(tmp_path / "s" / "env-off.sh") in file.read_text().splitlines()[1]
    env_file.withdraw(StateLayout(tmp_path / "s"))
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["env-off.sh"]


@pytest.mark.parametrize("name", ["env.sh", "env-off.sh"])
def test_what_earlier_versions_set_for_every_folder_is_forgotten(tmp_path: Path, name: str) -> None:
    file = written(tmp_path / "s").parent / name
    old = {"TF_DATA_DIR": f"{tmp_path}/s/terraform/data", "TF_CLI_ARGS_plan": "-state=x"}
    after = environment_after(f'. "{file}"', CLEAN | old | {"TF_VAR_glue_version": "4.0", "TF_VAR_a": "mine"})
    assert [name for name in after if name.startswith("TF_") and name != "TF_CLI_CONFIG_FILE"] == ["TF_VAR_a"]


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
