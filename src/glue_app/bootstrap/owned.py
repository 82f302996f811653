"""The folders that the commands make, each with a marker: nothing in a folder without one is touched.

A folder that the user names (GLUE_APP_STATE=~/Documents) may hold anything, files of names that we use among
it. The default ones in this checkout are ours without a marker: there was none in earlier versions. Nothing
is removed but what we put there, by its name; symbolic links are removed themselves, never what they lead to.
Runs on Python 3.8.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.installed import MARKER
from glue_app.bootstrap.layout import ROOT

_HALF_MARKER = re.compile(r"\.glue-app\.\d+")


@dataclass(frozen=True)
class Kind:
    """A sort of folder. `entries`: patterns of what we put there; `default`: its place below this checkout;
    `private`: for nobody else on this machine to read.
    """

    name: str
    setting: str
    entries: tuple[str, ...]
    default: str
    private: bool


STATE = Kind(
    "state",
    "GLUE_APP_STATE",
    (
        *("run", "logs", "glue", "rds", "datasets", "terraform", "saves", "s3", "localstack", "cache"),
        *("env.sh", ".env.sh.*", "env-off.sh", ".env-off.sh.*", "e2e.json"),
        *("gold-authority.pem", ".gold-authority.pem.*"),
        *("bin/terraform", "bin/.terraform.*", "aws/config", "aws/credentials", "aws/.c*.*"),
        *("replaced", "left-behind", "discarded-*", "spark-training"),
        *("snapshot.part", "restore.part", "inventory.part"),
    ),
    ".state",
    private=True,
)
TOOLS = Kind(
    "tools",
    "GLUE_APP_TOOLS",
    (
        *("stamps", "lock", "logs", "uv", "uv-venv", "uv-cache", "python", "python-*", ".python-*", "host"),
        *("glue-*", "localstack-catalog", "jre", ".jre.new", "ivy", ".pyspark.new", "job-modules", "wheels"),
        *("jars", "postgres", ".postgres-jar", "terraform-providers", ".terraform-providers.new", "docker"),
        *("terraform.rc", ".terraform.rc.*", "terraform-check", "spark-archive"),
        *("session-manager-plugin", ".session-manager-plugin.new"),
    ),
    ".tools",
    private=False,  # containers of another user read from it
)
SNAPSHOTS = Kind(
    "snapshots",
    "GLUE_APP_SNAPSHOTS",
    ("*.snapshot.tar.gz", ".*.snapshot.tar.gz.part"),
    ".snapshots",
    private=True,
)
DIST = Kind("dist", "", ("pipeline.zip", ".pipeline.*", "wheels"), "glue/dist", private=False)


class NotOursError(BootstrapError):
    """The folder holds something, and nothing says that we made it. It was not touched."""

    def __init__(self, folder: Path, kind: Kind, why: str) -> None:
        setting = f"set {kind.setting} to a folder that is not there yet" if kind.setting else "move it away"
        super().__init__(
            f"{folder} {why}: nothing in it was touched",
            remedy=f"{setting}; or, should it be one of glue-app's that was made before it had a marker: "
            f"echo '{json.dumps({'kind': kind.name})}' > {folder / MARKER}",
        )
        self.folder = folder


def require(folder: Path, kind: Kind) -> None:
    """Raise NotOursError, unless `folder` is ours, empty or not there."""
    try:
        entries = sorted(name for name in os.listdir(folder) if not _HALF_MARKER.fullmatch(name))
    except FileNotFoundError:
        if folder.is_symlink():
            raise NotOursError(folder, kind, "is a link that leads nowhere") from None
        return
    except NotADirectoryError:
        raise NotOursError(folder, kind, "is no folder") from None
    if not entries:
        return
    made_as = _made_as(folder)
    if made_as == kind.name or (not made_as and _is_default(folder, kind)):
        return
    if made_as:
        raise NotOursError(folder, kind, f"is glue-app's folder of {made_as}, not of {kind.name}")
    raise NotOursError(folder, kind, f"was not made by glue-app, and holds {_some(entries)}")


def claim(folder: Path, kind: Kind) -> None:
    """Make it, or take over what `require` allows; from now on it bears the marker. Raise NotOursError."""
    require(folder, kind)
    made = not folder.exists()
    if made:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700 if kind.private else 0o777, exist_ok=True)
    marker = folder / MARKER
    if not marker.exists():
        content = {
            "kind": kind.name,
            "made": made,
            "about": "glue-app keeps its files here; its own entries are removed by `make clean`",
        }
        new = folder / f"{MARKER}.{os.getpid()}"
        new.write_text(json.dumps(content) + "\n", encoding="utf-8")
        os.replace(new, marker)


def clear(folder: Path, kind: Kind, keep: Iterable[Path] = ()) -> list[str]:
    """Remove what we put there, then the folder if we made it and it is empty; names of what stays.

    keep: places of the user's choice (snapshots, say), which are spared wherever they lie.
    """
    require(folder, kind)
    if not folder.is_dir():
        return []
    spared = [Path(os.path.realpath(path)) for path in keep]
    for pattern in kind.entries:
        for entry in sorted(folder.glob(pattern)):
            nested = entry.parent != folder
            if any(_holds(entry, path) for path in spared) or (nested and entry.parent.is_symlink()):
                continue
            remove(entry)
            if nested and not any(entry.parent.iterdir()):
                entry.parent.rmdir()
    markers = [entry for entry in folder.iterdir() if _is_marker(entry.name)]
    left = sorted(entry.name for entry in folder.iterdir() if entry not in markers)
    if left:
        return left
    made = _marker(folder).get("made", True)  # without a marker: one of before there were any
    for marker in markers:
        marker.unlink()
    if made and not folder.is_symlink():
        folder.rmdir()
    return []


def remove(path: Path) -> None:
    """Remove as much of it as can be; of a symbolic link the link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    elif path.is_symlink() or path.exists():
        path.unlink()


def _made_as(folder: Path) -> str:
    return str(_marker(folder).get("kind", ""))


def _marker(folder: Path) -> dict:  # type: ignore[type-arg]  # Python 3.8
    try:
        content = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_marker(name: str) -> bool:
    return name == MARKER or _HALF_MARKER.fullmatch(name) is not None


def _is_default(folder: Path, kind: Kind) -> bool:
    """Whether it is the folder in this checkout, or lies in ours for the tests' stacks (`.state/test`)."""
    real, default = Path(os.path.realpath(folder)), Path(os.path.realpath(ROOT / kind.default))
    return real == default or Path(os.path.realpath(ROOT / STATE.default)) in real.parents


def _holds(entry: Path, path: Path) -> bool:
    real = Path(os.path.realpath(entry))
    return not entry.is_symlink() and (path == real or real in path.parents)


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
