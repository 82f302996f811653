"""Terraform's state of this stack (`<state>/terraform/<generation>/`): a save holds it and the emulator's of
one moment."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Any

_STATE, _LOCK = "terraform.tfstate", ".terraform.tfstate.lock.info"
#: files that a save does not hold: what says that an apply is going on
_NOT_KEPT = ("applying", _LOCK)


def at_work(folder: Path) -> bool:
    """Tell whether Terraform changes this stack, or its apply did not end.

    Then the states are not of one moment.
    """
    return (folder / "applying").exists() or ((folder / _LOCK).exists() and _is_locked(folder / _STATE))


def copy(folder: Path, into: Path) -> dict[str, Any] | None:
    """Copy it into the new folder `into`; {"serial", "lineage"} of it, None where there is none."""
    if not folder.is_dir():
        return None
    into.mkdir()
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.name not in _NOT_KEPT and not file.name.endswith(".backup"):
            shutil.copyfile(file, into / file.name)
    try:
        state = json.loads((into / _STATE).read_bytes())
        return {"serial": state["serial"], "lineage": state["lineage"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def lay_out(kept: Path, folder: Path) -> None:
    """Put a save's Terraform state where its generation has it: no other fits the save.

    It belongs to whom the folder above belongs to, who may be another user than we.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if not kept.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(kept, folder)
    owner = folder.parent.stat()
    if owner.st_uid != os.geteuid():
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.st_uid, owner.st_gid)


def _is_locked(state: Path) -> bool:
    """Tell whether a terraform holds the lock of this state.

    One that was killed leaves the file of its lock; the lock itself ends with it.
    """
    try:
        with state.open("rb") as handle:
            fcntl.lockf(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
