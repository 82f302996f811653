"""Remembers what is done: a stamp a step, written last, valid while its inputs and its files are the same."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def digest_of(parts: Iterable[str | Path]) -> str:
    """One digest of texts and of the contents of files (a missing file counts as empty)."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(_bytes_of(part)).digest())
    return total.hexdigest()


def _bytes_of(part: str | Path) -> bytes:
    if isinstance(part, str):
        return part.encode()
    return part.read_bytes() if part.is_file() else b""


@dataclass(frozen=True)
class Stamp:
    """`<tools>/stamps/<name>.json`: the inputs' digest, the values the step found, the files it relies on."""

    path: Path
    digest: str
    values: dict[str, str]
    files: tuple[str, ...]

    @classmethod
    def read(cls, tools: Path, name: str) -> Stamp | None:
        """Return the stamp, or None when there is none or a torn one."""
        path = tools / "stamps" / f"{name}.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, data["digest"], data["values"], tuple(data["files"]))
        except (OSError, ValueError, KeyError):
            return None

    @classmethod
    def write(
        cls, tools: Path, name: str, digest: str, values: dict[str, str], files: Iterable[str | Path]
    ) -> Stamp:
        """Write it in one move, so that a kill leaves the old stamp or the new one."""
        stamp = cls(tools / "stamps" / f"{name}.json", digest, values, tuple(str(f) for f in files))
        write_atomically(
            stamp.path, json.dumps({"digest": digest, "values": values, "files": list(stamp.files)}, indent=1)
        )
        return stamp

    def valid_for(self, digest: str) -> bool:
        """Made from these inputs, and every file it relies on is still there?"""
        return self.digest == digest and all(os.path.exists(f) for f in self.files)


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file's content in one move; readers see the old or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as sink:
        sink.write(text)
    os.replace(temporary, path)


def is_held(path: Path) -> bool:
    """Return whether some process holds the lock file `path` (see `exclusive`)."""
    try:
        with path.open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # there is none
        pass
    return False


@contextmanager
def exclusive(
    path: Path, on_wait: str, say: Callable[[str], None] | None = None, with_children: bool = False
) -> Iterator[None]:
    """Hold the lock file `path`; when another process holds it, say so (`say(on_wait)`) and wait.

    The kernel lets go of the lock when its holder dies, however it dies; `with_children`, when the programs
    it started have ended too (they must be started with close_fds=False).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if say is not None:
                say(on_wait)
            fcntl.flock(handle, fcntl.LOCK_EX)
        os.set_inheritable(handle.fileno(), with_children)
        yield
