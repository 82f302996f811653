"""A Python of this machine as a tar for /usr/local of an image: Debian bookworm has 3.11 only."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

from glue_app.bootstrap import find_python, uv
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import MissingProgramError
from glue_app.bootstrap.process import output
from glue_app.bootstrap.toolchain import Toolchain

# EXTERNALLY-MANAGED: in an image it is pip's to manage
_LEFT_OUT = (
    "test", "tests", "__pycache__", "idlelib", "tkinter", "turtledemo", "site-packages", "EXTERNALLY-MANAGED",
)  # fmt: skip


def adding(version: str, jars: bool = False) -> Callable[[Path, Path, Console], None]:
    """Return what puts python.tar, and the jars that Spark has on Glue, into a build context."""

    def add(context: Path, tools: Path, console: Console) -> None:
        pack(prefix_of(version, tools, console), version, context / "python.tar")
        if jars:
            shutil.copytree(Toolchain.load(tools).jars, context / "jars")

    return add


def prefix_of(version: str, tools: Path, console: Console) -> Path:
    """Return the folder of a Python that is no part of the system's own, as those of pyenv and uv are."""
    known = Toolchain.load(tools).python_glue if version == "3.10" else ""
    for python in [*find_python.candidates(version), *([Path(known)] if known else [])]:
        prefix = _prefix(python, version)
        if prefix:
            return prefix
    manager = uv.find(tools)
    log = tools / "logs" / "python.log"
    python_of_uv = manager and uv.install_python(manager, version, tools, log, console, f"Python {version}")
    prefix = _prefix(python_of_uv, version) if python_of_uv else None
    if not prefix:
        raise MissingProgramError(
            f"no Python {version} that can be copied into an image (the system's own can't)",
            remedy=f"pyenv install {version}, or uv python install {version}",
        )
    return prefix


def _prefix(python: Path, version: str) -> Path | None:
    if not find_python.works(python, version):
        return None
    asked = output([python, "-I", "-c", "import sys; print(sys.base_prefix)"])
    own = asked and asked not in ("/usr", "/") and Path(asked, f"lib/python{version}/os.py").is_file()
    return Path(asked) if asked and own else None


def pack(prefix: Path, version: str, tar: Path) -> None:
    """Program, shared library and standard library, without tests, Tk and what was installed into it."""
    with tarfile.open(tar, "w") as archive:
        program = prefix / "bin" / f"python{version}"
        archive.add(program.resolve(), f"bin/python{version}")
        for part in sorted(prefix.glob(f"lib/libpython{version}*")):
            archive.add(part, f"lib/{part.name}")
        archive.add(prefix / f"lib/python{version}", f"lib/python{version}", filter=_wanted)


def _wanted(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    names = Path(member.name).parts[2:]
    left_out = any(name in _LEFT_OUT or name.startswith("config-") for name in names)
    if left_out or "_tkinter" in member.name:
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member
