"""When Terraform counts as being at work."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

from glue_app.emulator.state import terraform_state

_HOLDS_THE_LOCK = (
    "import fcntl, sys; f = open(sys.argv[1], 'r+'); fcntl.lockf(f, fcntl.LOCK_EX); "
    "print('held', flush=True); sys.stdin.read()"
)


def test_an_applied_stack_is_at_rest(terraform: Path) -> None:
    assert not terraform_state.at_work(terraform)
    assert not terraform_state.at_work(terraform / "nothing")


def test_an_apply_of_ours_is_work_until_it_ended_by_itself(terraform: Path) -> None:
    (terraform / "applying").touch()

    assert terraform_state.at_work(terraform)


def test_a_terraform_by_hand_is_work_while_it_lives(terraform: Path) -> None:
    """One that was killed leaves the file that tells of its lock, and no lock."""
    (terraform / ".terraform.tfstate.lock.info").write_text("{}")
    command = [sys.executable, "-c", _HOLDS_THE_LOCK, str(terraform / "terraform.tfstate")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert terraform_state.at_work(terraform)
        other.kill()

    assert not terraform_state.at_work(terraform)


def test_looking_does_not_keep_the_lock(terraform: Path) -> None:
    (terraform / ".terraform.tfstate.lock.info").write_text("{}")
    terraform_state.at_work(terraform)

    with (terraform / "terraform.tfstate").open("r+") as handle:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
