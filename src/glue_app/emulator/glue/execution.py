"""Carries runs out: one thread for each active run, which follows it at the runner until it has ended.

No run, no thread: an idle stack costs nothing.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping

from localstack.aws.connect import connect_to

from glue_app.aws.glue_versions import LONGEST_TIMEOUT_MINUTES
from glue_app.aws.job_run_states import JobRunState
from glue_app.emulator.glue import events, runs
from glue_app.emulator.glue.arguments import script_arguments
from glue_app.emulator.glue.logs import LogStream
from glue_app.emulator.glue.models import GlueStores, JobRun
from glue_app.emulator.glue.roles import RoleNotAssumableError, assume_role
from glue_app.emulator.glue.runnable import NotRunnableError, version_for_runner
from glue_app.emulator.glue.runner_client import (
    RunLostError,
    RunnerClient,
    RunnerRefusedError,
    RunnerRun,
    RunnerUnreachableError,
)
from glue_app.errors import OneLineError

LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.25
_UNREACHABLE_AT_MOST_SECONDS = 30.0  # then a run whose runner does not answer counts as lost
_HINT_AGAIN_S = 0.5
_GROUPS = {"stdout": "output", "stderr": "error"}

RunnerFactory = Callable[[], RunnerClient]


class LaunchFailedError(OneLineError):
    """Raised when a run cannot be handed to the runner; its text is the run's ErrorMessage."""


# what a run can fail with before or beside its script; the text is the run's ErrorMessage
_NAMED_FAILURES = (
    LaunchFailedError,
    NotRunnableError,
    RoleNotAssumableError,
    RunLostError,
    RunnerRefusedError,
    RunnerUnreachableError,
)


