"""uv: finds or gets it, and calls it with this project's settings."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from glue_app.bootstrap import find_python
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError, MissingProgramError
from glue_app.bootstrap.layout import REQUIREMENTS
from glue_app.bootstrap.process import output, run

OLDEST = (0, 5)
_TITLE = "uv"
# one version by its digests, as a wheel: nothing of it runs before it is checked
_INSTALL = (
    *("install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"),
    *("--require-hashes", "--requirement", str(REQUIREMENTS / "uv.txt")),
)


def version_of(uv: Path) -> tuple[int, ...] | None:
    """Return it as (0, 13, 9); None when it doesn't run."""
    printed = output([uv, "--version"])  # as: uv 0.13.9 (x86_64-unknown-linux-gnu)
    try:
        return tuple(int(n) for n in (printed or "").split()[1].split("."))
    except (IndexError, ValueError):
        return None


def find(tools: Path) -> Path | None:
    """On PATH, where its installers put it, or ours."""
    places = [shutil.which("uv"), str(Path.home() / ".local/bin/uv"), str(Path.home() / ".cargo/bin/uv")]
    places += ["/opt/homebrew/bin/uv", str(tools / "uv-venv/bin/uv"), str(tools / "uv")]
    for place in dict.fromkeys(p for p in places if p):
        if os.access(place, os.X_OK) and not Path(place).is_dir():
            version = version_of(Path(place))
            if version and version >= OLDEST:
                return Path(place)
    return None


def install(tools: Path, log: Path, console: Console) -> Path:
    """With pip into an environment of its own (`.tools/uv-venv`)."""
    folder = tools / "uv-venv"
    problems = []
    pythons = [Path(sys.executable), find_python.find("3.13", "3.12", "3.11", "3.10", "3.9")]
    for python in dict.fromkeys(p for p in pythons if p):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            run([python, "-m", "venv", folder], log, console, _TITLE)
            run([folder / "bin/python", "-m", "pip", *_INSTALL], log, console, _TITLE)
        except BootstrapError as e:  # Debian's python3 without python3-venv, for one
            problems.append(e.problem)
            continue
        return folder / "bin/uv"
    raise MissingProgramError(
        "uv isn't there and can't be installed:\n    " + "\n    ".join(problems),
        remedy="install uv (brew install uv, pipx install uv), or python3-venv and python3-pip; try again",
        log=log,
    )


def environment(tools: Path) -> dict[str, str]:
    """Variables for every call of uv: no active environment, patience with slow networks, a mirror if set."""
    env = {
        k: v
        for k, v in os.environ.items()
        if k not in ("VIRTUAL_ENV", "PYTHONPATH", "UV_PYTHON", "PYTHONHOME")
    }
    env.setdefault("UV_HTTP_TIMEOUT", "120")
    env["UV_PYTHON_INSTALL_DIR"] = str(tools / "python")
    env["UV_NO_CONFIG"] = "1"
    env["UV_NO_PROGRESS"] = "1"
    if env.get("PIP_INDEX_URL"):  # a company's mirror, set for pip: uv reads its own variable only
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    if not os.access(Path.home(), os.W_OK):
        env.setdefault("UV_CACHE_DIR", str(tools / "uv-cache"))
    return env


def install_python(
    uv: Path, version: str, tools: Path, log: Path, console: Console, title: str
) -> Path | None:
    """Return a Python that uv knows of, else one that it downloads; None where it can't."""
    env = dict(environment(tools), UV_HTTP_TIMEOUT="20")
    for arguments in (["python", "find", "--no-python-downloads", version], ["python", "install", version]):
        try:
            run([uv, *arguments], log, console, title, env)
        except BootstrapError:
            continue
        found = sorted(tools.glob(f"python/cpython-{version}.*/bin/python{version}"), reverse=True)
        if arguments[1] == "find":
            asked = output([uv, *arguments, "--offline"])
            found = [Path(asked)] if asked else []
        for python in found:
            if find_python.works(python, version):
                return python
    return None
