"""Measure, and print the table: `make bench`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.figure import Figure, read
from benchmarks.stack import engines, measure
from glue_app.bootstrap.layout import ROOT, python_path
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import entry
from glue_app.settings import Settings

GOLD_ROWS = 300_000
TUNNEL_MEGABYTES = 100
SLOW_READERS = 30
JOB: tuple[str, ...] = ("file_size", "validation")
"""Benchmarks of the job, each a module that prints `Figure.line`s and runs alone, in the job's own Python."""


def main() -> int:
    """0 when everything could be measured, whatever the figures are."""
    return entry.run("bench", _run)


def _run(settings: Settings) -> int:
    figures = [figure for engine in engines(settings) for figure in measure(settings, engine)]
    # the tests' stacks have their settings from the environment, too
    from benchmarks import failover, save_size

    toolchain = Toolchain.load(settings.tools, settings.glue_version)
    figures += failover.measure() + save_size.measure()
    figures += [figure for name in JOB for figure in read(_of_the_job(toolchain, f"benchmarks.{name}"))]
    figures += _gold_load(toolchain) + _tunnel(toolchain) + _memory(toolchain)
    width = max(len(figure.name) for figure in figures)
    print(f"\n{'figure':<{width}}  {'measured':<40}goal")
    for figure in figures:
        print(f"{figure.name:<{width}}  {figure.value:<40}{figure.goal}")
    return 0


def _gold_load(toolchain: Toolchain) -> list[Figure]:
    """benchmarks/gold_load.py runs in the job's own Python."""
    return _ratios(_of_the_job(toolchain, "benchmarks.gold_load", str(GOLD_ROWS)))


def _of_the_job(toolchain: Toolchain, module: str, *arguments: str) -> str:
    path = python_path(toolchain.job_modules)
    variables = {"PYTHONPATH": path, "JAVA_HOME": toolchain.java_home}
    return _printed(toolchain.glue_python, module, *arguments, variables=variables)


def _tunnel(toolchain: Toolchain) -> list[Figure]:
    """benchmarks/tunnel.py has a stack of its own, of the embedded engine."""
    variables = {"PYTHONPATH": python_path()}
    return _tunnel_ratios(
        _printed(toolchain.host_python, "benchmarks.tunnel", str(TUNNEL_MEGABYTES), variables=variables)
    )


def _memory(toolchain: Toolchain) -> list[Figure]:
    """benchmarks/slow_readers.py has a stack of its own, too; it reads Linux's /proc."""
    if not sys.platform.startswith("linux"):
        return []
    variables = {"PYTHONPATH": python_path()}
    return _memory_ratios(
        _printed(toolchain.host_python, "benchmarks.slow_readers", str(SLOW_READERS), variables=variables)
    )


def _printed(python: Path, module: str, *arguments: str, variables: dict[str, str]) -> str:
    """Return what a benchmark of its own process says, shown as well."""
    done = subprocess.run(
        [str(python), "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )
    sys.stdout.write(done.stdout)
    if done.returncode:
        raise SystemExit(f"{module} failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def _ratios(output: str) -> list[Figure]:
    """Return what gold_load.py's lines say of the loads, measured by the bare COPY's own line."""
    found = re.findall(r"^load,? (.+?)  .*ratio ([\d.]+)$", output, re.MULTILINE)
    return [Figure(f"Gold load / bare COPY, {name}", ratio, "0.5") for name, ratio in found]


def _tunnel_ratios(output: str) -> list[Figure]:
    """Return what tunnel.py's lines say of the way through the plugin, measured by the direct one."""
    found = re.findall(r"^tunnel, (.+?)  .*ratio ([\d.]+)$", output, re.MULTILINE)
    return [Figure(f"Session Manager tunnel / direct, {name}", ratio) for name, ratio in found]


def _memory_ratios(output: str) -> list[Figure]:
    """Return what slow_readers.py's lines say of LocalStack's memory, in parts of the bytes asked for."""
    found = re.findall(r"^memory, (.+?)  .*ratio (-?[\d.]+)$", output, re.MULTILINE)
    return [Figure(f"memory / bytes, {name}", ratio) for name, ratio in found]


if __name__ == "__main__":
    sys.exit(main())
