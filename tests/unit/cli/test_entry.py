"""Every command ends in one line for what went wrong, and in an exit code that says whose fault it is."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.__main__ import JOB
from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.layout import ROOT
from glue_app.cli import entry
from glue_app.settings import SettingError, Settings
from glue_app.stack.errors import StackError
from tests.support.variable_names import names_read

NOT_OURS = {
    "glue_app.stack.spark_training_job",  # a job script: Glue's Python runs it, with no settings
    "benchmarks.gold_load",  # Glue's Python, no settings
    *(f"benchmarks.{name}" for name in JOB),
    "scripts.parity",  # reads none
}
NO_COMMANDS = ("glue_app.emulator.", "glue_app.runner")  # what the stack starts, with settings of their own
ARGUMENTS = {
    "glue_app.cli": ["status"],
    "scripts.standins": ["stop"],
}
BAD = {
    "EDGE_PORT": "abc",
    "ENGINE": "podman",
    "GLUE_VERSION": "9",
    "GLUE_APP_RDS_NETWORK": "10.0.0.0/8",
    "GLUE_APP_START_TIMEOUT": "²",
    "GLUE_APP_SPARK_ARCHIVE": "yes",
    "GLUE_APP_KEEP_STATE": "2",
    "GLUE_APP_WARM_JVM": "-1",
    "GLUE_APP_DEBUG": "true",
}
FREE_TEXT = {"GLUE_APP_STATE", "GLUE_APP_TOOLS", "GLUE_APP_SNAPSHOTS"}  # any folder
READ = sorted(names_read(ROOT / "src/glue_app/settings.py") | {"GLUE_VERSION"})


def modules() -> list[str]:
    """Those that can be run by `python -m`."""
    found = []
    for folder in ("src", "scripts", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if re.search(r'^if __name__ == "__main__":', path.read_text(encoding="utf-8"), re.MULTILINE):
                found.append(
                    ".".join(path.relative_to(ROOT).with_suffix("").parts)
                    .removeprefix("src.")
                    .removesuffix(".__main__")
                )
    return [name for name in found if name not in NOT_OURS and not name.startswith(NO_COMMANDS)]


def started(module: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python -m module`, with no state and no tools of anybody's."""
    places = {f"GLUE_APP_{name}": str(folder / name) for name in ("STATE", "TOOLS", "SNAPSHOTS")}
    return subprocess.run(
        [sys.executable, "-m", module, *ARGUMENTS.get(module, [])],
        cwd=ROOT,
        env=os.environ | places | variables,
        capture_output=True,
        text=True,
    )


# ---------------------------------------------------------------- settings that can't be used
@pytest.mark.parametrize("module", modules())
def test_every_entry_refuses_a_bad_setting_in_one_line(module: str, tmp_path: Path) -> None:
    """Before it touches anything."""
    done = started(module, tmp_path, EDGE_PORT="abc")
    lines = (done.stdout + done.stderr).strip().splitlines()
    assert done.returncode == 2, done.stderr
    assert len(lines) == 1
    assert "EDGE_PORT is 'abc': set it to a whole number from 1 to 65535" in lines[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("variable", READ)
def test_every_setting_is_refused_in_one_line(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if variable in FREE_TEXT:
        return
    monkeypatch.setenv(variable, BAD[variable])
    assert entry.run("up", lambda _: pytest.fail("it ran")) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"up: {variable} is '{BAD[variable]}': set it to ")
    assert said.count("\n") == 1


def test_settings_that_only_the_emulator_knows_are_refused_likewise(tmp_path: Path) -> None:
    """The commands ask it who PostgreSQL runs as."""
    done = started("glue_app.cli", tmp_path, GLUE_APP_RDS_METRICS_S="soon", ENGINE="embedded")
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    ended = subprocess.run(
        [sys.executable, "-m", "glue_app.cli", "down"],
        cwd=ROOT,
        env=os.environ
        | {"GLUE_APP_STATE": str(tmp_path / "s"), "GLUE_APP_TOOLS": str(tmp_path / "t"), "ENGINE": "embedded"}
        | {"GLUE_APP_RDS_METRICS_S": "soon"},
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in ended.stderr


# ---------------------------------------------------------------- what goes wrong later
def fails(error: BaseException) -> Callable[[Settings], int]:
    def work(_: Settings) -> int:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StackError("no port", "make status"), 1, ["up failed: no port", "look closer: make status"]),
        (StackError("no stack", "make up"), 1, ["up failed: no stack"]),  # what has just failed is no remedy
        (SettingError("RUNNER_SLOTS", "no", "4"), 2, ["up: RUNNER_SLOTS is 'no': set it to 4"]),
        (BootstrapError("no uv", "install it"), 1, ["up failed: no uv", "  fix: install it"]),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x"),
            1,
            ["up failed: Permission denied: /x (EACCES)"],
        ),
        (KeyboardInterrupt(), 130, ["up interrupted; run it again and it goes on"]),
    ],
)
def test_failures_are_told_in_words(
    error: BaseException, code: int, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert entry.run("up", fails(error)) == code
    assert capsys.readouterr().err.strip().splitlines() == said


def test_a_slip_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ValueError, match="a slip"):
        entry.run("up", fails(ValueError("a slip")))


def test_with_debug_an_error_of_the_system_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLUE_APP_DEBUG", "1")
    with pytest.raises(PermissionError):
        entry.run("up", fails(PermissionError(errno.EACCES, "Permission denied", "/x")))
