"""Runs pytest and counts what it reports."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from xml.etree import ElementTree

from glue_app.bootstrap.layout import ROOT

PRINTING = Lock()  # two stages run at a time


@dataclass(frozen=True)
class Count:
    """How many passed, failed (errors count) and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def count_junit(report: Path) -> Count:
    """Sum of a pytest --junitxml report."""
    failed = skipped = total = 0
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):  # noqa: S314 - pytest wrote it
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return Count(total - failed - skipped, failed, skipped)


def pytest(python: Path, arguments: Sequence[str], env: Mapping[str, str]) -> Count:
    """Run pytest and print what it printed when it ends: two run at a time.

    A run that ended without a whole report counts as one failure more, as does one that found no test: the
    marks of its suite would fit none.
    """
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder, "report.xml"), Path(folder, "log")
        options = [f"--junitxml={report}", "--durations=3", "--durations-min=5"]
        with log.open("wb") as sink:
            done = subprocess.run(
                [str(python), "-m", "pytest", *arguments, *options],
                cwd=ROOT,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        count = count_junit(report) if report.is_file() else Count()
        with PRINTING:
            print(f"\n==== {' '.join(arguments)}\n{log.read_text(errors='replace')}", flush=True)
    if done.returncode and not count.failed:
        return count + Count(failed=1)
    return count
