"""`glue/dist` is the same bytes for the same sources."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from glue_app import package


def sources(root: Path) -> Path:
    """A package, a cache beside it, and a folder of wheels."""
    for name, text in (("__init__.py", ""), ("gold/__init__.py", "x = 1\n"), ("__pycache__/a.pyc", "junk")):
        path = root / "glue/pipeline" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "wheels").mkdir(exist_ok=True)
    (root / "wheels/a-1-py3-none-any.whl").write_bytes(b"wheel")
    return root


def test_times_and_order_leave_no_trace(tmp_path: Path) -> None:
    first, second = sources(tmp_path / "a"), sources(tmp_path / "b")
    for path in (second / "glue/pipeline").rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    one = package.build(first / "wheels", "4.0", first / "glue") / "pipeline.zip"
    two = package.build(second / "wheels", "4.0", second / "glue") / "pipeline.zip"
    assert one.read_bytes() == two.read_bytes()


def test_the_zip_holds_the_package_and_no_caches(tmp_path: Path) -> None:
    root = sources(tmp_path)
    dist = package.build(root / "wheels", "4.0", root / "glue")
    names = zipfile.ZipFile(dist / "pipeline.zip").namelist()
    assert names == ["pipeline/__init__.py", "pipeline/gold/__init__.py"]


def test_a_wheel_that_is_no_longer_wanted_goes(tmp_path: Path) -> None:
    root = sources(tmp_path)
    package.build(root / "wheels", "4.0", root / "glue")
    (root / "wheels/a-1-py3-none-any.whl").rename(root / "wheels/a-2-py3-none-any.whl")
    dist = package.build(root / "wheels", "4.0", root / "glue")
    assert [p.name for p in (dist / "wheels/4.0").iterdir()] == ["a-2-py3-none-any.whl"]


def test_unchanged_files_are_not_touched(tmp_path: Path) -> None:
    root = sources(tmp_path)
    dist = package.build(root / "wheels", "4.0", root / "glue")
    before = {path: path.stat().st_mtime_ns for path in dist.rglob("*") if path.is_file()}
    package.build(root / "wheels", "4.0", root / "glue")
    assert {path: path.stat().st_mtime_ns for path in dist.rglob("*") if path.is_file()} == before


def test_the_wheels_of_another_glue_version_are_left_alone(tmp_path: Path) -> None:
    root = sources(tmp_path)
    package.build(root / "wheels", "4.0", root / "glue")
    (root / "wheels/a-1-py3-none-any.whl").rename(root / "wheels/b-1-py3-none-any.whl")
    dist = package.build(root / "wheels", "5.0", root / "glue")
    assert [p.name for p in (dist / "wheels/4.0").iterdir()] == ["a-1-py3-none-any.whl"]
    assert [p.name for p in (dist / "wheels/5.0").iterdir()] == ["b-1-py3-none-any.whl"]
    assert package.wheels_of_other_versions("5.0", root / "glue") == [dist / "wheels/4.0"]
