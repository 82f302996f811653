"""`manifest.json` of a save: what is in it, of which moment, and who can read it.

Standard library only: the developer's commands read saves without LocalStack.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from glue_app.errors import OneLineError

FORMAT = 1
FILE = "manifest.json"
_PACKAGE = Path(__file__).resolve().parents[2]
_PACKAGES = {"glue_app": "glue-app", "localstack": "localstack-core", "moto": "moto-ext"}


class SaveError(OneLineError):
    """A save that cannot be used."""


class SaveDamagedError(SaveError):
    """Raised when a save is not what was written; `file` is the first file that differs."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file, self.reason = file, reason
        super().__init__(f"{file} {reason}", "this save is damaged, take the one before or begin anew")


class SaveIncompatibleError(SaveError):
    """Raised for a sound save of another version of something."""

    def __init__(self, what: str, wanted: str, found: str) -> None:
        self.what, self.wanted, self.found = what, wanted, found
        super().__init__(
            f"the save was written with {what} {found}, here is {wanted}",
            f"use {what} {found} to bring it back, or begin anew",
        )


@dataclass(frozen=True)
class Manifest:
    """What a save holds.

    files: path relative to the save's folder → {"sha256", "bytes"}. blobs: name of each S3 blob the save
    needs → bytes; they lie in `<state>/s3/<first two letters>/<name>`, shared by all saves.
    databases: DbiResourceId → {"identifier", "status"}. terraform: {"serial", "lineage"}, None where
    nothing is applied. inventory: kind → id → digest or state.
    """

    name: str
    generation: str
    created_at: str  # ISO 8601, UTC
    reason: str
    versions: dict[str, str]
    services: list[str]
    files: dict[str, dict[str, Any]]
    blobs: dict[str, int]
    databases: dict[str, dict[str, str]] = field(default_factory=dict)
    terraform: dict[str, Any] | None = None
    inventory: dict[str, dict[str, str]] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def bytes(self) -> int:
        """Of the save's own files, without the blobs."""
        return sum(int(entry["bytes"]) for entry in self.files.values())

    def text(self) -> str:
        """As it is written, with a digest of itself."""
        content = asdict(self)
        return json.dumps({**content, "digest": _digest(content)}, ensure_ascii=False, indent=1)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read a save's manifest. Raises SaveDamagedError; SaveIncompatibleError for another format."""
        file = folder / FILE
        try:
            content = json.loads(file.read_bytes())
            digest, found = content.pop("digest"), content["format"]
        except FileNotFoundError:
            raise SaveDamagedError(file, "is missing") from None
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise SaveDamagedError(file, f"cannot be read ({error})") from error
        if digest != _digest(content):
            raise SaveDamagedError(file, "is not what was written")
        if found != FORMAT:
            raise SaveIncompatibleError("format", str(FORMAT), str(found))
        names = {one.name for one in fields(cls)}
        if set(content) != names:
            raise SaveDamagedError(file, f"has other fields ({', '.join(sorted(set(content) ^ names))})")
        for name, kind in _KINDS.items():
            if not isinstance(content[name], kind):
                raise SaveDamagedError(file, f"has a {name} of another type")
        return cls(**content)


_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("name", "generation", "created_at", "reason"), str),
    **dict.fromkeys(("versions", "files", "blobs", "databases", "inventory"), dict),
    "services": list,
    "terraform": (dict, type(None)),
}


def current_versions(endpoint: str = "") -> dict[str, str]:
    """Return what a save is bound to: it holds pickled objects, and with `endpoint` URLs of that endpoint."""
    versions = {name: importlib.metadata.version(package) for name, package in _PACKAGES.items()}
    versions["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    versions["models"] = _models()
    versions["engine"] = os.environ.get("GLUE_APP_ENGINE") or "embedded"
    return versions | ({"endpoint": endpoint} if endpoint else {})


def model_sources() -> list[Path]:
    """List the sources of all that the services' stores keep; a pickle names their classes."""
    emulator = _PACKAGE / "emulator"
    beside = [emulator / "service" / "scope.py", _PACKAGE / "aws" / "job_run_states.py"]
    return sorted([*emulator.rglob("models.py"), *beside])


@functools.cache
def _models() -> str:
    """Digest of the classes that stores keep: a pickle fits the sources it was written with."""
    kept = hashlib.sha256()
    for source in model_sources():
        kept.update(source.relative_to(_PACKAGE).as_posix().encode() + source.read_bytes())
    return kept.hexdigest()[:12]


def require_versions(manifest: Manifest, wanted: Mapping[str, str]) -> None:
    """Raise SaveIncompatibleError naming the first version of `wanted` that is another."""
    for what, version in wanted.items():
        found = manifest.versions.get(what, "none")
        if found != version:
            raise SaveIncompatibleError(what, version, found)


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
