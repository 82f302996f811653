"""Measure, and print the table: `make bench`."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from benchmarks import failover
from benchmarks.figure import Figure
from benchmarks.stack import engines, measure
from scripts.bootstrap.layout import ROOT
from scripts.bootstrap.toolchain import Toolchain
from scripts.settings import Settings

GOLD_ROWS = 300_000


def main() -> int:
    """0 when everything could be measured, whatever the figures are."""
    settings = Settings.from_environment()
    figures = [figure for engine in engines(settings) for figure in measure(settings, engine)]
    figures += failover.measure()
    figures += _gold_load(Toolchain.load(settings.tools, settings.glue_version))
    width = max(len(figure.name) for figure in figures)
    print(f"\n{'figure':<{width}}  {'measured':<40}goal")
    for figure in figures:
        print(f"{figure.name:<{width}}  {figure.value:<40}{figure.goal}")
    return 0


def _gold_load(toolchain: Toolchain) -> list[Figure]:
    """benchmarks/gold_load.py runs in the job's own Python."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "glue"), toolchain.job_modules])
    done = subprocess.run(
        [str(toolchain.glue_python), "-m", "benchmarks.gold_load", str(GOLD_ROWS)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path, "JAVA_HOME": toolchain.java_home},
        capture_output=True,
        text=True,
    )
    sys.stdout.write(done.stdout)
    if done.returncode:
        raise SystemExit(f"benchmarks.gold_load failed: {done.stderr.strip().splitlines()[-1:]}")
    return _ratios(done.stdout)


def _ratios(output: str) -> list[Figure]:
    """What gold_load.py's lines say of the loads; the bare COPY's own line is what they are measured by."""
    found = re.findall(r"^load,? (.+?)  .*ratio ([\d.]+)$", output, re.MULTILINE)
    return [Figure(f"Gold load / bare COPY, {name}", ratio, "0.5") for name, ratio in found]


if __name__ == "__main__":
    sys.exit(main())
