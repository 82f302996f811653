"""AWS Glue's operations: each is a few lines between the request and the module that knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from localstack.aws.api import RequestContext, handler
from localstack.services.plugins import Service, ServiceLifecycleHook

from glue_app.emulator.glue import catalog, connections, jobs, runs, security_configurations, tags
from glue_app.emulator.glue.execution import Executions
from glue_app.emulator.glue.models import GlueStore, GlueStores, Job
from glue_app.emulator.glue.operations import MOTO_OPERATIONS
from glue_app.emulator.glue.paging import page
from glue_app.emulator.glue.runner_client import RunnerClient
from glue_app.emulator.host.service import serve
from glue_app.emulator.service.registration import register
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings, settings

Request = Mapping[str, Any]
_LIKELY_ARGUMENTS = {"--datalake-formats": "delta"}
_LIKELY_REGION = "us-east-1"
_RUNNER_STARTS_S = 30.0  # it is started together with this process


class GlueProvider(ServiceLifecycleHook):  # type: ignore[misc]
    """The store of all accounts, and the runs that are going on."""

    service = "glue"

    def __init__(self, config: Settings) -> None:
        self.stores = GlueStores()
        self._glue_version = config.glue_version
        self.executions = Executions(
            self.stores,
            lambda: RunnerClient(config.runner_url, config.token_file),
            config.job_endpoint_url,
            config.glue_version,
        )

    def on_after_init(self) -> None:
        self.executions.stop_strangers()
        # an apply makes the catalog first and the job last: by then a JVM for it can be ready
        self.executions.expect(_LIKELY_ARGUMENTS, _LIKELY_REGION, patience_s=_RUNNER_STARTS_S)
        register(
            self.service,
            stores=self.stores,
            after_restore=self.after_restore,
            activity=self.stores.fingerprint,
        )

    def after_restore(self) -> None:
        """End what a save holds as going on, and prepare for runs anew: both ended with the stack."""
        with self.stores.lock:
            for _scope, store in self.stores.items():
                runs.end_with_the_stack(store)
            jobs_of_regions = [
                (scope.region, job) for scope, store in self.stores.items() for job in store.jobs.values()
            ]
        for region, job in jobs_of_regions:
            self._expect_runs(region, job, patience_s=_RUNNER_STARTS_S)

    def on_before_stop(self) -> None:
        self.executions.stop_everything()

    # ------------------------------------------------------------------ jobs
    @handler("CreateJob", expand=False)
    def create_job(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            job = jobs.create_job(self._store(context), request)
            self._tag_new(context, "job", job.name, request)
        self._expect_runs(context.region, job)
        return {"Name": job.name}

    @handler("GetJob", expand=False)
    def get_job(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            return {"Job": jobs.get_job(self._store(context), request["JobName"]).as_dict()}

    @handler("GetJobs", expand=False)
    def get_jobs(self, context: RequestContext, request: Request) -> dict[str, Any]:
        return self._page_of_jobs(context, request, "Jobs", lambda job: job.as_dict())

    @handler("ListJobs", expand=False)
    def list_jobs(self, context: RequestContext, request: Request) -> dict[str, Any]:
        return self._page_of_jobs(context, request, "JobNames", lambda job: job.name)

    @handler("BatchGetJobs", expand=False)
    def batch_get_jobs(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            known, names = self._store(context).jobs, request["JobNames"]
            return {
                "Jobs": [known[name].as_dict() for name in names if name in known],
                "JobsNotFound": [name for name in names if name not in known],
            }

    @handler("UpdateJob", expand=False)
    def update_job(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            job = jobs.update_job(self._store(context), request["JobName"], request["JobUpdate"])
        self._expect_runs(context.region, job)
        return {"JobName": job.name}

    @handler("DeleteJob", expand=False)
    def delete_job(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            jobs.delete_job(self._store(context), request["JobName"])
            self._forget_tags(context, "job", request["JobName"])
        return {"JobName": request["JobName"]}

    # ------------------------------------------------------------------ job runs
    @handler("StartJobRun", expand=False)
    def start_job_run(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            run = runs.new_run(self._store(context), request, Scope.of(context))
            self.executions.start(run)
        return {"JobRunId": run.id}

    @handler("GetJobRun", expand=False)
    def get_job_run(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            run = runs.find_run(self._store(context), request["JobName"], request["RunId"])
            return {"JobRun": runs.as_dict(run)}

    @handler("GetJobRuns", expand=False)
    def get_job_runs(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            store = self._store(context)
            of_job = store.runs_of(jobs.get_job(store, request["JobName"]).name)
            return page(of_job, request, "JobRuns", lambda run: run.id, runs.as_dict)

    @handler("BatchStopJobRun", expand=False)
    def batch_stop_job_run(self, context: RequestContext, request: Request) -> dict[str, Any]:
        stopped: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for run_id in request["JobRunIds"]:
            entry = {"JobName": request["JobName"], "JobRunId": run_id}
            if detail := self._stop(context, request["JobName"], run_id):
                errors.append({**entry, "ErrorDetail": detail})
            else:
                stopped.append(entry)
        return {"SuccessfulSubmissions": stopped, "Errors": errors}

    # ------------------------------------------------------------------ connections
    @handler("CreateConnection", expand=False)
    def create_connection(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            connection = connections.create_connection(self._store(context), request["ConnectionInput"])
            self._tag_new(context, "connection", connection.name, request)
        return {"CreateConnectionStatus": "READY"}

    @handler("GetConnection", expand=False)
    def get_connection(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            connection = connections.get_connection(self._store(context), request["Name"])
            hide = bool(request.get("HidePassword"))
            return {"Connection": connections.as_dict(connection, hide_password=hide)}

    @handler("GetConnections", expand=False)
    def get_connections(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            wanted = request.get("Filter") or {}
            every = [c for c in self._store(context).connections.values() if connections.matches(c, wanted)]
            shape = partial(connections.as_dict, hide_password=bool(request.get("HidePassword")))
            return page(every, request, "ConnectionList", lambda connection: connection.name, shape)

    @handler("UpdateConnection", expand=False)
    def update_connection(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            connections.update_connection(self._store(context), request["Name"], request["ConnectionInput"])
        return {}

    @handler("DeleteConnection", expand=False)
    def delete_connection(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            connections.delete_connection(self._store(context), request["ConnectionName"])
            self._forget_tags(context, "connection", request["ConnectionName"])
        return {}

    # ------------------------------------------------------------------ security configurations
    @handler("CreateSecurityConfiguration", expand=False)
    def create_security_configuration(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            made = security_configurations.create(
                self._store(context), request["Name"], request["EncryptionConfiguration"]
            )
        return {"Name": made.name, "CreatedTimestamp": made.created}

    @handler("GetSecurityConfiguration", expand=False)
    def get_security_configuration(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            found = security_configurations.get(self._store(context), request["Name"])
            return {"SecurityConfiguration": security_configurations.as_dict(found)}

    @handler("GetSecurityConfigurations", expand=False)
    def get_security_configurations(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            every = list(self._store(context).security_configurations.values())
            shape = security_configurations.as_dict
            return page(every, request, "SecurityConfigurations", lambda found: found.name, shape)

    @handler("DeleteSecurityConfiguration", expand=False)
    def delete_security_configuration(self, context: RequestContext, request: Request) -> dict[str, Any]:
        with self.stores.lock:
            security_configurations.delete(self._store(context), request["Name"])
        return {}

    # ------------------------------------------------------------------ tags
    @handler("GetTags", expand=False)
    def get_tags(self, context: RequestContext, request: Request) -> dict[str, Any]:
        _moto_unless_ours(request["ResourceArn"])
        with self.stores.lock:
            return {"Tags": tags.get(self._store(context), request["ResourceArn"])}

    @handler("TagResource", expand=False)
    def tag_resource(self, context: RequestContext, request: Request) -> dict[str, Any]:
        _moto_unless_ours(request["ResourceArn"])
        with self.stores.lock:
            tags.add(self._store(context), request["ResourceArn"], request["TagsToAdd"])
        return {}

    @handler("UntagResource", expand=False)
    def untag_resource(self, context: RequestContext, request: Request) -> dict[str, Any]:
        _moto_unless_ours(request["ResourceArn"])
        with self.stores.lock:
            tags.remove(self._store(context), request["ResourceArn"], request["TagsToRemove"])
        return {}

    # ------------------------------------------------------------------ helpers
    def _store(self, context: RequestContext) -> GlueStore:
        return self.stores.of(Scope.of(context))

    def _expect_runs(self, region: str, job: Job, patience_s: float = 0.0) -> None:
        definition = job.definition
        if definition["Command"]["Name"] == "glueetl" and definition["GlueVersion"] == self._glue_version:
            self.executions.expect(definition["DefaultArguments"], region, patience_s)

    def _page_of_jobs(
        self, context: RequestContext, request: Request, field: str, shape: Callable[[Job], Any]
    ) -> dict[str, Any]:
        """Cut a page of the jobs whose tags include the request's."""
        with self.stores.lock:
            store, wanted = self._store(context), (request.get("Tags") or {}).items()
            every = [
                job
                for job in store.jobs.values()
                if wanted <= store.tags.get(self._arn(context, "job", job.name), {}).items()
            ]
            return page(every, request, field, lambda job: job.name, shape)

    def _stop(self, context: RequestContext, job_name: str, run_id: str) -> dict[str, str] | None:
        """None when the run is being stopped, else AWS's ErrorDetail."""
        with self.stores.lock:
            run = self._store(context).runs.get(run_id)
            if run is None or run.job_name != job_name:
                return {
                    "ErrorCode": "EntityNotFoundException",
                    "ErrorMessage": f"Job Run {run_id} not found.",
                }
        if self.executions.stop(run):
            return None
        return {
            "ErrorCode": "InvalidInputException",
            "ErrorMessage": f"Job Run {run_id} is {run.state.value} and cannot be stopped.",
        }

    def _tag_new(self, context: RequestContext, kind: str, name: str, request: Request) -> None:
        if request.get("Tags"):
            tags.add(self._store(context), self._arn(context, kind, name), request["Tags"])

    def _forget_tags(self, context: RequestContext, kind: str, name: str) -> None:
        self._store(context).tags.pop(self._arn(context, kind, name), None)

    def _arn(self, context: RequestContext, kind: str, name: str) -> str:
        return Scope.of(context).arn(self.service, f"{kind}/{name}")


def glue_service() -> Service:
    """Return the service LocalStack serves under `glue`."""
    return served(GlueProvider(settings()))


def served(provider: GlueProvider) -> Service:
    """Its operations, those that moto answers, and the rest, which is refused."""
    return serve(provider, MOTO_OPERATIONS, catalog.handlers())


def _moto_unless_ours(resource_arn: str) -> None:
    """Raise NotImplementedError, which passes the request on, for the catalog's tags: they are with moto."""
    if not tags.is_ours(resource_arn):
        raise NotImplementedError
