"""The runs of this runner: their states, their processes, their logs."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glue_app.aws.job_run_states import JobRunState
from glue_app.runner import job_process, stragglers
from glue_app.runner.environment import launch_settings
from glue_app.runner.log_limit import log_limit
from glue_app.runner.process import ProcessGroup
from glue_app.runner.run_request import BadRequestError, RunRequest
from glue_app.runner.settings import Settings
from glue_app.runner.warm_jvm import WarmJvms

LOG = logging.getLogger(__name__)
STREAMS = ("stdout", "stderr")
_SCRATCH = ("work", "files", "modules", "tmp")  # a run's folders that go when it ends; its logs stay
_READ_AT_MOST = 1 << 20  # bytes of log in one answer


class UnknownRunError(Exception):
    """This life of the runner has not seen such an id: to the client, the run is lost."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"no run {run_id}; a runner that was restarted knows nothing of earlier runs")


class RunExistsError(Exception):
    """An id is used for a second, different request."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} exists and its request was another one")


@dataclass
class Run:
    """A run; changed only under the lock of `Runs`."""

    request: RunRequest
    directory: Path
    state: JobRunState = JobRunState.STARTING
    exit_code: int | None = None
    error: str | None = None
    created_at: float = field(default_factory=time.time)
    started_at: float | None = None
    ended_at: float | None = None
    process: ProcessGroup | None = None
    verdict: JobRunState | None = None  # STOPPED or TIMEOUT once somebody asked for its end

    def as_json(self) -> dict[str, Any]:
        """Return what GET /runs/{id} answers: never arguments, never environment."""
        logs = {stream: self.directory / f"{stream}.log" for stream in STREAMS}
        return {
            "id": self.request.id,
            "state": self.state.value,
            "exit_code": self.exit_code,
            "error": self.error,
            "created_at": self.created_at,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "log_bytes": {stream: log.stat().st_size if log.exists() else 0 for stream, log in logs.items()},
        }


class Runs:
    """Starts, watches and ends runs; each is watched by one thread that sleeps in waitpid."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._runs: dict[str, Run] = {}
        self._lock = threading.RLock()
        self._slot_free = threading.Condition(self._lock)
        self._slots_used = 0
        self.warm_jvms = WarmJvms(settings)
        (settings.home / "runs").mkdir(parents=True, exist_ok=True)

    def start(self, request: RunRequest) -> Run:
        """Take a run; the same request again is the same run. Raise RunExistsError, BadRequestError."""
        if request.glue_version not in (None, self._settings.glue_version):
            raise BadRequestError("glue_version", f"must be {self._settings.glue_version}: this runner's")
        directory = self._settings.home / "runs" / request.id
        with self._lock:
            known = self._runs.get(request.id)
            if known is not None:
                if known.request != request:
                    raise RunExistsError(request.id)
                return known
            if directory.exists():  # of an earlier life of the runner: its run was reported lost
                shutil.rmtree(directory)
            directory.mkdir(mode=0o700)
            for folder in _SCRATCH:
                (directory / folder).mkdir()
            run = self._runs[request.id] = Run(request, directory)
        threading.Thread(target=self._watch, args=[run], name=f"run-{request.id[:12]}", daemon=True).start()
        return run

    def get(self, run_id: str) -> Run:
        """Return a run. Raise UnknownRunError."""
        with self._lock:
            if run_id not in self._runs:
                raise UnknownRunError(run_id)
            return self._runs[run_id]

    def all(self) -> list[Run]:
        with self._lock:
            return list(self._runs.values())

    def stop(self, run_id: str) -> Run:
        """Ask a run to end as STOPPED; a finished run is left as it is. Raise UnknownRunError."""
        run = self.get(run_id)
        self._end(run, JobRunState.STOPPED)
        return run

    def stop_all(self) -> None:
        """Kills every process: the runner is going away."""
        self.warm_jvms.close()
        for run in self.all():
            if run.process is not None:
                run.process.kill()
        stragglers.end_of(self._settings.home)
        stragglers.end_strangers()

    def read_log(self, run_id: str, stream: str, offset: int) -> tuple[bytes, int]:
        """Return a stream from `offset`, and where to go on. Raise UnknownRunError, BadRequestError."""
        run = self.get(run_id)
        if stream not in STREAMS:
            raise BadRequestError("stream", f"must be one of {', '.join(STREAMS)}")
        path = run.directory / f"{stream}.log"
        if not path.exists():
            return b"", offset
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(_READ_AT_MOST)
        return data, offset + len(data)

    # ------------------------------------------------------------------ one run's life
    def _watch(self, run: Run) -> None:
        if not self._wait_for_slot(run):
            return
        self.warm_jvms.run_began()
        try:
            exit_code = self._execute(run)
            error = None if exit_code == 0 else failure_reason(run.directory, exit_code)
            outcome = JobRunState.FAILED if exit_code else JobRunState.SUCCEEDED
            self._finish(run, run.verdict or outcome, exit_code, error)
        except Exception as error:
            LOG.exception("run %s", run.request.id)
            self._finish(run, JobRunState.FAILED, None, f"the runner could not start the job: {error}")
        finally:
            self.warm_jvms.run_ended(run.directory)
            with self._slot_free:
                self._slots_used -= 1
                if not self._slots_used:
                    stragglers.end_strangers()
                self._slot_free.notify_all()

    def _wait_for_slot(self, run: Run) -> bool:
        with self._slot_free:
            self._slot_free.wait_for(lambda: run.verdict or self._slots_used < self._settings.slots)
            if run.verdict:
                self._finish(run, run.verdict, None, None)
                return False
            self._slots_used += 1
            return True

    def _execute(self, run: Run) -> int:
        settings, request = self._settings, run.request
        launch = launch_settings(settings, run.directory, request.arguments) | {"script": request.script}
        if (warm := self.warm_jvms.keep_ready_for(request.arguments, request.environment)) is not None:
            launch["warm_jvms"] = str(warm)
        with self._lock:
            if run.verdict:
                return 0
            run.process = job_process.start(settings, "launch", run.directory, request.environment, launch)
            run.state, run.started_at = JobRunState.RUNNING, time.time()
        LOG.info("run %s: process %d", request.id, run.process.pid)
        timer = threading.Timer(request.timeout_seconds, self._end, [run, JobRunState.TIMEOUT])
        timer.daemon = True
        timer.start()
        try:
            with log_limit(run.directory, settings.log_limit_mb, run.process.kill):
                return run.process.wait()
        finally:
            timer.cancel()
            if left := stragglers.end_of(run.directory):
                LOG.warning("run %s: ended %d processes that it left behind", request.id, left)

    def _end(self, run: Run, verdict: JobRunState) -> None:
        with self._slot_free:
            if run.state.terminal or run.verdict:
                return
            run.verdict = verdict
            if verdict is JobRunState.STOPPED:
                run.state = JobRunState.STOPPING
            self._slot_free.notify_all()
            process = run.process
        if process is not None:
            process.end(self._settings.stop_grace_seconds)

    def _finish(self, run: Run, state: JobRunState, exit_code: int | None, error: str | None) -> None:
        for folder in _SCRATCH:
            shutil.rmtree(run.directory / folder, ignore_errors=True)
        with self._lock:
            run.exit_code, run.ended_at = exit_code, time.time()
            run.error = error if state is JobRunState.FAILED else None
            run.state = state
            finished = [r for r in self._runs.values() if r.state.terminal]
            surplus = finished[: max(0, len(finished) - self._settings.keep_runs)]
            for old in surplus:
                del self._runs[old.request.id]
        LOG.info("run %s: %s, exit code %s", run.request.id, state.value, exit_code)
        for old in surplus:
            shutil.rmtree(old.directory, ignore_errors=True)


def failure_reason(directory: Path, exit_code: int) -> str:
    """Why a process ended with an exit code other than 0, in the words AWS Glue has for it.

    The launcher leaves the exception's text (`ValueError: boom`) in a file. A process that died before it
    could is described by its exit code.
    """
    try:
        return (directory / "error.txt").read_text(encoding="utf-8")
    except OSError:
        pass
    if exit_code < 0:
        return f"Command failed with exit code {128 - exit_code}"  # as a shell counts signals
    return f"Command failed with exit code {exit_code}"
