"""Where things lie: in a clone, or for a glue-app that was installed. Decided here, once."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from glue_app.bootstrap import installed

ROOT = installed.tree() if installed.is_installed() else installed.PACKAGE.parents[1]
"""The repository's layout: a clone, or the tree that an installed glue-app lays out in the user's cache."""

IN_CLONE = not installed.is_installed() and not (ROOT / installed.MARKER).is_file()
SOURCE = ROOT / "src"
REQUIREMENTS = ROOT / "requirements"

WORKSPACE = ROOT if IN_CLONE else Path.cwd()
"""What `.state` and `.snapshots` lie in: the clone, or the folder where an installed glue-app is called."""

TOOLS = ROOT / ".tools" if IN_CLONE else installed.cache() / "tools"
"""Toolchains and environments, where GLUE_APP_TOOLS says nothing else."""


def project(workspace: Path = WORKSPACE, root: Path = ROOT) -> Path:
    """Whose `infra/` and `glue/` are used: the workspace's where it has both, else ours."""
    own = (workspace / "glue" / "bronze_to_gold.py").is_file() and any((workspace / "infra").glob("*.tf"))
    return workspace if own else root


PROJECT = project()


def tools_dir() -> Path:
    """Toolchains and environments: GLUE_APP_TOOLS, or the default."""
    return Path(os.environ.get("GLUE_APP_TOOLS") or TOOLS).absolute()


def python_path(*more: str | Path) -> str:
    """Return the PYTHONPATH in the repository: the package, `tests` and the like, the job's modules."""
    return os.pathsep.join(str(folder) for folder in (SOURCE, ROOT, PROJECT / "glue", *more))


def system() -> tuple[str, str]:
    """Return this machine as (`linux` or `darwin`, `amd64` or `arm64`), Go's and Terraform's names."""
    machine = platform.machine().lower()
    architecture = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    return sys.platform, architecture.get(machine, machine)


def data_home() -> Path:
    """Where programs of this user keep their data (the XDG convention)."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
