"""AWS's Session Manager plugin: found, built, or asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from glue_app.bootstrap import session_manager_plugin
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError, MissingProgramError
from glue_app.bootstrap.layout import REQUIREMENTS

NAME = session_manager_plugin.NAME
MODULES = REQUIREMENTS / NAME


def program(path: Path, text: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def get(tools: Path) -> Path:
    return session_manager_plugin.get(tools, tools / "log", Console())


def test_one_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = program(tmp_path / "bin" / NAME)
    built = program(tmp_path / NAME / NAME)
    monkeypatch.setenv("PATH", "/nowhere")
    assert get(tmp_path) == built
    monkeypatch.setenv("PATH", str(installed.parent))
    assert get(tmp_path) == installed


def test_without_go_it_says_where_there_are_installers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingProgramError) as raised:
        get(tmp_path)
    assert "docs.aws.amazon.com" in str(raised.value)
    assert "Go" in str(raised.value)


def test_it_is_built_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that fails leaves nothing that looks like a plugin."""
    go = program(tmp_path / "go" / "go", "exit 1")
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    with pytest.raises(BootstrapError):
        get(tmp_path)
    assert session_manager_plugin.built(tmp_path) is None

    program(
        go, 'while [ "$1" != -o ]; do shift; done; printf "#!/bin/sh\\necho 1.3.0.0\\n" > "$2"; chmod +x "$2"'
    )
    plugin = get(tmp_path)
    assert plugin == session_manager_plugin.built(tmp_path)
    assert session_manager_plugin.version(plugin) == "1.3.0.0"


def test_every_module_has_its_checksum() -> None:
    """Of what is compiled: go.sum names the content of each module that go.mod requires, and its version."""
    required = re.findall(r"^\s*(?:require )?(\S+) (v\S+)", (MODULES / "go.mod").read_text(), re.MULTILINE)
    sums = (MODULES / "go.sum").read_text()
    plugin = [version for name, version in required if name.endswith("/session-manager-plugin")]
    assert len(plugin) == 1
    assert len(required) > 20
    missing = [name for name, version in required if f"{name} {version}/go.mod h1:" not in sums]
    assert missing == []
