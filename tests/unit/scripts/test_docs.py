"""The Makefile and the README name every target and every setting, and no file names this machine."""

from __future__ import annotations

import re
import subprocess

import pytest

from glue_app.bootstrap.layout import ROOT
from glue_app.settings import SettingError, Settings

TARGETS = (
    "up", "start", "down", "status", "doctor", "apply", "e2e", "run", "logs", "psql", "env", "package",
    "test", "check", "docs", "bench", "lock", "clean",
)  # fmt: skip


def test_make_alone_prints_every_target() -> None:
    shown = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [t for t in TARGETS if not re.search(rf"^  make {t} ", shown, re.MULTILINE)] == []
    assert shown.count("\n\n") >= 3  # in sections


@pytest.mark.parametrize(
    ("name", "value"),
    [("EDGE_PORT", "http"), ("EDGE_PORT", "70000"), ("ENGINE", "podman"), ("GLUE_APP_DEBUG", "yes")],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({name: value})


def test_settings_have_working_defaults() -> None:
    assert Settings.from_environment({"EDGE_PORT": ""}) == Settings()
