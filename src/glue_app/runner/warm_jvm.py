"""Keeps JVMs started and exercised for the next runs (`job_site/glue_runner/warm_jvm.py`: the job's side).

Two of them, one for each step of the job, and for one kind of run: that of the run seen last, or of the job
whose definition came last. One that was taken is made up for when the runs have ended: making one keeps a
core busy for 15 s, which the step that follows needs more. A run that finds none ready waits for the one in
the making, which has done part of its work already.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glue_app.runner import job_process, stragglers
from glue_app.runner.environment import launch_settings
from glue_app.runner.job_site.glue_runner.spark_conf import parse_conf
from glue_app.runner.job_site.glue_runner.special_parameters import datalake_formats
from glue_app.runner.job_site.glue_runner.warm_jvm import TAKEN
from glue_app.runner.process import ProcessGroup
from glue_app.runner.settings import Settings

LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 0.2
_QUIET_SECONDS = 2.0  # without a run: Step Functions starts the next step within one
_ENDPOINT = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION")
# settings that work at a JVM's start only; all others it can be told later
_AT_START = re.compile(
    r"spark\.(driver\.(memory.*|extra.*|defaultJavaOptions)|jars.*|submit\..*|files|archives)"
)
_DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}


@dataclass(frozen=True)
class Kind:
    """What a JVM's start depends on; runs of one kind can take the same JVM."""

    delta: bool
    settings: tuple[tuple[str, str], ...]
    environment: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, arguments: Mapping[str, str], environment: Mapping[str, str]) -> Kind | None:
        """Return None for runs that need a JVM of their own: their jars are known once they are fetched."""
        if arguments.get("--extra-jars") or not environment.get("AWS_ENDPOINT_URL"):
            return None
        try:
            conf = parse_conf(arguments.get("--conf", ""))
        except ValueError:  # the run will say so
            return None
        return cls(
            "delta" in datalake_formats(arguments),
            tuple(sorted((name, value) for name, value in conf.items() if _AT_START.fullmatch(name))),
            tuple((name, environment[name]) for name in _ENDPOINT if name in environment),
        )

    @property
    def arguments(self) -> dict[str, str]:
        """Job arguments that lead to such a JVM, and let it be exercised."""
        conf = {**(_DELTA if self.delta else {}), **dict(self.settings)}
        found = {"--datalake-formats": "delta"} if self.delta else {}
        if conf:
            found["--conf"] = " --conf ".join(f"{name}={value}" for name, value in conf.items())
        return found

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@dataclass
class _Parked:
    """`making` is there until `ready` is; a run that takes the JVM takes `ready` away."""

    kind: Kind
    home: Path
    making: Path
    ready: Path
    process: ProcessGroup


class WarmJvms:
    """Thread-safe. Without RUNNER_WARM_JVMS it keeps none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.home / "warm"
        self._changed = threading.Condition()
        self._kept_kind: Kind | None = None
        self._parked: list[_Parked] = []
        self._active_runs = 0
        self._quiet_since = -_QUIET_SECONDS
        self._keeper: threading.Thread | None = None
        self._closed = False
        shutil.rmtree(self._folder, ignore_errors=True)  # of an earlier life

    def keep_ready_for(self, arguments: Mapping[str, str], environment: Mapping[str, str]) -> Path | None:
        """Keep JVMs for runs like this from now on; the folder in which such a run finds them."""
        kind = Kind.of(arguments, environment) if self._settings.warm_jvms else None
        if kind is None:
            return None
        offers = self._offers(kind)
        offers.mkdir(parents=True, exist_ok=True)
        with self._changed:
            self._kept_kind = kind
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="warm-jvm", daemon=True)
                self._keeper.start()
            self._changed.notify_all()
        return offers

    def run_began(self) -> None:
        with self._changed:
            self._active_runs += 1

    def run_ended(self, run_dir: Path) -> None:
        """End the JVM that the run took."""
        with self._changed:
            self._active_runs -= 1
            self._quiet_since = time.monotonic()
            pid = _pid_of(run_dir / TAKEN)
            for parked in [one for one in self._parked if one.process.pid == pid]:
                self._end(parked)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            for parked in list(self._parked):
                self._end(parked)
            self._changed.notify_all()

    # ------------------------------------------------------------------ the keeper
    def _keep(self) -> None:
        while True:
            with self._changed:
                while not self._closed and not (self._is_wanted() and self._is_quiet()):
                    # nobody tells when one is ready, which is another process's doing, or when it is quiet
                    self._changed.wait(_LOOK_SECONDS if self._is_making() or self._is_wanted() else None)
                if self._closed or self._kept_kind is None:
                    return
                for stranger in [one for one in self._parked if one.kind != self._kept_kind]:
                    if stranger.making.exists() or _withdraw(stranger.ready):
                        self._end(stranger)
                try:
                    made = self._start(self._kept_kind)
                except OSError as error:
                    LOG.warning("no warm JVM: %s", error)
                    self._kept_kind = None
                    continue
                self._parked.append(made)
            threading.Thread(target=self._watch, args=[made], name="warm-jvm-watch", daemon=True).start()

    def _is_making(self) -> bool:
        return any(one.making.exists() for one in self._parked)

    def _is_wanted(self) -> bool:
        """One is made at a time."""
        if self._kept_kind is None or self._active_runs:
            return False
        of_this = sum(one.kind == self._kept_kind for one in self._parked)
        return of_this < len(self._parked) or (of_this < self._settings.warm_jvms and not self._is_making())

    def _is_quiet(self) -> bool:
        return time.monotonic() - self._quiet_since >= _QUIET_SECONDS

    def _start(self, kind: Kind) -> _Parked:
        name = uuid.uuid4().hex
        home, making = self._folder / f"jvm-{name}", self._offers(kind) / f"{name}.making"
        for folder in ("work", "tmp"):
            (home / folder).mkdir(parents=True, mode=0o700)
        making.touch()
        offer = {"ready": str(making.with_suffix(".json")), "making": str(making)}
        launch = launch_settings(self._settings, home, kind.arguments) | offer
        process = job_process.start(
            self._settings, "standby", home, dict(kind.environment), launch, keep_stdin=True
        )
        LOG.info("warm JVM: process %d", process.pid)
        return _Parked(kind, home, making, making.with_suffix(".json"), process)

    def _watch(self, parked: _Parked) -> None:
        """One that ends by itself is not made again until a run or a job asks."""
        code = parked.process.wait()
        with self._changed:
            if parked in self._parked and not parked.process.killed:
                LOG.warning("warm JVM: ended by itself with %d; see %s", code, parked.home)
                self._parked.remove(parked)
                self._kept_kind = None
                _remove(parked.making, parked.ready)

    def _end(self, parked: _Parked) -> None:
        parked.process.kill()
        stragglers.end_of(parked.home)
        _remove(parked.making, parked.ready)
        shutil.rmtree(parked.home, ignore_errors=True)
        self._parked.remove(parked)

    def _offers(self, kind: Kind) -> Path:
        return self._folder / kind.digest


def _remove(*files: Path) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _withdraw(ready: Path) -> bool:
    """Take the file away. Return False when a run was first: whoever takes it away has the JVM."""
    try:
        ready.unlink()
    except OSError:
        return False
    return True


def _pid_of(taken: Path) -> int | None:
    try:
        return int(json.loads(taken.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError):
        return None
