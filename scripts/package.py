"""`make package`: builds `glue/dist`, which Terraform uploads: the job's package and its wheels."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from pathlib import Path

from scripts.bootstrap.layout import ROOT
from scripts.bootstrap.toolchain import Toolchain

GLUE = ROOT / "glue"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: the same sources give the same bytes


def build(wheels: Path, glue: Path = GLUE) -> Path:
    """`glue/dist` with `pipeline.zip` and `wheels/*.whl`, made anew; unchanged files keep their time."""
    dist = glue / "dist"
    (dist / "wheels").mkdir(parents=True, exist_ok=True)
    work = dist / f".pipeline.{os.getpid()}"
    zip_package(glue / "pipeline", work)
    _replace_if_changed(work, dist / "pipeline.zip")
    wanted = {wheel.name for wheel in wheels.glob("*.whl")}
    for old in (dist / "wheels").iterdir():
        if old.name not in wanted:
            old.unlink()
    for name in sorted(wanted):
        copy = dist / "wheels" / f".{name}.{os.getpid()}"
        shutil.copyfile(wheels / name, copy)
        _replace_if_changed(copy, dist / "wheels" / name)
    return dist


def zip_package(package: Path, target: Path) -> None:
    """A zip of a Python package: files sorted, times and permissions fixed, no caches."""
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


def main() -> int:
    """Build and say what is in it."""
    dist = build(Path(Toolchain.load().wheels))
    for path in sorted(p for p in dist.rglob("*") if p.is_file()):
        print(f"{path.stat().st_size:>10}  {path.relative_to(dist.parent.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
