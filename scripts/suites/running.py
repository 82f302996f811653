"""Runs a suite's stages: two at a time on the embedded engine, one after the other on containers."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.containers import images
from glue_app.containers.errors import NoEngineError
from glue_app.settings import Settings
from scripts import check
from scripts.standins import prepare
from scripts.standins.borrowed import borrowed
from scripts.standins.errors import ImageError
from scripts.suites import leftovers
from scripts.suites.counting import PRINTING, Count, pytest
from scripts.suites.environment import TestsStack
from scripts.suites.table import CHECK, Stage, Suite

# The Glue environment has pytest alone: the time limit of pyproject.toml is unknown to it.
_GLUES_PYTEST = ("-o", "timeout=", "-W", "ignore::pytest.PytestConfigWarning")


class Run:
    """One run of a suite. `counts` and `seconds` are by stage, when it is over."""

    def __init__(self, suite: Suite, toolchain: Toolchain, settings: Settings) -> None:
        self._suite = suite
        self._toolchain = toolchain
        self._settings = settings
        self._stack = TestsStack(toolchain, settings)
        self.counts: dict[str, Count] = {}
        self.seconds: dict[str, float] = {}

    def all(self) -> Count:
        """Run every stage; one that raises counts as a failure."""
        if self._suite.on_docker:
            return self._on_containers()
        return self._side_by_side(self._stack.embedded(), lanes=2)  # much of a stage is Terraform's waiting

    def _side_by_side(self, env: Mapping[str, str], lanes: int) -> Count:
        with ThreadPoolExecutor(max_workers=lanes) as pool:
            list(pool.map(lambda stage: self._stage(stage, env), self._suite.stages))
        return sum(self.counts.values(), Count())

    def _on_containers(self) -> Count:
        """Real images where they are there or can be pulled, else stand-ins (scripts/standins).

        Where no engine or no image can be had, all of it counts as skipped.
        """
        try:
            with borrowed(_say) as engine, leftovers.removed(engine, self._stack.containers_of, _say):
                prepare.ensure(engine, images.names_for(self._settings.glue_version), _say)
                return self._side_by_side(self._stack.docker() | engine.environment, lanes=1)
        except (NoEngineError, ImageError) as error:
            lacking = "IMAGES" if isinstance(error, ImageError) else "DOCKER ENGINE"
            _say("=" * 80 + f"\nNO {lacking}: {error}\nThe tests on containers are SKIPPED.\n" + "=" * 80)
            return Count(skipped=len(self._suite.stages))

    def _stage(self, stage: Stage, env: Mapping[str, str]) -> None:
        _say(f"{time.strftime('%H:%M:%S')}  {stage.name} begins")
        started = time.monotonic()
        try:
            self.counts[stage.name] = self._count(stage, env)
        except Exception as error:
            print(f"{stage.name}: {type(error).__name__}: {error}", file=sys.stderr)
            self.counts[stage.name] = Count(failed=1)
        self.seconds[stage.name] = time.monotonic() - started
        _say(f"{time.strftime('%H:%M:%S')}  {stage.name} ended: {self.counts[stage.name]}")

    def _count(self, stage: Stage, env: Mapping[str, str]) -> Count:
        if stage == CHECK:
            results = check.run_all(self._toolchain)
            passed = sum(result.ok for result in results)
            return Count(passed, len(results) - passed)
        if stage.needs:
            stage.needs(self._settings)
        if stage.job:
            return pytest(self._toolchain.glue_python, [*arguments(stage), *_GLUES_PYTEST], self._stack.job())
        return pytest(self._toolchain.host_python, arguments(stage), env)


def arguments(stage: Stage) -> list[str]:
    """pytest's, for the stage's tests."""
    marks = ["-m", stage.marks] if stage.marks else []
    return [stage.folder, *marks, *(["-rP"] if stage.prints else [])]


def _say(text: str) -> None:
    with PRINTING:
        print(text, flush=True)
