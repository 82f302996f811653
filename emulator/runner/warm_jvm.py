"""Keeps one JVM started and exercised for the next run (`job_site/glue_runner/warm_jvm.py`: the job's side).

One at a time and for one kind of run: that of the run seen last, or of the job whose definition came last.
A new one is made as soon as the run that took the last one has ended, beside the runs that go on: after the
step silver comes the step gold, and then the next file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
import shutil
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.runner.environment import job_environment, launch_settings
from emulator.runner.job_site.glue_runner.spark_conf import parse_conf
from emulator.runner.job_site.glue_runner.special_parameters import datalake_formats
from emulator.runner.job_site.glue_runner.warm_jvm import TAKEN
from emulator.runner.process import ProcessGroup
from emulator.runner.settings import Settings

LOG = logging.getLogger(__name__)
_RETRY_SECONDS = 2.0
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
        """None for runs that need a JVM of their own: their jars are known when they have fetched them."""
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
    kind: Kind
    home: Path
    ready: Path
    process: ProcessGroup


class WarmJvm:
    """Thread-safe. Without RUNNER_WARM_JVM=1 it keeps nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.home / "warm"
        self._changed = threading.Condition()
        self._wish: Kind | None = None
        self._parked: _Parked | None = None
        self._active_runs = 0
        self._keeper: threading.Thread | None = None
        self._closed = False
        shutil.rmtree(self._folder, ignore_errors=True)  # of an earlier life

    def wish(self, arguments: Mapping[str, str], environment: Mapping[str, str]) -> Path | None:
        """Keep a JVM for runs like this from now on; where such a run finds the one there is, if there is."""
        kind = Kind.of(arguments, environment) if self._settings.warm_jvm else None
        if kind is None:
            return None
        with self._changed:
            self._wish = kind
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="warm-jvm", daemon=True)
                self._keeper.start()
            self._changed.notify_all()
        return self._ready_file(kind)

    def run_began(self) -> None:
        with self._changed:
            self._active_runs += 1

    def run_ended(self, run_dir: Path) -> None:
        """Ends the JVM that the run took."""
        with self._changed:
            self._active_runs -= 1
            parked = self._parked
            if parked is not None and _pid_of(run_dir / TAKEN) == parked.process.pid:
                self._end(parked)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            if self._parked is not None:
                self._end(self._parked)
            self._changed.notify_all()

    # ------------------------------------------------------------------ the keeper
    def _keep(self) -> None:
        while True:
            with self._changed:
                while not self._closed and not self._is_wanted():
                    self._changed.wait()
                if self._closed or self._wish is None:
                    return
                if self._parked is not None:
                    if self._parked.ready.exists() and not _withdraw(self._parked.ready):
                        self._changed.wait(_RETRY_SECONDS)
                        continue  # a run has just taken it
                    self._end(self._parked)
                try:
                    self._parked = self._start(self._wish)
                except OSError as error:
                    LOG.warning("no warm JVM: %s", error)
                    self._wish = None
                    continue
                watched = self._parked
            threading.Thread(target=self._watch, args=[watched], name="warm-jvm-watch", daemon=True).start()

    def _is_wanted(self) -> bool:
        """One of another kind than the one there is waits for the runs to end: one of them may have that."""
        if self._wish is None:
            return False
        if self._parked is None:
            return True
        return self._parked.kind != self._wish and not self._active_runs

    def _start(self, kind: Kind) -> _Parked:
        home = self._folder / uuid.uuid4().hex
        for folder in ("work", "tmp"):
            (home / folder).mkdir(parents=True, mode=0o700)
        ready = self._ready_file(kind)
        launch = launch_settings(self._settings, home, kind.arguments) | {"ready": str(ready)}
        process = ProcessGroup(
            [self._settings.python, "-m", "glue_runner.standby"],
            env=job_environment(self._settings, home, dict(kind.environment)),
            cwd=home / "work",
            stdin=json.dumps(launch).encode() + b"\n",
            stdout=home / "stdout.log",
            stderr=home / "stderr.log",
            keep_stdin=True,
        )
        LOG.info("warm JVM: process %d", process.pid)
        return _Parked(kind, home, ready, process)

    def _watch(self, parked: _Parked) -> None:
        """One that ends by itself is not made again until a run or a job asks."""
        code = parked.process.wait()
        with self._changed:
            if self._parked is parked and not parked.process.killed:
                LOG.warning("warm JVM: ended by itself with %d; see %s", code, parked.home)
                self._parked = self._wish = None
                with contextlib.suppress(OSError):
                    parked.ready.unlink()

    def _end(self, parked: _Parked) -> None:
        parked.process.kill()
        with contextlib.suppress(OSError):
            parked.ready.unlink()
        shutil.rmtree(parked.home, ignore_errors=True)
        self._parked = None

    def _ready_file(self, kind: Kind) -> Path:
        return self._folder / f"{kind.digest}.json"


def _withdraw(ready: Path) -> bool:
    """False when a run was first: whoever moves the file has the JVM."""
    try:
        ready.rename(ready.with_suffix(".withdrawn"))
    except OSError:
        return False
    return True


def _pid_of(taken: Path) -> int | None:
    try:
        return int(json.loads(taken.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError):
        return None
