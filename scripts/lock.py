"""`make lock`: resolve requirements/*.in to exact versions with digests, as of one day.

A resolution of the same day gives the same files, whenever it is made. No address of a registry is written.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from glue_app.bootstrap.layout import REQUIREMENTS, tools_dir
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.bootstrap.uv import environment
from glue_app.cli import entry
from glue_app.settings import Settings

AS_OF = "2026-02-27"  # later cbor2 and pyOpenSSL break LocalStack 4.14.0
# What the job's boto3 needs and Glue has: it takes Glue's versions and isn't shipped again.
_GLUE_HAS = ("urllib3", "jmespath", "python-dateutil", "six")


@dataclass(frozen=True)
class Lock:
    """One .in file and how it is resolved."""

    name: str
    python: str
    without: tuple[str, ...] = ()  # packages that the environment of `constrained_by` has
    constrained_by: str = ""


LOCKS = (
    Lock("uv", "3.8"),
    Lock("build", "3.12"),
    Lock("host", "3.12"),
    Lock("glue40", "3.10"),
    Lock("job", "3.10", without=_GLUE_HAS, constrained_by="glue40"),
    Lock("glue50", "3.11"),
    Lock("job50", "3.11", without=_GLUE_HAS, constrained_by="glue50"),
    Lock("jre", "3.12"),
    Lock("plugin", "3.13"),
    Lock("stub", "3.13"),
)


def pins(lock_file: str, packages: tuple[str, ...]) -> str:
    """Return the lines `name==version` of these packages in a lock file's text."""
    found = {
        match[1]: match[0] for match in re.finditer(r"^([A-Za-z0-9_.-]+)==[^\s\\]+", lock_file, re.MULTILINE)
    }
    return "".join(f"{found[package]}\n" for package in packages)


def resolve(lock: Lock, uv: Path) -> None:
    """Write requirements/<name>.txt."""
    target = REQUIREMENTS / f"{lock.name}.txt"
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "constraints.txt")
        if lock.constrained_by:
            text = (REQUIREMENTS / f"{lock.constrained_by}.txt").read_text(encoding="utf-8")
            constraints.write_text(pins(text, lock.without), encoding="utf-8")
        command = [
            str(uv),
            "pip",
            "compile",
            "--quiet",
            "--generate-hashes",
            "--no-emit-index-url",
            "--no-header",
        ]
        command += ["--exclude-newer", AS_OF, "--python-version", lock.python]
        command += ["--constraints", str(constraints)] if lock.constrained_by else []
        command += [part for package in lock.without for part in ("--no-emit-package", package)]
        command += [f"{lock.name}.in", "--output-file", f"{lock.name}.txt"]
        subprocess.run(command, cwd=REQUIREMENTS, env=environment(tools_dir()), check=True)
    print(f"locked {target.name}")


def main() -> int:
    """Resolve all, in an order in which each finds what it is constrained by."""
    return entry.run("lock", _run)


def _run(settings: Settings) -> int:
    uv = Path(Toolchain.load(settings.tools).uv)
    for lock in LOCKS:
        try:
            resolve(lock, uv)
        except subprocess.CalledProcessError:
            print(
                f"requirements/{lock.name}.in can't be resolved; nothing of it was changed", file=sys.stderr
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
