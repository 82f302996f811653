"""The virtual environments: the host's (LocalStack, tests, these commands) and Glue's."""

from __future__ import annotations

import shutil
from pathlib import Path

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.layout import REQUIREMENTS, ROOT
from glue_app.bootstrap.process import output, run
from glue_app.bootstrap.pure_wheel import purify
from glue_app.bootstrap.uv import environment


def make(
    folder: Path, python: Path, requirements: Path, uv: Path, log: Path, console: Console, title: str
) -> None:
    """Make an environment of `python` with exactly the locked packages, each checked by its digest.

    A file `.installing` lies in it while packages are put in: an environment that was left half-made is
    made anew. A whole one of the same Python is brought up to date in place, under running processes.
    Modules are compiled here, once: a shell may say PYTHONDONTWRITEBYTECODE, and LocalStack compiled at each
    start takes 3 s longer.
    """
    env = environment(folder.parent)
    unfinished = folder / ".installing"
    if unfinished.exists() or not _is_of(folder, python):
        shutil.rmtree(folder, ignore_errors=True)
        run([uv, "venv", "--quiet", "--python", python, folder], log, console, title, env)
    unfinished.touch()
    run(
        [
            *(uv, "pip", "install", "--python", folder / "bin/python", "--require-hashes"),
            "--compile-bytecode",
            *("--build-constraints", REQUIREMENTS / "build.txt", "-r", requirements),
        ],
        log,
        console,
        title,
        env,
        remedy="look whether PyPI, or the mirror in UV_DEFAULT_INDEX, can be reached; then run it again",
    )
    unfinished.unlink()


def install_project(folder: Path, uv: Path, log: Path, console: Console, title: str) -> None:
    """Install the repository itself, editable: LocalStack finds the plugin by its entry points."""
    run(
        [
            *(uv, "pip", "install", "--quiet", "--python", folder / "bin/python"),
            *("--no-deps", "--no-build-isolation", "--offline", "--editable", ROOT),
        ],
        log,
        console,
        title,
        environment(folder.parent),
    )


def unpack(
    folder: Path, python: Path, wheels: Path, uv: Path, log: Path, console: Console, title: str
) -> None:
    """Unpack the wheels of a folder as packages into `folder` (made anew, complete or not at all)."""
    work = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(work, ignore_errors=True)
    run(
        [
            *(
                uv,
                "pip",
                "install",
                "--quiet",
                "--offline",
                "--no-deps",
                "--python",
                python,
                "--target",
                work,
            ),
            *sorted(wheels.glob("*.whl")),
        ],
        log,
        console,
        title,
        environment(folder.parent),
    )
    shutil.rmtree(folder, ignore_errors=True)
    work.rename(folder)


def download_wheels(
    into: Path, python: Path, requirements: Path, log: Path, console: Console, title: str
) -> None:
    """Download the locked wheels as pure ones, by pip of the environment of `python` (uv can't)."""
    work = into.with_name(f".{into.name}.new")
    shutil.rmtree(work, ignore_errors=True)
    run(
        [
            *(python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--only-binary", ":all:", "--require-hashes", "-r", requirements, "-d", work),
        ],
        log,
        console,
        title,
    )
    for wheel in sorted(work.glob("*.whl")):
        purify(wheel)
    shutil.rmtree(into, ignore_errors=True)
    work.rename(into)


def _is_of(folder: Path, python: Path) -> bool:
    """Is there an environment that works, of this minor version of Python?"""
    ask = "import sys; print(sys.version_info[:3])"
    there = output([folder / "bin/python", "-I", "-c", ask])
    return there is not None and there == output([python, "-I", "-c", ask])
