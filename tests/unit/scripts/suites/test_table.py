"""`make test SUITE=…`: the marks fit the tests, no test is in no suite, and each is documented."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from scripts import test as command
from scripts.suites.environment import TestsStack
from scripts.suites.running import arguments
from scripts.suites.table import CHECK, SUITES, Stage

TESTS = ROOT / "tests"
STAGES = {stage: None for suite in SUITES.values() for stage in suite.stages if stage != CHECK}
FILES = sorted(TESTS.rglob("test_*.py"))


def marks_of(file: Path) -> set[str]:
    """Those of its folders and those it gives to all of its tests."""
    own = re.findall(r"^pytestmark = (.*?)^\S", file.read_text() + "\n.", re.MULTILINE | re.DOTALL)
    return {*file.parent.relative_to(TESTS).parts[:2], *re.findall(r"pytest\.mark\.(\w+)", "".join(own))}


def names_in(marks: str) -> set[str]:
    return set(re.findall(r"\w+", marks)) - {"and", "or", "not"}


def has(stage: Stage, file: Path) -> bool:
    if ROOT / stage.folder not in file.parents:
        return False
    of_file = marks_of(file)
    values = {name: name in of_file for name in names_in(stage.marks)}
    return not stage.marks or bool(eval(stage.marks, {}, values))  # noqa: S307 - our own table


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_mark_of_a_suite_is_one_that_tests_have(stage: Stage, pytestconfig: pytest.Config) -> None:
    """Of a folder, or of pyproject.toml: pytest would take a misspelt one and find nothing."""
    known = {line.partition(":")[0].partition("(")[0] for line in pytestconfig.getini("markers")}
    assert names_in(stage.marks) <= known
    assert (ROOT / stage.folder).is_dir()


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TESTS)))
def test_every_test_is_in_a_suite(file: Path) -> None:
    assert [stage for stage in STAGES if has(stage, file)]


def test_a_plain_make_test_runs_nothing_twice() -> None:
    stages = [stage for stage in SUITES["all"].stages if stage != CHECK]
    twice = [file for file in FILES if sum(has(stage, file) for stage in stages) > 1]
    # the host's Python has no Spark, and finds none of these
    assert [file for file in twice if TESTS / "unit/glue" not in file.parents] == []


def test_the_parts_of_all_are_suites_too() -> None:
    parts = [*SUITES["unit"].stages, *SUITES["integration"].stages, *SUITES["e2e"].stages]
    assert {CHECK, *parts} == set(SUITES["all"].stages)


@pytest.mark.parametrize("name", SUITES)
def test_every_suite_is_documented(name: str) -> None:
    """CONTRIBUTING.md says what each one is for."""
    named = {"all": "`make test`"}.get(name, f"SUITE={name}`")
    assert named in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_make_and_ci_name_suites_that_there_are() -> None:
    texts = (ROOT / "Makefile").read_text() + (ROOT / ".ci/run").read_text()
    named = {name for words in re.findall(r"SUITE=([a-z0-9|-]+)", texts) for name in words.split("|") if name}
    assert named
    assert named <= set(SUITES)


def test_an_unknown_suite_is_refused_and_the_others_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["unti"]) == 2
    said = capsys.readouterr().err
    assert "SUITE=unti" in said
    assert all(f"  {name} " in said for name in SUITES)


def test_the_suite_of_glue_5_starts_again_with_that_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """By scripts/with-host, which sets up what that version needs."""
    seen: list[tuple[list[str], str]] = []

    class Replaced(BaseException):
        pass

    def execve(_program: str, words: list[str], env: dict[str, str]) -> None:
        seen.append((words[1:], env["GLUE_VERSION"]))
        raise Replaced

    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.delenv("GLUE_VERSION", raising=False)
    with pytest.raises(Replaced):
        command.main(["glue5"])
    assert seen == [(["scripts.test", "glue5"], "5.0")]


def test_pytest_is_told_the_marks() -> None:
    assert arguments(Stage("x", "tests/drill", "fuzz", prints=True)) == ["tests/drill", "-m", "fuzz", "-rP"]


@pytest.mark.parametrize(
    ("version", "port", "folder"),
    [("4.0", 4596, "test"), ("5.0", 4597, "test-5.0"), ("5.0", 4600, "test-5.0-4600")],
)
def test_each_version_has_a_stack_of_its_own(version: str, port: int, folder: str, tmp_path: Path) -> None:
    """A stack of another port is another one: its snapshots fit no other endpoint."""
    stack = TestsStack(Toolchain(), Settings(state=tmp_path, glue_version=version))
    vars(stack)["edge_port"] = port
    assert stack.state.name == folder
    assert stack.embedded()["GLUE_APP_STATE"] == str(tmp_path / folder)
