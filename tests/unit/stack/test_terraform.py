"""Terraform's commands on a stack: what they answer, and what a failure says and leaves in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.stack.errors import TerraformFailedError
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from glue_app.stack.terraform import Terraform

FAILS = """\
cat >&2 <<'EOF'

Error: no zones

  on network.tf line 3, in data "aws_availability_zones" "available":
   3: data "aws_availability_zones" "available" {

connection refused
EOF
exit 1
"""


def terraform(root: Path, program: str) -> Terraform:
    """One whose program is this shell script."""
    file, infra = root / "terraform", root / "infra"
    file.write_text(f"#!/bin/sh\n{program}")
    file.chmod(0o755)
    infra.mkdir()
    toolchain = Toolchain(terraform=str(file), terraform_rc=str(root / "terraform.rc"))
    (root / "terraform.rc").touch()
    record = StackRecord("embedded", "g1", 4999, 1, 2)
    return Terraform(Settings(state=root / "state"), toolchain, record, print, infra)


@pytest.mark.parametrize("command", ["init", "plan", "output", "apply"])
def test_a_failure_names_the_error_and_the_log_has_all_of_it(tmp_path: Path, command: str) -> None:
    """Not the line of the source that Terraform quotes; the same for every command."""
    fails = FAILS if command != "apply" else f'case "$*" in *apply*)\n{FAILS};; esac\n'
    one = terraform(tmp_path, fails)
    run = {"init": one.init, "plan": one.pending_changes, "output": one.outputs, "apply": one.apply}[command]
    with pytest.raises(TerraformFailedError) as raised:
        run()
    assert raised.value.problem == f"terraform {command}: network.tf: no zones: connection refused"
    log = StateLayout(tmp_path / "state").log("terraform")
    assert str(log) in raised.value.remedy
    assert "connection refused" in log.read_text(encoding="utf-8")


def test_a_plan_says_what_would_change(tmp_path: Path) -> None:
    assert terraform(tmp_path, "echo '  # aws_x.y will be created'; exit 2\n").pending_changes() == (
        "  # aws_x.y will be created\n"
    )


def test_a_plan_without_changes_says_nothing(tmp_path: Path) -> None:
    assert terraform(tmp_path, "echo 'No changes.'\n").pending_changes() == ""


def test_outputs_are_values_and_stay_out_of_the_log(tmp_path: Path) -> None:
    """Some are secret."""
    one = terraform(tmp_path, """echo '{"a": {"value": "s3cret"}}'\n""")
    assert one.outputs() == {"a": "s3cret"}
    assert "s3cret" not in StateLayout(tmp_path / "state").log("terraform").read_text(encoding="utf-8")
