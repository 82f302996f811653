"""`make test`: the checks and the three tiers of tests, a time for each, one line that sums them up."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from xml.etree import ElementTree

from glue_app import glue_versions, package
from glue_app.bootstrap import session_manager_plugin
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.layout import ROOT, python_path
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import entry
from glue_app.settings import Settings
from glue_app.stack import ports
from scripts import browser, check

_PRINTING = Lock()
_PREFERRED_PORTS = {"4.0": 4596, "5.0": 4597}  # a version's saved stack stays of use beside the other's
_SERVICES = ("tests/integration/rds", "tests/integration/state", "tests/integration/host")
_DATABASE = (
    *(
        f"tests/integration/rds/test_rds_{name}.py"
        for name in ("life", "parameters", "multi_az", "snapshots", "backups", "iam", "metrics")
    ),
    "tests/integration/ssm",
)
_CLUSTERS = (
    "tests/integration/silver",
    "tests/integration/enrichment",
    "tests/integration/glue/test_glue_warm_jvm.py",
)
_JOBS = ("tests/integration/glue", *_CLUSTERS[:2])
APART = ("drill-state", "drill-failover", "drill-fuzz", "integration-jobs", "clusters", "database")
"""Stages of other make targets, which `make test` leaves out: too long, or part of another stage."""


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
    """Run pytest and print what it printed when it ends: two lanes run at a time.

    A run that ended without a whole report counts as one failure more.
    """
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder, "report.xml"), Path(folder, "log")
        options = [f"--junitxml={report}", "--durations=3", "--durations-min=5"]
        with log.open("wb") as sink:
            done = subprocess.run(
                [str(python), "-m", "pytest", *arguments, *options],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        count = count_junit(report) if report.is_file() else Count()
        with _PRINTING:
            print(f"\n==== {' '.join(arguments[:1])}\n{log.read_text(errors='replace')}", flush=True)
    if done.returncode == 5:  # pytest's "no tests collected"
        return count
    if done.returncode and not count.failed:
        return count + Count(failed=1)
    return count


def tests_environment(toolchain: Toolchain, settings: Settings, edge_port: int) -> dict[str, str]:
    """A stack of the tests' own, one a version of Glue: they never touch the developer's.

    It is of the embedded engine, whatever runs on the machine.
    """
    state = stack_folder(settings, edge_port)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
    return env | {
        "ENGINE": "embedded",
        "EDGE_PORT": str(edge_port),
        "GLUE_VERSION": settings.glue_version,
        "GLUE_APP_STATE": str(state),
        "GLUE_APP_START_TIMEOUT": "600",  # of what hangs; a machine under load is slow
        "GLUE_APP_SNAPSHOTS": str(state / "snapshots"),
        "TF_CLI_CONFIG_FILE": toolchain.terraform_rc,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


class Stages:
    """The stages by name."""

    def __init__(self, toolchain: Toolchain, settings: Settings) -> None:
        self._toolchain = toolchain
        self._settings = settings
        self.all: dict[str, Callable[[], Count]] = {
            "check": self.check,
            "e2e": self.e2e,
            "unit-glue": self.unit_glue,
            "integration": self.integration,
            "integration-stack": self.integration_stack,
            "integration-services": self.integration_services,
            "unit": self.unit,
            "drill-state": self.drill_state,
            "drill-failover": self.drill_failover,
            "drill-fuzz": self.drill_fuzz,
            "integration-jobs": self.integration_jobs,
            "clusters": self.clusters,
            "database": self.database,
        }

    def check(self) -> Count:
        results = check.run_all(self._toolchain)
        passed = sum(result.ok for result in results)
        return Count(passed, len(results) - passed)

    def unit(self) -> Count:
        """All but the job's, in the host environment."""
        return self._host("tests/unit", "--ignore=tests/unit/glue")

    def unit_glue(self) -> Count:
        """The job's. Of Glue 4.0 without the slow ones, which `clusters` has; `make test-glue5` runs all."""
        slow_too = self._settings.glue_version != glue_versions.DEFAULT
        return self._glue() if slow_too else self._glue("-m", "not slow")

    def _glue(self, *options: str) -> Count:
        """In Glue's Python, with the modules that the job brings along before Glue's own."""
        env = self._environment() | {
            "PYTHONPATH": python_path(self._toolchain.job_modules),
            "JAVA_HOME": self._toolchain.java_home,
        }
        if not (ROOT / "tests/unit/glue").is_dir():
            return Count()
        arguments = ["tests/unit/glue", *options, *self._glue_options()]
        return pytest(self._toolchain.glue_python, arguments, env)

    def integration(self) -> Count:
        """Jobs on real components: the runner, Spark, the Bedrock stub."""
        apart = [*_SERVICES, *_CLUSTERS, "tests/integration/stack", "tests/integration/ssm"]
        return self._host("tests/integration", *(f"--ignore={folder}" for folder in apart))

    def integration_jobs(self) -> Count:
        """Of `integration` those that run Glue's Python and Spark: what depends on the version of Glue."""
        return self._host(*_JOBS)

    def clusters(self) -> Count:
        """Slow ones: the job on Spark's `local-cluster`, and killed; warm JVMs against cold ones."""
        return self._host(*_CLUSTERS) + self._glue("-m", "slow")

    def integration_services(self) -> Count:
        """The other rooms on real components: databases, saves, patches; and web pages in a browser."""
        try:
            browser.get(self._settings.tools / "logs" / "browser.log", Console())
        except BootstrapError as error:
            print(f"the tests in a browser are SKIPPED: {error}", flush=True)
        return self._host(*_SERVICES, *(f"--ignore={path}" for path in _DATABASE))

    def database(self) -> Count:
        """Life, failover, backups, IAM, metrics of databases, and the tunnel with AWS's own plugin."""
        tools, log = self._settings.tools, self._settings.tools / "logs" / "session-manager-plugin.log"
        try:
            session_manager_plugin.get(tools, log, Console())
        except BootstrapError as error:
            print(f"the tests of the tunnel are SKIPPED: {error}", flush=True)
        return self._host(*_DATABASE)

    def integration_stack(self) -> Count:
        """The developer's commands: kills, crashes and what the next `make up` makes of them."""
        return self._host("tests/integration/stack")

    def drill_state(self) -> Count:
        """Fifty kills at random points; takes longer than all the others together."""
        return self._host("tests/drill/test_kills.py")

    def drill_failover(self) -> Count:
        """A hundred losses of a database server while Gold is loaded, and some in whole executions."""
        return self._host("tests/drill/test_failovers.py", "tests/drill/test_failover_executions.py", "-rP")

    def drill_fuzz(self) -> Count:
        """Twenty thousand requests, right and wrong, of which none is a 500; two to four minutes."""
        return self._host("tests/drill/test_fuzz.py", "-rP")

    def e2e(self) -> Count:
        return self._host("tests/e2e")

    def _host(self, folder: str, *options: str) -> Count:
        if not (ROOT / folder).exists():
            return Count()
        env = self._environment() | {"PYTHONPATH": python_path()}
        return pytest(self._toolchain.host_python, [folder, *options], env)

    def _glue_options(self) -> list[str]:
        """The Glue environment has pytest alone: the time limit of pyproject.toml is unknown to it."""
        return ["-o", "timeout=", "-W", "ignore::pytest.PytestConfigWarning"]

    def _environment(self) -> dict[str, str]:
        return tests_environment(self._toolchain, self._settings, self._edge_port())

    def _edge_port(self) -> int:
        """One for all stages, if possible for the next run too: a snapshot fits its own endpoint only."""
        if not hasattr(self, "_port"):
            preferred = _PREFERRED_PORTS[self._settings.glue_version]
            self._port = preferred if ports.is_free(preferred) else ports.free_port()
        return self._port


