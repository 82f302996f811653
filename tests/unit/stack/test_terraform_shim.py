"""terraform of a shell that sourced env.sh: in infra/ with the stack's state, elsewhere the user's own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from glue_app.bootstrap import find_terraform
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.stack import terraform_shim
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord

RECORD = StackRecord("embedded", "g1", 4999, 1, 2, glue_version="5.0")
PROGRAM = '#!/bin/sh\necho "$0" "$@"\nenv | grep "^TF_" | sort\n'


class Shell:
    """Two terraforms, the tools' and the user's, which say how they were called; a project and infra/."""

    def __init__(self, root: Path) -> None:
        self.tools, self.own = root / "tools" / "terraform", root / "my own" / "terraform"
        for program in (self.tools, self.own):
            program.parent.mkdir()
            program.write_text(PROGRAM)
            program.chmod(0o755)
        self.infra, self.project = root / "a repo" / "infra", root / "project"
        self.infra.mkdir(parents=True)
        self.project.mkdir()
        self.layout = StateLayout(root / "a state")
        terraform_shim.write(self.layout, Toolchain(terraform=str(self.tools)), RECORD, self.infra)

    def run(self, *arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.layout.bin}:{self.own.parent}:/usr/bin:/bin"
        env = {"PATH": path, "AWS_ENDPOINT_URL": RECORD.endpoint, **variables}
        return subprocess.run(["terraform", *arguments], cwd=cwd, env=env, capture_output=True, text=True)

    def says(self, *arguments: str, cwd: Path, **variables: str) -> list[str]:
        return self.run(*arguments, cwd=cwd, **variables).stdout.splitlines()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_in_infra_it_has_the_running_stacks_state(shell: Shell, tmp_path: Path) -> None:
    """By cd, by -chdir from anywhere, and through a link; -chdir after the command is none."""
    (tmp_path / "link").symlink_to(shell.infra)
    for folder, arguments in (
        (shell.infra, ("plan", "-out=x y")),
        (shell.infra.parent, ("-chdir=infra", "plan", "-out=x y")),
        (shell.project, ("-chdir=../link", "plan", "-out=x y")),
    ):
        said = shell.says(*arguments, cwd=folder, TF_CLI_ARGS="-mine", TF_WORKSPACE="mine")
        assert said[0] == f"{shell.tools} {' '.join(arguments)}"
        assert f"TF_CLI_ARGS_plan=-state='{shell.layout.terraform_state('g1')}'" in said
        assert f"TF_DATA_DIR={shell.layout.terraform_data}" in said
        assert "TF_VAR_glue_version=5.0" in said
        assert 'TF_VAR_allowed_account_ids=["000000000000"]' in said, "nothing is made in an account of AWS"
        assert not [line for line in said if line.startswith(("TF_CLI_ARGS=", "TF_WORKSPACE="))]


def test_anywhere_else_it_is_the_users_own(shell: Shell) -> None:
    for folder, arguments in (
        (shell.project, ("plan",)),
        (shell.infra, ("-chdir=../../project", "plan")),
        (shell.project, ("-chdir=nowhere", "plan")),
        (shell.project, ("plan", "-chdir=../a repo/infra")),
    ):
        assert shell.says(*arguments, cwd=folder, TF_VAR_a="1") == [
            f"{shell.own} {' '.join(arguments)}",
            "TF_VAR_a=1",
        ]


@pytest.mark.parametrize("endpoint", ["", "https://sts.amazonaws.com"])
def test_on_the_way_to_aws_infra_does_not_get_the_stacks_state(shell: Shell, endpoint: str) -> None:
    """A plan against an account with this state would make everything anew, or destroy it."""
    done = shell.run("apply", cwd=shell.infra, AWS_ENDPOINT_URL=endpoint)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "env-off.sh" in done.stderr


def test_without_a_terraform_of_the_users_it_is_the_tools(shell: Shell) -> None:
    shell.own.unlink()
    assert shell.says("version", cwd=shell.project) == [f"{shell.tools} version"]


@pytest.mark.parametrize("program", ["sh", "dash", "bash"])
def test_the_programs_of_two_stacks_do_not_call_each_other(
    shell: Shell, tmp_path: Path, program: str
) -> None:
    """A shell that sourced both has both on its PATH."""
    if not shutil.which(program):
        pytest.skip(f"there is no {program}")
    other = StateLayout(tmp_path / "another state")
    terraform_shim.write(other, Toolchain(terraform=str(shell.tools)), RECORD, tmp_path / "another infra")
    for first, second in ((shell.layout.bin, other.bin), (other.bin, shell.layout.bin)):
        env = {
            "PATH": f"{first}:{second}:{shell.own.parent}:/usr/bin:/bin",
            "AWS_ENDPOINT_URL": RECORD.endpoint,
        }
        command = [program, str(first / "terraform"), "plan"]
        done = subprocess.run(command, cwd=shell.project, env=env, capture_output=True, text=True, timeout=20)
        assert done.stdout.splitlines()[0] == f"{shell.own} plan"
        inside = subprocess.run(command, cwd=shell.infra, env=env, capture_output=True, text=True, timeout=20)
        assert inside.stdout.splitlines()[0] == f"{shell.tools} plan", "infra/ is still the stack's"


def test_every_command_that_takes_a_state_file_is_given_the_stacks(shell: Shell) -> None:
    """Else `state show` says that there is no state, or works on another."""
    said = shell.says("state", "show", "a.b", cwd=shell.infra)
    states = ("state_show", "state_replace_provider", "state_list", "state_mv", "state_rm")
    given = f"-state='{shell.layout.terraform_state('g1')}'"
    assert [name for name in (*states, "plan", "output") if f"TF_CLI_ARGS_{name}={given}" not in said] == []


def test_the_bootstrap_takes_no_shim_for_the_machines_terraform(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make up` in a shell that sourced env.sh: as the tools' terraform it would call itself for ever."""
    monkeypatch.setenv("PATH", f"{shell.layout.bin}:{shell.own.parent}:/usr/bin:/bin")
    assert find_terraform.on_path() == str(shell.own)
