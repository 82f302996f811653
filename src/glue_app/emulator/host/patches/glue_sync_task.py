"""A stopped or timed-out `glue:startJobRun.sync` task leaves the job run going; Step Functions stops it.

On AWS the run a `.sync` task waits for is stopped when the execution is stopped or the task times out
(this is what glue:BatchStopJobRun in the state machine's role is for).
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (
    state_task_service_glue,
)

from .patch import Patch, replace

LOG = logging.getLogger(__name__)

Task = state_task_service_glue.StateTaskServiceGlue


def _with_stop(original: Callable[..., Any]) -> Callable[..., Any]:
    """Teach the resolver (a function that polls the run) how to stop the run it waits for."""

    def build(self: Any, env: Any, resource_runtime_part: Any, parameters: Any, credentials: Any) -> Any:
        started = env.stack[-1]
        resolver = original(self, env, resource_runtime_part, parameters, credentials)
        glue = self._get_glue_client(
            resource_runtime_part=resource_runtime_part, state_credentials=credentials
        )

        def stop() -> None:
            LOG.info("stopping job run %s of %s", started["JobRunId"], started["JobName"])
            glue.batch_stop_job_run(JobName=started["JobName"], JobRunIds=[started["JobRunId"]])

        resolver.stop_job_run = stop
        return resolver

    return build


def _stopping(original: Callable[..., Any]) -> Callable[..., Any]:
    def eval_sync(self: Any, env: Any, sync_resolver: Any, **rest: Any) -> Any:
        outcome = original(self, env=env, sync_resolver=sync_resolver, **rest)
        if outcome is None and not env.is_running():
            try:
                sync_resolver.stop_job_run()
            except Exception:  # best effort, as on AWS: the execution has ended already
                LOG.exception("the job run of a stopped task goes on")
        return outcome

    return eval_sync


def apply() -> None:
    replace(Task, "_sync_to_start_job_run", _with_stop)
    replace(Task, "_eval_sync", _stopping)


PATCH = Patch(
    "glue-sync-task", "a stopped execution or timed-out task stops the Glue job run it waits for", apply
)
