"""A command that is started outside the host environment goes on in it, as it was typed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from glue_app.bootstrap.errors import MissingProgramError
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import host
from glue_app.settings import Settings

ARGUMENTS = ["psql", "--sql", "select $$a$$ -- `x`", "--", "-f", "an ünusual name"]


class StartedError(Exception):
    """In the place of a process that would have been replaced."""


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_is_here", lambda: False)
    monkeypatch.setattr(sys, "argv", ["/home/me/.local/bin/glue-app", *ARGUMENTS])


def never(_: Settings) -> None:
    pytest.fail("it was done outside the host environment")


@pytest.mark.usefixtures("outside")
def test_it_is_started_again_with_the_same_arguments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the current folder on the path: a file `yaml.py` in it is not ours to import."""
    monkeypatch.setattr(host, "prepare", lambda console, tools: Toolchain(host=str(tmp_path)))
    started: list[Any] = []

    def execve(*arguments: object) -> None:
        started.extend(arguments)
        raise StartedError

    monkeypatch.setattr(os, "execve", execve)
    with pytest.raises(StartedError):
        host.code_of("psql", never)
    python = tmp_path / "bin" / "python"
    assert started[:2] == [python, [str(python), "-P", "-m", "glue_app.cli", *ARGUMENTS]]
    assert Path(started[2]["PYTHONPATH"].split(os.pathsep)[0], "glue_app", "cli").is_dir()


@pytest.mark.usefixtures("outside")
def test_what_cannot_be_set_up_is_told_and_ends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def prepare(*_: object) -> None:
        raise MissingProgramError("no Terraform", "install it")

    monkeypatch.setattr(host, "prepare", prepare)
    assert host.code_of("up", never) == 1
    assert capsys.readouterr().err.strip().splitlines() == ["up failed: no Terraform", "  fix: install it"]


def test_in_it_the_work_is_done() -> None:
    assert host.code_of("up", lambda _: None) == 0
    assert host.code_of("status", lambda _: 1) == 1
