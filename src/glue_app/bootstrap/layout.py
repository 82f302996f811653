"""Where things lie."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src"
REQUIREMENTS = ROOT / "requirements"


def tools_dir() -> Path:
    """Toolchains and environments: GLUE_APP_TOOLS, or `.tools` in the repository."""
    return Path(os.environ.get("GLUE_APP_TOOLS") or ROOT / ".tools").absolute()


def python_path(*more: str | Path) -> str:
    """The PYTHONPATH of what runs in the repository: the package, `tests` and the like, the job's modules."""
    return os.pathsep.join(str(folder) for folder in (SOURCE, ROOT, ROOT / "glue", *more))


def system() -> tuple[str, str]:
    """This machine as (`linux` or `darwin`, `amd64` or `arm64`), Go's and Terraform's names."""
    machine = platform.machine().lower()
    architecture = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    return sys.platform, architecture.get(machine, machine)


def data_home() -> Path:
    """Where programs of this user keep their data (the XDG convention)."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
