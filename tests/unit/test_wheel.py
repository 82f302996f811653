"""The wheel: what is in it, what it asks for, and that it needs no clone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from glue_app.bootstrap.layout import REQUIREMENTS, ROOT

NEEDED = ("data", "glue", "infra", "requirements", "stub_bedrock", "docker-compose.yml", "pyproject.toml")
LEFT_OUT = re.compile(r"infra/tests/|data/(?!.*\.csv$)")


def built(source: Path, into: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = into.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site-packages with nothing but the wheel's files."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def tracked(*paths: str) -> set[str]:
    """The files of the repository, new ones too."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *paths]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no git repository: what belongs to it is not known")
    return {path for path in listed.stdout.split("\0")[:-1] if (ROOT / path).exists()}


def python(site: Path, folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What the wheel's glue_app does in `folder`, as a user whose cache is beside it."""
    env = os.environ | {"PYTHONPATH": str(site), "XDG_CACHE_HOME": str(folder.parent / "cache")} | variables
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    env.pop("GLUE_APP_TOOLS", None)
    return subprocess.run(
        [sys.executable, "-P", *arguments], cwd=folder, env=env, capture_output=True, text=True
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


# ---------------------------------------------------------------- what is in it
def test_it_is_one_package(wheel: Path) -> None:
    """No `scripts`, `tests` or `stub_bedrock` in anybody's site-packages."""
    top = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"glue_app"}


def test_it_holds_what_it_works_with_and_nothing_else(wheel: Path) -> None:
    """Nothing that was built or written here either."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("glue_app/")}
    assets = {path for path in tracked(*NEEDED) if not LEFT_OUT.match(path)}
    code = {path.removeprefix("src/") for path in tracked("src/glue_app")}
    assert names == {f"glue_app/assets/{path}" for path in assets} | code


def test_it_asks_for_the_packages_of_the_command_only(wheel: Path) -> None:
    """Of the versions that a clone has, and from no address."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        metadata = Parser().parsestr(archive.read(name).decode())
    asked = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert {re.split(r"[<>=]", line)[0] for line in asked} == {"click", "rich", "typer"}
    assert not [line for line in metadata.get_all("Requires-Dist", []) if "://" in line]
    locked = dict(re.findall(r"^([a-z]+)==([\d.]+)", (REQUIREMENTS / "host.txt").read_text(), re.MULTILINE))
    assert locked["typer"] < "0.25"  # what the metadata allows
    assert "typer<0.25,>=0.16" in asked


def test_in_locals_stacks_image_only_the_code_is_there(tmp_path: Path) -> None:
    """Its Dockerfile copies so much and no more, and the build there must not miss the rest."""
    text = (ROOT / "src/glue_app/emulator/Dockerfile").read_text(encoding="utf-8")
    copied = [words for line in re.findall(r"^COPY (.*) \S+$", text, re.MULTILINE) if (words := line.split())]
    source = tmp_path / "glue-app"
    for name in [name for words in copied for name in words if not name.startswith("requirements/")]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, source / name)
    assert "glue_app/emulator/plugin.py" in zipfile.ZipFile(built(source, tmp_path / "dist")).namelist()


# ---------------------------------------------------------------- without a clone
def test_help_touches_nothing(site: Path, folder: Path) -> None:
    done = python(site, folder, "-m", "glue_app.cli", "up", "--help")
    assert "Usage: glue-app up" in done.stdout, done.stderr
    assert [path.name for path in folder.parent.rglob("*")] == ["folder"]


def test_a_command_lays_out_what_it_works_with(site: Path, folder: Path) -> None:
    """File by file as in the repository; nothing is written into what was installed, nor into the folder."""
    before = sorted(site.rglob("*"))
    done = python(site, folder, "-m", "glue_app.cli", "doctor")
    assert "Python for scripts" in done.stdout, done.stderr
    (tree,) = (folder.parent / "cache" / "glue-app").glob("0*")
    for path in tracked(*NEEDED, "src/glue_app"):
        if not LEFT_OUT.match(path):
            assert (tree / path).read_bytes() == (ROOT / path).read_bytes(), path
    assert sorted(site.rglob("*")) == before
    assert list(folder.iterdir()) == []


_WHERE = "from glue_app.settings import Settings as S; from glue_app.bootstrap import layout as l; s = S();"
_TOLD = f"{_WHERE} print(s.state, s.snapshots, s.tools, l.ROOT, l.PROJECT, sep='\\n')"


def test_the_stack_lies_in_the_folder_and_the_tools_in_the_cache(site: Path, folder: Path) -> None:
    """In both halves of a command: before the host environment, and in it."""
    cache = folder.parent / "cache" / "glue-app"
    first = python(site, folder, "-c", _TOLD).stdout.split()
    assert first[:3] == [str(folder / ".state"), str(folder / ".snapshots"), str(cache / "tools")]
    python(site, folder, "-m", "glue_app.cli", "doctor")
    tree = Path(first[3])
    assert (tree.parent, first[4]) == (cache, str(tree))
    assert python(tree / "src", folder, "-c", _TOLD).stdout.split() == first


def test_a_folder_with_infra_and_glue_uses_them(site: Path, folder: Path) -> None:
    for name in ("infra/main.tf", "glue/bronze_to_gold.py"):
        (folder / name).parent.mkdir()
        (folder / name).touch()
    script = "from glue_app import package; from glue_app.stack import terraform;"
    script += "from glue_app.e2e import datasets; print(package.DIST, terraform.INFRA, datasets.BUNDLED)"
    python(site, folder, "-m", "glue_app.cli", "doctor")
    (tree,) = (folder.parent / "cache" / "glue-app").glob("0*")
    done = python(tree / "src", folder, "-c", script, PYTHONPATH=f"{tree / 'src'}:{ROOT / 'glue'}")
    wanted = [folder / "glue" / "dist", folder / "infra", folder / "glue" / "datasets"]
    assert done.stdout.split() == [str(path) for path in wanted], done.stderr


def test_a_stack_for_tests_needs_no_clone(site: Path, folder: Path, tmp_path: Path) -> None:
    """GlueAppStack works with the wheel's own docker-compose.yml."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text("#!/bin/sh\ncase $1 in info) echo 28.0.0;; *) echo 2.40.3;; esac\n")
    docker.chmod(0o755)
    script = "from glue_app.testing import GlueAppStack as S; s = S(); print(s.context); s.stop = None"
    path = f"{docker.parent}:{os.environ['PATH']}"
    done = python(site, folder, "-c", script, PATH=path)
    context = Path(done.stdout.strip() or done.stderr)
    assert context.is_relative_to(folder.parent / "cache"), done.stderr
    assert (context / "docker-compose.yml").read_bytes() == (ROOT / "docker-compose.yml").read_bytes()
    assert (context / "stub_bedrock" / "Dockerfile").is_file()
