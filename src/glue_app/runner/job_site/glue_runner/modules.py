"""--additional-python-modules: installed by pip beside the job's Python, never into it.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html
Wheels from S3 are installed once per set of digests and kept; anything pip resolves by name is installed for
each run, as Glue does.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterable, Sequence
from pathlib import Path

from .special_parameters import LaunchError


def install(requirements: Sequence[str | Path], pip_options: str, cache: Path, run_dir: Path) -> Path:
    """Install the run's modules; return the folder to put before site-packages.

    requirements: fetched wheels (Path) and requirement specifiers (str).
    pip_options: the value of --python-modules-installer-option.
    Raise LaunchError, with pip's own output on stderr, when pip fails.
    """
    wheels = [r for r in requirements if isinstance(r, Path)]
    if len(wheels) < len(requirements):
        return _pip_install(requirements, pip_options, run_dir / "modules")
    target = cache / f"modules-{_digest(wheels, pip_options)}"
    if not target.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="modules-", suffix=".part", dir=cache))
        try:
            installed = _pip_install(wheels, pip_options, scratch / "env")
            _publish(installed, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return target


def _publish(installed: Path, target: Path) -> None:
    """Move a finished folder to its final name; another run may have been first."""
    try:
        installed.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def _pip_install(requirements: Iterable[str | Path], pip_options: str, environment: Path) -> Path:
    """Make a virtual environment on top of the job's packages: pip sees those and leaves them alone."""
    venv.create(environment, symlinks=True, with_pip=False)
    site_packages = (
        environment / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    )
    below = site_packages / "_glue_image.pth"
    below.write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    command = [
        str(environment / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check",
        "--no-warn-script-location", "--no-compile", *shlex.split(pip_options), *map(str, requirements),
    ]  # fmt: skip
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "GLUE_RUNNER_", "PYTHON"))
    }
    # pip's output belongs to the error log; the job's own output stays the job's
    if subprocess.run(command, env=env, stdout=sys.stderr, check=False).returncode != 0:
        raise LaunchError(
            "Python Module Installer indicates modules that failed to install, "
            "check logs from the PythonModuleInstaller."
        )
    below.unlink()
    return site_packages


def _digest(wheels: Iterable[Path], pip_options: str) -> str:
    """Of all that decides what pip installs: Python's version, the options, names and content in order."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}\n{pip_options}\n".encode())
    for wheel in wheels:
        digest.update(f"{wheel.name} {hashlib.sha256(wheel.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:32]
