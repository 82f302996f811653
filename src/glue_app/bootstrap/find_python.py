"""Finds a Python of an exact minor version, on PATH or off it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from glue_app.bootstrap.layout import REQUIREMENTS, data_home
from glue_app.bootstrap.process import output

# pyenv's shims answer "command not found" for versions that are installed but not selected: so ask it.
_PROBE = "import sys, ssl, ctypes, venv, zlib; print('%d.%d.%d' % sys.version_info[:3])"


def candidates(version: str) -> Iterator[Path]:
    """Places where Python `version` (as `3.10`) may be, likeliest first; some may not exist or not work."""
    name = f"python{version}"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder and os.access(Path(folder, name), os.X_OK):
            yield Path(folder, name)
    for root in _pyenv_roots():
        yield from sorted(root.glob(f"versions/{version}.*/bin/{name}"), reverse=True)
    for folder in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", str(Path.home() / ".local/bin")):
        yield Path(folder, name)
    yield from Path("/opt/homebrew/opt").glob(f"python@{version}/bin/{name}")
    yield Path("/Library/Frameworks/Python.framework/Versions", version, "bin", name)
    yield from sorted((data_home() / "uv/python").glob(f"cpython-{version}.*/bin/{name}"), reverse=True)
    for conda in ("CONDA_PREFIX", "CONDA_ROOT"):
        if os.environ.get(conda):
            yield Path(os.environ[conda], "bin", name)


def _pyenv_roots() -> list[Path]:
    roots = [Path(os.environ["PYENV_ROOT"])] if os.environ.get("PYENV_ROOT") else []
    roots.append(Path.home() / ".pyenv")
    if shutil.which("pyenv"):
        asked = output(["pyenv", "root"])
        if asked:
            roots.append(Path(asked))
    return list(dict.fromkeys(roots))


def maven_list(version: str) -> Path:
    """Names a Python of Maven Central for machines that get none otherwise; not every version has one."""
    return REQUIREMENTS / f"python{version.replace('.', '')}.txt"


def works(python: Path, version: str) -> str | None:
    """Return its full version; None when it doesn't run, isn't `version` or can make no environments."""
    if not os.access(python, os.X_OK):
        return None
    full = output([python, "-I", "-c", _PROBE])
    return full if full and full.startswith(version + ".") else None


def find(*versions: str) -> Path | None:
    """Return the first working Python of the first version that has one."""
    for version in versions:
        for python in candidates(version):
            if works(python, version):
                return python
    return None
