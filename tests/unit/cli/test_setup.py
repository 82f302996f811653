"""What sets the host environment up starts with any Python from 3.8 on, and nothing else."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from glue_app.bootstrap import find_python
from glue_app.bootstrap.layout import SOURCE

_BLOCK = "import sys; sys.modules['typer'] = sys.modules['click'] = sys.modules['rich'] = None; "
_SHOW = "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('glue_app')), sep='\\n')"


def sources() -> list[Path]:
    """The modules that it imports: those of the package, without any that has to be installed."""
    done = subprocess.run(
        [sys.executable, "-c", f"{_BLOCK}import glue_app.cli.setup; {_SHOW}"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(SOURCE)},
    )
    assert done.returncode == 0, done.stderr
    return [Path(line) for line in done.stdout.splitlines()]


def test_it_imports_no_more_than_python_has() -> None:
    """The bootstrap, the doctor, and how a command ends."""
    names = {path.name for path in sources()}
    assert {"setup.py", "entry.py", "runner.py", "doctor.py", "settings.py"} <= names


def test_it_is_python_3_8() -> None:
    for path in sources():
        source = path.read_text(encoding="utf-8")
        ast.parse(source, feature_version=(3, 8))
        assert "from __future__ import annotations" in source or path.name == "__init__.py", path
        assert not re.search(r"\.(removeprefix|removesuffix)\(|slots=True|strict=", source), path


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10"])
def test_it_runs_with_an_old_python(version: str, tmp_path: Path) -> None:
    """Where this machine has one."""
    python = find_python.find(version)
    if not python:
        pytest.skip(f"no Python {version} here")
    done = subprocess.run(
        [python, "-m", "glue_app.cli.setup", "doctor"],
        env=os.environ | {"PYTHONPATH": str(SOURCE), "GLUE_APP_TOOLS": str(tmp_path / "tools")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert f"found    Python for scripts      {version}." in done.stdout, done.stderr
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
