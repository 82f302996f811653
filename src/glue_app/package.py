"""Builds `glue/dist`, which Terraform uploads: the job's package and its wheels.

The wheels lie by version of Glue: the other version's, of another stack maybe, are left alone.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

from glue_app import glue_versions
from glue_app.bootstrap import owned
from glue_app.bootstrap.layout import PROJECT
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings

GLUE = PROJECT / "glue"
DIST = GLUE / "dist"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: the same sources give the same bytes


def build(wheels: Path, glue_version: str, glue: Path = GLUE) -> Path:
    """`glue/dist` with `pipeline.zip` and `wheels/<Glue version>/*.whl`; unchanged files keep their time."""
    dist = glue / "dist"
    owned.claim(dist, owned.DIST)
    own = dist / "wheels" / glue_version
    own.mkdir(parents=True, exist_ok=True)
    work = dist / f".pipeline.{os.getpid()}"
    zip_package(glue / "pipeline", work)
    _replace_if_changed(work, dist / "pipeline.zip")
    wanted = {wheel.name for wheel in wheels.glob("*.whl")}
    for old in own.iterdir():
        if old.name not in wanted:
            old.unlink()
    for name in sorted(wanted):
        copy = own / f".{name}.{os.getpid()}"
        shutil.copyfile(wheels / name, copy)
        _replace_if_changed(copy, own / name)
    return dist


def wheels_of_other_versions(glue_version: str, glue: Path = GLUE) -> list[Path]:
    """Return the folders of `glue/dist` that an apply for this version of Glue doesn't read."""
    return [glue / "dist" / "wheels" / other for other in glue_versions.VERSIONS if other != glue_version]


def zip_package(package: Path, target: Path) -> None:
    """Zip a Python package: files sorted, times and permissions fixed, no caches."""
    files = sorted(
        path
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files:
            entry = zipfile.ZipInfo(str(path.relative_to(package.parent)), _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def _replace_if_changed(new: Path, target: Path) -> None:
    if target.is_file() and target.read_bytes() == new.read_bytes():
        new.unlink()
    else:
        os.replace(new, target)


def show(settings: Settings) -> None:
    """Build and say what is in it."""
    toolchain = Toolchain.load(settings.tools, settings.glue_version)
    dist = build(Path(toolchain.wheels), settings.glue_version)
    for path in sorted(p for p in dist.rglob("*") if p.is_file()):
        print(f"{path.stat().st_size:>10}  {path.relative_to(dist.parent.parent)}")
