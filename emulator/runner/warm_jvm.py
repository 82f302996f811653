"""Keeps one JVM started and exercised for the next run (`job_site/glue_runner/warm_jvm.py`: the job's side).

One at a time and for one kind of run: that of the run seen last, or of the job whose definition came last.
A new one is made when the runner has been idle for a moment; when a run comes sooner, the making stands still
until the run has ended. So it never competes with a run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import shutil
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.runner.environment import job_environment, launch_settings
from emulator.runner.job_site.glue_runner.warm_jvm import TAKEN
from emulator.runner.process import ProcessGroup
from emulator.runner.settings import Settings

LOG = logging.getLogger(__name__)
_IDLE_SECONDS = 2.0
_DECIDING = ("--datalake-formats", "--conf", "--user-jars-first")  # arguments that a JVM's start depends on
_ENDPOINT = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass(frozen=True)
class Kind:
    """What a JVM's start depends on; runs of one kind can take the same JVM."""

    arguments: tuple[tuple[str, str], ...]
    environment: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, arguments: Mapping[str, str], environment: Mapping[str, str]) -> Kind | None:
        """None for runs that need a JVM of their own: their jars are known when they have fetched them."""
        if arguments.get("--extra-jars") or not environment.get("AWS_ENDPOINT_URL"):
            return None
        return cls(
            tuple((name, arguments[name]) for name in _DECIDING if name in arguments),
            tuple((name, environment[name]) for name in _ENDPOINT if name in environment),
        )

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
        self._idle_since = 0.0
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
        """Stops one that is not ready yet where it is: it would take the run's processor time."""
        with self._changed:
            self._active_runs += 1
            if self._parked is not None and not self._parked.ready.exists():
                self._parked.process.pause()
                # nothing in the stopped group can offer it any more: ready now means ready before
                if self._parked.ready.exists() or self._was_taken(self._parked):
                    self._parked.process.resume()

    def run_ended(self, run_dir: Path) -> None:
        """Ends the JVM that the run took."""
        with self._changed:
            self._active_runs -= 1
            self._idle_since = time.monotonic()
            parked = self._parked
            if parked is not None and _pid_of(run_dir / TAKEN) == parked.process.pid:
                self._end(parked)
            elif parked is not None and not self._active_runs:
                parked.process.resume()
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
                while not self._closed and (pause := self._pause()) != 0:
                    self._changed.wait(pause)
                if self._closed or self._wish is None:
                    return
                if self._parked is not None:
                    if self._parked.ready.exists() and not _withdraw(self._parked.ready):
                        self._changed.wait(_IDLE_SECONDS)
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

    def _pause(self) -> float | None:
        """0: make one now; None: nothing to do; else seconds to wait."""
        if self._wish is None or (self._parked is not None and self._parked.kind == self._wish):
            return None
        if self._active_runs:
            return None
        return max(0.0, self._idle_since + _IDLE_SECONDS - time.monotonic())

    def _start(self, kind: Kind) -> _Parked:
        home = self._folder / uuid.uuid4().hex
        for folder in ("work", "tmp"):
            (home / folder).mkdir(parents=True, mode=0o700)
        ready = self._ready_file(kind)
        launch = launch_settings(self._settings, home, dict(kind.arguments)) | {"ready": str(ready)}
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

    def _was_taken(self, parked: _Parked) -> bool:
        """By a run that is still going on."""
        runs = self._settings.home / "runs"
        return any(_pid_of(taken) == parked.process.pid for taken in runs.glob(f"*/{TAKEN}"))

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