def stack_folder(settings: Settings, edge_port: int) -> Path:
    """The state folder of the tests' stack; that of another version or port is no use to this one."""
    default = settings.glue_version == glue_versions.DEFAULT
    name = "test" if default else f"test-{settings.glue_version}"
    preferred = edge_port == _PREFERRED_PORTS[settings.glue_version]
    return settings.state / (name if preferred else f"{name}-{edge_port}")


class Run:
    """The chosen stages in their order, two at a time: much of a stage is Terraform's provider waiting."""

    def __init__(self, stages: dict[str, Callable[[], Count]], chosen: list[str]) -> None:
        self._stages = stages
        self._chosen = [name for name in stages if name in chosen]
        self.counts: dict[str, Count] = {}
        self.seconds: dict[str, float] = {}

    def all(self) -> Count:
        """Run them; a stage that raises counts as a failure."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(self._stage, self._chosen))
        return sum(self.counts.values(), Count())

    def _stage(self, name: str) -> None:
        with _PRINTING:
            print(f"{time.strftime('%H:%M:%S')}  {name} begins", flush=True)
        started = time.monotonic()
        try:
            self.counts[name] = self._stages[name]()
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            self.counts[name] = Count(failed=1)
        self.seconds[name] = time.monotonic() - started
        with _PRINTING:
            print(f"{time.strftime('%H:%M:%S')}  {name} ended: {self.counts[name]}", flush=True)


def main(argv: list[str] | None = None) -> int:
    """0 when nothing failed."""
    return entry.run("test", lambda settings: _run(settings, argv))


def _run(settings: Settings, argv: list[str] | None) -> int:
    toolchain = Toolchain.load(settings.tools, settings.glue_version)
    stages = Stages(toolchain, settings).all
    parser = argparse.ArgumentParser(prog="test", description=__doc__)
    parser.add_argument(
        "stages", nargs="*", choices=[*stages, []], help=f"default: all but {', '.join(APART)}"
    )
    chosen = parser.parse_args(argv).stages or [name for name in stages if name not in APART]
    package.build(Path(toolchain.wheels), settings.glue_version)
    run = Run(stages, chosen)
    started = time.monotonic()
    total = run.all()
    print()
    for name in chosen:
        print(f"  {name:<20}{run.seconds[name]:7.1f} s   {run.counts[name]}")
    print(f"  {'all':<20}{time.monotonic() - started:7.1f} s")
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
