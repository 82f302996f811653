"""Job runs: how one begins, which states it goes through, what GetJobRun says of it.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from glue_app.aws.glue_versions import check_timeout, check_version
from glue_app.aws.glue_workers import check_execution_class
from glue_app.aws.job_run_states import JobRunState
from glue_app.emulator.glue.arguments import merge_arguments
from glue_app.emulator.glue.capacity import capacity_of_run
from glue_app.emulator.glue.exceptions import (
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    invalid_input,
)
from glue_app.emulator.glue.models import GlueStore, Job, JobRun
from glue_app.emulator.service.clock import now
from glue_app.emulator.service.scope import Scope

_S = JobRunState
_NEXT = {
    _S.STARTING: {_S.RUNNING, _S.STOPPING, _S.STOPPED, _S.FAILED, _S.TIMEOUT, _S.SUCCEEDED},
    _S.RUNNING: {_S.STOPPING, _S.STOPPED, _S.FAILED, _S.TIMEOUT, _S.SUCCEEDED},
    _S.STOPPING: {_S.STOPPED, _S.FAILED},
}


def new_run(store: GlueStore, request: Mapping[str, Any], scope: Scope) -> JobRun:
    """Add the run that StartJobRun's request asks for. `JobRunId` in it is an earlier run to retry.

    Raises EntityNotFoundException, ConcurrentRunsExceededException, InvalidInputException.
    """
    job = store.jobs.get(request["JobName"])
    if job is None:
        raise EntityNotFoundException("Failed to start job run due to missing metadata")
    previous = find_run(store, job.name, request["JobRunId"]) if request.get("JobRunId") else None
    own = request.get("Arguments")
    if own is None:
        own = previous.arguments if previous else {}
    run = _run(store, job, request, dict(own), scope)
    if previous:
        run.previous_run_id, run.attempt = previous.id, previous.attempt + 1
    _refuse_one_too_many(store, job)
    store.add_run(run)
    return run


def automatic_retry(store: GlueStore, failed: JobRun) -> JobRun | None:
    """Add the next attempt of a failed run; return None when MaxRetries is used up or the job is gone.

    A retry's id is the first attempt's with `_attempt_N`.
    """
    if failed.state is not _S.FAILED or failed.attempt >= failed.max_retries:
        return None
    if failed.job_name not in store.jobs:
        return None
    attempt = failed.attempt + 1
    kept = {name: getattr(failed, name) for name in _KEPT_BY_RETRY}
    run = JobRun(
        id=f"{failed.id.partition('_attempt_')[0]}_attempt_{attempt}",
        attempt=attempt,
        previous_run_id=failed.id,
        **kept,
    )
    store.add_run(run)
    return run


def find_run(store: GlueStore, job_name: str, run_id: str) -> JobRun:
    """Return a run of this job. Raises EntityNotFoundException, also for a run of another job."""
    run = store.runs.get(run_id)
    if run is None or run.job_name != job_name:
        raise EntityNotFoundException.named("Job Run", run_id)
    return run


def advance(run: JobRun, state: JobRunState, error_message: str | None = None) -> bool:
    """Move a run to a state; return False when it cannot go there from its own (an ended run never moves)."""
    if state not in _NEXT.get(run.state, ()):
        return False
    run.state, run.last_modified_on = state, now()
    if state is _S.RUNNING:
        run.running_since = run.last_modified_on
    if state.terminal:
        run.completed_on, run.error_message = run.last_modified_on, error_message
    return True


def end_with_the_stack(store: GlueStore) -> None:
    """At a new start: what was going on in the life before has failed, and says why.

    No automatic retry, and no event: nobody listens yet.
    """
    for run in store.runs.values():
        if not run.state.terminal:
            advance(run, _S.FAILED, "The stack stopped while this run was going on")


def as_dict(run: JobRun) -> dict[str, Any]:
    """AWS's JobRun structure. DPUSeconds is left out: AWS has it only for auto-scaled and flexible runs."""
    fields: dict[str, Any] = {
        "Id": run.id,
        "Attempt": run.attempt,
        "PreviousRunId": run.previous_run_id,
        "JobName": run.job_name,
        "JobMode": "SCRIPT",
        "StartedOn": run.started_on,
        "LastModifiedOn": run.last_modified_on,
        "CompletedOn": run.completed_on,
        "JobRunState": run.state.value,
        "Arguments": run.arguments or None,
        "ErrorMessage": run.error_message,
        "PredecessorRuns": [],
        **run.capacity.as_fields(),
        "ExecutionTime": execution_time(run),
        "Timeout": run.timeout,
        "SecurityConfiguration": run.security_configuration,
        "LogGroupName": run.log_group_name,
        "NotificationProperty": run.notification_property,
        "GlueVersion": run.glue_version,
        "ExecutionClass": run.execution_class,
    }
    return {name: value for name, value in fields.items() if value is not None}


def execution_time(run: JobRun) -> int:
    """Whole seconds a run has used resources: from RUNNING to its end, or to now."""
    if run.running_since is None:
        return 0
    return int(((run.completed_on or now()) - run.running_since).total_seconds())


_KEPT_BY_RETRY = (
    "job_name", "account_id", "region", "role", "script", "arguments", "merged_arguments", "capacity",
    "timeout", "glue_version", "execution_class", "command", "connections", "security_configuration",
    "notification_property", "max_retries",
)  # fmt: skip


def _run(store: GlueStore, job: Job, request: Mapping[str, Any], own: dict[str, str], scope: Scope) -> JobRun:
    definition = job.definition
    security = request.get("SecurityConfiguration") or definition.get("SecurityConfiguration")
    if security and security not in store.security_configurations:
        raise EntityNotFoundException.named("Security Configuration", security)
    version, command = definition["GlueVersion"], definition["Command"]["Name"]
    execution_class = request.get("ExecutionClass") or definition.get("ExecutionClass")
    with invalid_input():
        check_version(version, command)  # a job of an older save may be of one that has ended
        capacity = capacity_of_run(request, job.capacity, version, command)
        check_execution_class(execution_class, capacity.worker_type, command)
        if request.get("Timeout"):
            check_timeout(request["Timeout"], version, command)
    return JobRun(
        id=f"jr_{secrets.token_hex(32)}",
        job_name=job.name,
        account_id=scope.account_id,
        region=scope.region,
        role=definition["Role"],
        script=definition["Command"]["ScriptLocation"],
        arguments=own,
        merged_arguments=merge_arguments(
            definition["DefaultArguments"], own, definition.get("NonOverridableArguments") or {}
        ),
        capacity=capacity,
        timeout=request.get("Timeout") or definition.get("Timeout"),
        glue_version=version,
        execution_class=execution_class,
        command=command,
        connections=tuple((definition.get("Connections") or {}).get("Connections") or ()),
        security_configuration=security,
        notification_property=request.get("NotificationProperty") or definition.get("NotificationProperty"),
        max_retries=definition["MaxRetries"],
    )


def _refuse_one_too_many(store: GlueStore, job: Job) -> None:
    active = sum(not run.state.terminal for run in store.runs_of(job.name))
    if active >= job.max_concurrent_runs:
        raise ConcurrentRunsExceededException(job.name)
