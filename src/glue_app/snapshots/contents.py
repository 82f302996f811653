"""What a snapshot says of itself (`snapshot.json`), and what of that can be believed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

FORMAT = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME, _LONGEST_PATH = 255, 1024  # bytes


@dataclass(frozen=True)
class Contents:
    """What a snapshot holds. `files`: path → (sha256, mode); `folders` may be empty ones."""

    name: str
    created_at: str  # ISO 8601, UTC
    generation: str
    versions: dict[str, str]
    inventory: dict[str, dict[str, str]]  # kind → id → digest or state
    files: dict[str, tuple[str, int]]
    folders: dict[str, int] = field(default_factory=dict)
    format: int = FORMAT


class ContentsError(ValueError):
    """The text is no contents; says which part of it."""


def parse(text: bytes) -> Contents:
    """Raise ContentsError: whatever it returns can be relied on, also as names below a folder."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ContentsError(f"it is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise ContentsError("it is no JSON object")
    _require_format(found.get("format"))
    known = {one.name for one in fields(Contents)}
    missing, strange = known - {"folders"} - set(found), set(found) - known
    if missing or strange:
        raise ContentsError(f"fields are missing or strange: {', '.join(sorted(missing | strange))[:100]}")
    for name, holds in _RULES.items():
        if name in found and not holds(found[name]):
            raise ContentsError(f"{name} is not what it should be")
    found["files"] = {path: (digest, mode) for path, (digest, mode) in found["files"].items()}
    _require_tree(found["files"], found.get("folders", {}))
    return Contents(**found)


def _require_format(found: object) -> None:
    if type(found) is not int:
        raise ContentsError("format is not what it should be")
    if found != FORMAT:
        raise ContentsError(f"it has format {str(found)[:20]}, this version reads {FORMAT}")


def _require_tree(files: Mapping[str, Any], folders: Mapping[str, Any]) -> None:
    """No file is a folder too, or lies below a file."""
    above = {str(parent) for path in chain(files, folders) for parent in PurePosixPath(path).parents}
    for path in files:
        if path in above or path in folders:
            raise ContentsError(f"{path!a} is both a file and a folder")


def _is_path(text: object) -> bool:
    """Below the folder that it is put into, whichever system reads it."""
    if not isinstance(text, str) or not text.isprintable() or "\\" in text:
        return False
    try:
        encoded = text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    parts = PurePosixPath(text).parts
    whole = "/".join(parts) == text and ".." not in parts and text != "."
    return (
        whole
        and not text.startswith("/")
        and 0 < len(encoded) <= _LONGEST_PATH
        and all(len(part.encode()) <= _LONGEST_NAME for part in parts)
    )


def _is_mode(value: object) -> bool:
    return type(value) is int and 0 <= value <= 0o777


def _is_file(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and _SHA256.fullmatch(value[0]) is not None
        and _is_mode(value[1])
    )


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


_RULES: dict[str, Callable[[Any], bool]] = {
    "name": lambda value: isinstance(value, str),
    "created_at": _is_moment,
    "generation": lambda value: isinstance(value, str),
    "versions": _texts,
    "inventory": lambda value: isinstance(value, dict) and all(map(_texts, value.values())),
    "files": lambda value: (
        isinstance(value, dict) and all(map(_is_path, value)) and all(map(_is_file, value.values()))
    ),
    "folders": lambda value: (
        isinstance(value, dict) and all(map(_is_path, value)) and all(map(_is_mode, value.values()))
    ),
}