class Executions:
    """The runs that are going on."""

    def __init__(
        self, stores: GlueStores, runner: RunnerFactory, job_endpoint_url: str, glue_version: str
    ) -> None:
        self._stores, self._runner, self._endpoint = stores, runner, job_endpoint_url
        self._glue_version = glue_version
        self._stop_requests: dict[str, threading.Event] = {}

    def start(self, run: JobRun) -> None:
        """Follows a run that is in its store as STARTING."""
        self._stop_requests[run.id] = threading.Event()
        threading.Thread(target=self._follow, args=[run], name=f"glue-{run.id[:12]}", daemon=True).start()

    def expect(self, arguments: Mapping[str, str], region: str, patience_s: float = 0.0) -> None:
        """Lets the runner prepare for runs of a job with these default arguments; that is only a hint.

        patience_s: how long to try where the runner does not answer.
        """
        deadline = time.monotonic() + patience_s

        def hint() -> None:
            while True:
                try:
                    with (
                        contextlib.closing(self._runner()) as runner,
                        contextlib.suppress(RunnerRefusedError),
                    ):
                        runner.keep_warm(arguments, self._location(region))
                    return
                except RunnerUnreachableError:
                    if time.monotonic() >= deadline:
                        return
                    time.sleep(_HINT_AGAIN_S)

        threading.Thread(target=hint, name="glue-hint", daemon=True).start()

    def stop(self, run: JobRun) -> bool:
        """Asks a run to stop; False when it has ended already."""
        with self._stores.lock:
            request = self._stop_requests.get(run.id)
            if request is None or run.state.terminal:
                return False
            runs.advance(run, JobRunState.STOPPING)
        request.set()
        return True

    def stop_everything(self) -> None:
        """At shutdown: ends every process at the runner, without waiting."""
        with contextlib.closing(self._runner()) as runner:
            for run_id in list(self._stop_requests):
                with contextlib.suppress(RunLostError, RunnerUnreachableError, RunnerRefusedError):
                    runner.stop(run_id)

    def stop_strangers(self) -> None:
        """At start: ends what an earlier life of this process left running. It can have no results here."""
        with contextlib.closing(self._runner()) as runner, contextlib.suppress(RunnerUnreachableError):
            for run in runner.all():
                if run.id not in self._stop_requests and not JobRunState(run.state).terminal:
                    LOG.warning("stopping Glue run %s of an earlier life of the stack", run.id)
                    with contextlib.suppress(RunLostError, RunnerRefusedError):
                        runner.stop(run.id)

    # ------------------------------------------------------------------ one run
    def _follow(self, run: JobRun) -> None:
        state, error = JobRunState.FAILED, "Internal service error"
        try:
            with contextlib.closing(self._runner()) as runner:
                state, error = self._carry_out(run, runner)
        except _NAMED_FAILURES as e:
            error = str(e)
        except Exception as e:
            LOG.exception("Glue run %s", run.id)
            error = f"Internal service error: {type(e).__name__}"
        with self._stores.lock:
            stopped = run.state is JobRunState.STOPPING
            runs.advance(run, JobRunState.STOPPED if stopped else state, None if stopped else error or None)
            del self._stop_requests[run.id]
            retry = runs.automatic_retry(self._stores.of(run.scope), run)
        LOG.info("Glue run %s of %s: %s", run.id, run.job_name, run.state.value)
        try:
            events.publish(run)
        except Exception:
            LOG.exception("state change event of Glue run %s", run.id)
        if retry:
            self.start(retry)

    def _carry_out(self, run: JobRun, runner: RunnerClient) -> tuple[JobRunState, str]:
        """Hands the run over and follows it; its last state and its error ("" for none)."""
        version = version_for_runner(run, self._glue_version)
        self._check_connections(run)
        credentials = assume_role(run.role, run.account_id, run.region)
        stop_requested = self._stop_requests[run.id]
        if stop_requested.is_set():
            return JobRunState.STOPPED, ""
        environment = credentials | self._location(run.region)
        arguments = script_arguments(run.job_name, run.id, run.merged_arguments)
        seconds = (run.timeout or LONGEST_TIMEOUT_MINUTES) * 60.0
        runner.start(run.id, run.script, arguments, environment, seconds, version)
        output = _Output(run, runner, credentials)
        stopping, silent_seconds = False, 0.0
        while True:
            if stop_requested.wait(0.0 if stopping else _POLL_SECONDS) and not stopping:
                runner.stop(run.id)
                stopping = True
            elif stopping:
                threading.Event().wait(_POLL_SECONDS)
            try:
                seen = runner.get(run.id)
                output.ship(seen)
                silent_seconds = 0.0
            except RunnerUnreachableError:
                silent_seconds += _POLL_SECONDS
                if silent_seconds > _UNREACHABLE_AT_MOST_SECONDS:
                    raise
                continue
            state = JobRunState(seen.state)
            if state.terminal:
                output.close()
                return state, seen.error or ("Job run timed out" if state is JobRunState.TIMEOUT else "")
            if state is not run.state:
                with self._stores.lock:
                    runs.advance(run, state)

    def _location(self, region: str) -> dict[str, str]:
        """Return the variables that say where a job's AWS is."""
        return {"AWS_ENDPOINT_URL": self._endpoint, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}

    def _check_connections(self, run: JobRun) -> None:
        with self._stores.lock:
            known = self._stores.of(run.scope).connections
            missing = [name for name in run.connections if name not in known]
        if missing:
            raise LaunchFailedError(f"Connection {missing[0]} not found.")


class _Output:
    """A run's two streams on their way to CloudWatch Logs."""

    def __init__(self, run: JobRun, runner: RunnerClient, credentials: dict[str, str]) -> None:
        client = connect_to(
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=credentials["AWS_SESSION_TOKEN"],
            region_name=run.region,
        ).logs
        self._run_id, self._runner = run.id, runner
        self._offsets = dict.fromkeys(_GROUPS, 0)
        self._streams = {
            name: LogStream(client, f"{run.log_group_name}/{group}", run.id)
            for name, group in _GROUPS.items()
        }

    def ship(self, seen: RunnerRun) -> None:
        """Everything written up to when the runner was asked."""
        for name, stream in self._streams.items():
            while self._offsets[name] < seen.log_bytes.get(name, 0):
                data, self._offsets[name] = self._runner.read_log(self._run_id, name, self._offsets[name])
                stream.write(data)

    def close(self) -> None:
        """After the last `ship`: the last lines, if they have no end."""
        for stream in self._streams.values():
            stream.close()
