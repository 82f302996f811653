"""`make test`: the checks and the three tiers of tests, a time for each, one line that sums them up."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from scripts import check, package
from scripts.bootstrap.layout import ROOT
from scripts.bootstrap.toolchain import Toolchain
from scripts.settings import Settings
from scripts.stack import ports


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


def pytest(python: Path, arguments: list[str], env: dict[str, str]) -> Count:
    """Run pytest; a run that ended without a whole report counts as one failure more."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [
            str(python),
            "-m",
            "pytest",
            *arguments,
            f"--junitxml={report}",
            "--durations=3",
            "--durations-min=5",
        ]
        done = subprocess.run(command, cwd=ROOT, env=env)
        count = count_junit(report) if report.is_file() else Count()
    if done.returncode == 5:  # pytest's "no tests collected"
        return count
    if done.returncode and not count.failed:
        return count + Count(failed=1)
    return count


class Stages:
    """The stages by name."""

    def __init__(self, toolchain: Toolchain, settings: Settings) -> None:
        self._toolchain = toolchain
        self._settings = settings
        self.all: dict[str, Callable[[], Count]] = {
            "check": self.check,
            "unit": self.unit,
            "unit-glue": self.unit_glue,
            "integration": self.integration,
            "e2e": self.e2e,
        }

    def check(self) -> Count:
        results = check.run_all(self._toolchain)
        passed = sum(result.ok for result in results)
        return Count(passed, len(results) - passed)

    def unit(self) -> Count:
        """All but the job's, in the host environment."""
        return self._host("tests/unit", "--ignore=tests/unit/glue")

    def unit_glue(self) -> Count:
        """The job's, in Glue 4.0's Python, with the modules that the job brings along before Glue's own."""
        path = os.pathsep.join([str(ROOT / "glue"), self._toolchain.job_modules])
        env = self._environment() | {"PYTHONPATH": path, "JAVA_HOME": self._toolchain.java_home}
        if not (ROOT / "tests/unit/glue").is_dir():
            return Count()
        return pytest(self._toolchain.glue_python, ["tests/unit/glue", *self._glue_options()], env)

    def integration(self) -> Count:
        return self._host("tests/integration")

    def e2e(self) -> Count:
        return self._host("tests/e2e")

    def _host(self, folder: str, *options: str) -> Count:
        if not (ROOT / folder).is_dir():
            return Count()
        env = self._environment() | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "glue")])}
        return pytest(self._toolchain.host_python, [folder, *options], env)

    def _glue_options(self) -> list[str]:
        """The Glue environment has pytest alone: the time limit of pyproject.toml is unknown to it."""
        return ["-o", "timeout=", "-W", "ignore::pytest.PytestConfigWarning"]

    def _environment(self) -> dict[str, str]:
        """A stack of the tests' own: they never touch the developer's."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
        return env | {
            "EDGE_PORT": str(self._edge_port()),
            "GLUE_APP_STATE": str(self._settings.state / "test"),
            "TF_CLI_CONFIG_FILE": self._toolchain.terraform_rc,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _edge_port(self) -> int:
        """The same for every stage, so that they can share a stack."""
        if not hasattr(self, "_port"):
            self._port = ports.free_port()
        return self._port


def main(argv: list[str] | None = None) -> int:
    """0 when nothing failed."""
    toolchain, settings = Toolchain.load(), Settings.from_environment()
    stages = Stages(toolchain, settings).all
    parser = argparse.ArgumentParser(prog="test", description=__doc__)
    parser.add_argument("stages", nargs="*", choices=[*stages, []], help="default: all, in this order")
    chosen = parser.parse_args(argv).stages or list(stages)
    package.build(Path(toolchain.wheels))
    total, lines = Count(), []
    for name in chosen:
        print(f"\n==== {time.strftime('%H:%M:%S')}  {name}", flush=True)
        started = time.monotonic()
        count = stages[name]()
        total += count
        lines.append(f"  {name:<14}{time.monotonic() - started:7.1f} s   {count}")
    print("\n" + "\n".join(lines))
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
