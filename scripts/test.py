"""`make test`: the checks and the three tiers of tests, a time for each, one line that sums them up.

`make test SUITE=name` runs another suite of scripts/suites/table.py: a part of it, or what takes too long.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from glue_app import package
from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import entry
from glue_app.errors import BAD_SETTING
from glue_app.settings import Settings
from scripts.suites.running import Run
from scripts.suites.table import SUITES


def main(argv: list[str] | None = None) -> int:
    """0 when nothing failed."""
    listed = "\n".join(f"  {name:<16}{suite.what}" for name, suite in SUITES.items())
    parser = argparse.ArgumentParser(
        prog="test",
        description=f"The suites:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("suite", nargs="?", default="", metavar="SUITE", help="one of these; all when empty")
    name = parser.parse_args(argv).suite or "all"
    if name not in SUITES:
        print(f"SUITE={name}: there is none. The suites:\n{listed}", file=sys.stderr)
        return BAD_SETTING
    return entry.run("test", lambda settings: _run(name, settings))


def _run(name: str, settings: Settings) -> int:
    suite = SUITES[name]
    if suite.glue_version not in ("", settings.glue_version):
        _start_again(name, suite.glue_version)
    toolchain = Toolchain.load(settings.tools, settings.glue_version)
    package.build(Path(toolchain.wheels), settings.glue_version)
    run = Run(suite, toolchain, settings)
    started = time.monotonic()
    total = run.all()
    print()
    for stage in run.counts:
        print(f"  {stage:<20}{run.seconds[stage]:7.1f} s   {run.counts[stage]}")
    print(f"  {name:<20}{time.monotonic() - started:7.1f} s")
    print(total)
    return 1 if total.failed else 0


def _start_again(name: str, glue_version: str) -> None:
    """From the beginning with that version of Glue, which may still have to be set up."""
    command = [str(ROOT / "scripts" / "with-host"), "scripts.test", name]
    os.execve(command[0], command, os.environ | {"GLUE_VERSION": glue_version})  # noqa: S606 - no shell


if __name__ == "__main__":
    sys.exit(main())
