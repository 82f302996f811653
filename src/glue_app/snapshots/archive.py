"""The file of a snapshot: a gzipped tar whose first members say what the others are.

snapshot.json   `Contents`: digests of all that follows, versions, the inventory
signature       HMAC-SHA256 of snapshot.json by the key of this user (`signing`)
save/ s3/ rds/ terraform/ …   the files, as they lie in a state folder

Nothing of it is read as code before its digest has been checked.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO

from glue_app.snapshots import signing
from glue_app.snapshots.contents import FORMAT, Contents, ContentsError, parse
from glue_app.snapshots.errors import SnapshotDamagedError

__all__ = ["FORMAT", "SUFFIX", "Contents", "describe", "extract", "read_contents", "write"]

SUFFIX = ".snapshot.tar.gz"
_CONTENTS, _SIGNATURE = "snapshot.json", "signature"
_LARGEST_CONTENTS = 64 << 20
_BLOCK = 1 << 20
_BROKEN = (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, OverflowError)


def write(file: Path, contents: Contents, folder: Path) -> None:
    """Write `folder` beside `file` and rename it: a snapshot is there whole or not at all."""
    text = json.dumps(asdict(contents), ensure_ascii=False).encode()
    parse(text)  # what could not be read back is not written
    part = file.with_name(f".{file.name}.part")
    try:
        with part.open("wb") as raw:
            os.fchmod(raw.fileno(), 0o600)  # it holds secrets and keys
            with (
                gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
            ):
                _add(tar, _CONTENTS, text)
                _add(tar, _SIGNATURE, signing.sign(text).encode())
                for path in contents.files:
                    tar.add(folder / path, path, recursive=False)
            raw.flush()
            os.fsync(raw.fileno())
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)


def describe(folder: Path) -> tuple[dict[str, tuple[str, int]], dict[str, int]]:
    """(files, folders) of `folder` for `Contents`, paths relative to it. Symbolic links are left out."""
    files: dict[str, tuple[str, int]] = {}
    folders: dict[str, int] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            continue
        mode = path.stat().st_mode & 0o777
        if path.is_dir():
            folders[name] = mode
        elif path.is_file():
            with path.open("rb") as source:
                files[name] = (hashlib.file_digest(source, "sha256").hexdigest(), mode)
    return files, folders


def read_contents(file: Path) -> tuple[Contents, bool]:
    """Return what the file says it holds, and whether this user wrote it. Raise SnapshotDamagedError."""
    with _Opened(file) as opened:
        return _contents(file, opened.tar)


def extract(file: Path, into: Path) -> Contents:
    """Unpack everything into the empty folder `into`, each file checked. Raise SnapshotDamagedError."""
    with _Opened(file) as opened:
        contents, _ = _contents(file, opened.tar)
        for name, mode in contents.folders.items():
            _inside(file, into, name).mkdir(parents=True, exist_ok=True)
            _inside(file, into, name).chmod(mode | 0o700)
        missing = dict(contents.files)
        for member in _rest(opened.tar):
            wanted = missing.pop(member.name, None)
            source = opened.tar.extractfile(member) if member.isreg() else None
            if wanted is None or source is None:
                raise SnapshotDamagedError(file, f"it holds {_short(member.name)}, which it doesn't declare")
            digest, mode = wanted
            _copy(file, source, _inside(file, into, member.name), digest, mode)
        opened.drain()
    if missing:
        raise SnapshotDamagedError(file, f"{_short(next(iter(missing)))} is missing")
    return contents


class _Opened:
    """The tar, with every way in which a file can be none turned into SnapshotDamagedError."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> _Opened:
        try:
            self._packed = gzip.open(self._file, "rb")
            self.tar = tarfile.open(fileobj=self._packed, mode="r|")
        except _BROKEN as error:
            raise SnapshotDamagedError(self._file, _short(str(error))) from error
        return self

    def drain(self) -> None:
        """Read to the end of the packed file, where its checksum is: nothing but padding may lie there."""
        left = 0
        while block := self._packed.read(_BLOCK):
            left += len(block)
            if left > _BLOCK or block.strip(b"\0"):
                raise SnapshotDamagedError(self._file, "something lies behind its end")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self.tar.close()
        self._packed.close()
        if isinstance(error, _BROKEN) and not _of_the_disk(error):
            raise SnapshotDamagedError(self._file, _short(str(error))) from error


def _of_the_disk(error: BaseException) -> bool:
    """Tell whether it is an error of what is written to, not of what is read."""
    return isinstance(error, OSError) and error.errno is not None and error.errno != errno.EINVAL


def _short(text: str) -> str:
    """Return a line at most, as ASCII: what a file says of itself may be anything."""
    return ascii(text)[1:-1][:200]


def _rest(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members not read yet; iterating over the tar would begin with the first."""
    while (member := tar.next()) is not None:
        yield member


def _contents(file: Path, tar: tarfile.TarFile) -> tuple[Contents, bool]:
    text = _next(file, tar, _CONTENTS)
    signature = _next(file, tar, _SIGNATURE).decode("ascii", "replace")
    try:
        return parse(text), signing.is_ours(text, signature)
    except ContentsError as error:
        raise SnapshotDamagedError(file, f"{_CONTENTS} can't be read: {_short(str(error))}") from error


def _next(file: Path, tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.next()
    source = tar.extractfile(member) if member is not None and member.name == name else None
    if member is None or source is None or member.size > _LARGEST_CONTENTS:
        raise SnapshotDamagedError(file, f"it is no snapshot: {name} is not where it belongs")
    return source.read()


def _inside(file: Path, folder: Path, name: str) -> Path:
    path = folder / name
    if ".." in Path(name).parts or Path(name).is_absolute():
        raise SnapshotDamagedError(file, f"{_short(name)} would lie outside")
    return path


def _copy(file: Path, source: IO[bytes], target: Path, digest: str, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    with target.open("wb") as sink:
        while block := source.read(_BLOCK):
            found.update(block)
            sink.write(block)
    if found.hexdigest() != digest:
        raise SnapshotDamagedError(file, f"{target.name} is not what was written")
    target.chmod(mode)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))
