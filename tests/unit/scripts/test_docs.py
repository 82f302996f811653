"""The Makefile and the README name every target and every setting, and no file names this machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from glue_app.bootstrap.layout import ROOT
from glue_app.settings import SettingError, Settings
from glue_app.variables import VARIABLES

TARGETS = (
    "up", "start", "down", "status", "doctor", "apply", "e2e", "run", "logs", "psql", "env", "package",
    "test", "test-glue5", "check", "unit", "integration", "test-e2e", "bench", "lock", "clean",
)  # fmt: skip
READMES = [path for path in (ROOT / "README.md", ROOT / "README.ja.md") if path.exists()]


def test_make_alone_prints_every_target() -> None:
    shown = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [t for t in TARGETS if not re.search(rf"^  make {t} ", shown, re.MULTILINE)] == []
    assert shown.count("\n\n") >= 3  # in sections


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_readme_names_every_target(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    assert [target for target in TARGETS if f"make {target}" not in text] == []


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_readme_names_every_setting(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    assert [one.name for one in VARIABLES.values() if one.shown and one.name not in text] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("EDGE_PORT", "http"), ("EDGE_PORT", "70000"), ("ENGINE", "podman"), ("GLUE_APP_DEBUG", "yes")],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({name: value})


def test_settings_have_working_defaults() -> None:
    assert Settings.from_environment({"EDGE_PORT": ""}) == Settings()
