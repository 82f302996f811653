"""What an installed glue-app works with lies in the user's cache: whole, its own, and never changed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from glue_app.bootstrap import installed, layout
from glue_app.bootstrap.installed import MARKER, NotOursTreeError, lay_out, tree


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """glue_app as an installer puts it into site-packages."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "site-packages" / "glue_app"
    for name in ("__init__.py", "cli/app.py", "cli/__pycache__/app.pyc", "assets/infra/a.tf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "assets" / "pyproject.toml").touch()
    return folder


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_package_in_a_repository_is_not_installed(tmp_path: Path, package: Path) -> None:
    assert not installed.is_installed()
    assert installed.is_installed(package)
    to = tree(package)
    lay_out(to, package)
    assert not installed.is_installed(to / "src" / "glue_app")


def test_it_lies_as_in_the_repository(package: Path) -> None:
    to = tree(package)
    lay_out(to, package)
    there = {"src/glue_app/__init__.py", "src/glue_app/cli/app.py", "infra/a.tf", "pyproject.toml", MARKER}
    assert files(to) == there
    assert [path.name for path in to.parent.iterdir() if path != to] == ["lock"]


def test_others_read_it_and_do_not_write_to_it(package: Path) -> None:
    """Containers run as other users. Whatever umask there is."""
    before = os.umask(0o002)
    try:
        lay_out(to := tree(package), package)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (to, *to.rglob("*"))} == {0o755, 0o644}


def test_other_contents_are_another_tree(package: Path) -> None:
    """One that a stack works with stays as it is."""
    before = tree(package)
    lay_out(before, package)
    (before / "glue").mkdir()
    (before / "glue" / "dist").touch()
    lay_out(before, package)
    (package / "assets" / "infra" / "a.tf").write_text("changed")
    (package / "cli" / "__pycache__" / "app.pyc").write_text("compiled anew")
    after = tree(package)
    lay_out(after, package)
    assert after != before
    assert (before / "glue" / "dist").exists()
    assert (before / "infra" / "a.tf").read_text() == "assets/infra/a.tf"
    assert (after / "infra" / "a.tf").read_text() == "changed"


def test_compiled_files_make_no_difference(package: Path) -> None:
    before = tree(package)
    (package / "cli" / "__pycache__" / "more.pyc").touch()
    assert tree(package) == before


def test_what_was_killed_half_way_is_made_anew(package: Path) -> None:
    to = tree(package)
    half = to.with_name(f".{to.name}.new")
    (half / "src").mkdir(parents=True)
    (half / "rest").touch()
    lay_out(to, package)
    assert "rest" not in files(to)
    assert not half.exists()


def test_several_at_a_time_make_one(package: Path) -> None:
    to = tree(package)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: lay_out(to, package), range(8)))
    assert len(files(to)) == 5


def test_what_others_can_write_to_is_not_run(package: Path) -> None:
    to = tree(package)
    lay_out(to, package)
    to.chmod(0o777)
    with pytest.raises(NotOursTreeError, match=r"can be written to by others: nothing in it was used"):
        lay_out(to, package)


def test_what_belongs_to_another_user_is_not_run(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = tree(package)
    lay_out(to, package)
    monkeypatch.setattr(os, "geteuid", lambda: to.stat().st_uid + 1)
    with pytest.raises(NotOursTreeError, match="belongs to another user"):
        lay_out(to, package)


def test_a_relative_cache_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    assert installed.cache() == Path.home() / ".cache" / "glue-app"


@pytest.mark.parametrize(
    ("there", "own"),
    [
        (("infra/main.tf", "glue/bronze_to_gold.py"), True),
        (("infra/main.tf", "glue/other.py"), False),
        (("infra/README", "glue/bronze_to_gold.py"), False),
        (("glue/bronze_to_gold.py",), False),
        ((), False),
    ],
)
def test_a_folder_with_infra_and_glue_of_its_own_uses_these(
    tmp_path: Path, there: tuple[str, ...], own: bool
) -> None:
    """Both, or neither: one needs the other. A folder of another meaning is not taken for ours."""
    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    ours = tmp_path / "tree"
    assert layout.project(tmp_path, ours) == (tmp_path if own else ours)
