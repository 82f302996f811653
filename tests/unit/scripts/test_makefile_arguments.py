"""What a user gives a make target arrives as it was typed, and is never run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from glue_app.bootstrap.layout import ROOT

TEXTS = [
    "select $$a$$ || $1",
    """it's "quoted" \\ and \\$HOME""",
    "`touch ran` $(touch ran) ${HOME} ; touch ran #",
    "顧客の声 2026 年 .csv",
    "two  spaces ",  # make drops blanks that come first
    "line one\nline two",
    "$(shell touch ran)%",
    "-x",
    "a,b=c:d",
]
TARGETS = [
    (["psql"], {"ROLE": "--role=", "SQL": "--sql="}),
    (["e2e"], {"CSV": "--csv=", "DATASET": "--dataset="}),
    (["run"], {"CSV": "--csv=", "DATASET": "--dataset="}),
    (["snapshot"], {"NAME": "--name="}),
    (["restore"], {"NAME": "--name="}),
    (["snapshot-diff"], {"A": "--before=", "B": "--after="}),
    (["logs"], {"SERVICE": "--service=", "RUN": "--run="}),
    (["test"], {"SUITE": ""}),
]
SWITCHES = [("restore", "TRUST", "--trust"), ("logs", "FOLLOW", "--follow"), ("clean", "TOOLS", "--tools")]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile, with a program in the place of all commands that writes down its words."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "scripts").mkdir()
    program = tmp_path / "scripts" / "with-host"
    program.write_text('#!/bin/sh\nprintf "%s\\0" "$@" >>words\n')
    program.chmod(0o755)
    return tmp_path


def words(checkout: Path, *command: str, **variables: str) -> list[str]:
    done = subprocess.run(
        ["make", "-s", *command], cwd=checkout, env=os.environ | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert not (checkout / "ran").exists()
    file = checkout / "words"
    found = file.read_text().split("\0")[:-1]
    file.unlink()
    return found


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("target", "options"), TARGETS, ids=[target[0] for target, _ in TARGETS])
def test_it_arrives_as_it_was_typed(
    checkout: Path, target: list[str], options: dict[str, str], text: str
) -> None:
    """Behind the target, and from the environment."""
    wanted = [f"{option}{text}" for option in options.values()]
    given = [f"{name}={text}" for name in options]
    for found in (
        words(checkout, *target, *given),
        words(checkout, *target, **dict.fromkeys(options, text)),
    ):
        assert found[-len(wanted) :] == wanted


@pytest.mark.parametrize(("target", "name", "switch"), SWITCHES)
def test_a_switch_is_on_with_1_and_nothing_else(checkout: Path, target: str, name: str, switch: str) -> None:
    assert words(checkout, target, f"{name}=1")[-1] == switch
    for text in ["", "0", *TEXTS]:
        assert switch not in words(checkout, target, f"{name}={text}")


def test_what_is_not_given_is_empty(checkout: Path) -> None:
    assert words(checkout, "psql")[-2:] == ["--role=", "--sql="]


def test_settings_behind_the_target_reach_the_command(checkout: Path) -> None:
    """As before: they are the environment's."""
    program = checkout / "scripts" / "with-host"
    program.write_text('#!/bin/sh\nprintf "%s\\0" "$EDGE_PORT" >>words\n')
    assert words(checkout, "status", "EDGE_PORT=4570") == ["4570"]
