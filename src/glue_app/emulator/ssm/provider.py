"""Systems Manager's operations: each is a few lines between the request and the module that knows."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext, ServiceRequest, handler
from localstack.services.plugins import Service, ServiceLifecycleHook

from glue_app.emulator.host import parameter_store
from glue_app.emulator.host.callers import caller_arn
from glue_app.emulator.host.service import NotEmulatedError, moto, serve
from glue_app.emulator.service.registration import register
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings, settings
from glue_app.emulator.ssm import checks, documents, lists, managed_instances, preferences
from glue_app.emulator.ssm.channels import DataChannels
from glue_app.emulator.ssm.exceptions import TargetNotConnected
from glue_app.emulator.ssm.managed_instances import ManagedInstances
from glue_app.emulator.ssm.models import SsmStores
from glue_app.emulator.ssm.operations import LOCALSTACK_OPERATIONS, MOTO_OPERATIONS
from glue_app.emulator.ssm.paging import page
from glue_app.emulator.ssm.sessions import Sessions

Answer = dict[str, Any]


class SsmProvider(ServiceLifecycleHook):  # type: ignore[misc]  # LocalStack carries no types
    """The stores of all accounts, and the data channels that are open."""

    service = "ssm"

    def __init__(self, config: Settings) -> None:
        self.stores = SsmStores()
        self.sessions = Sessions(self.stores)
        self.instances = ManagedInstances(self.stores)
        self.channels = DataChannels(self.sessions, self.instances.connected)
        self._endpoint = config.endpoint

    def on_after_init(self) -> None:
        self.channels.serve()
        register(
            self.service,
            stores=self.stores,
            after_restore=self.sessions.end_all,
            activity=self.stores.fingerprint,
        )

    def on_before_stop(self) -> None:
        self.channels.stop()

    # ------------------------------------------------------------------ sessions
    @handler("StartSession", expand=False)
    def start_session(self, context: RequestContext, request: ServiceRequest) -> Answer:
        scope, target = Scope.of(context), request["Target"]
        document = documents.find(scope, request.get("DocumentName") or documents.PREFERENCES)
        if document.session_type != documents.PORT:
            raise NotEmulatedError("ssm", f"StartSession with a document of type {document.session_type}")
        if not self.instances.connected(scope, target):
            raise TargetNotConnected(target)
        session, token = self.sessions.start(
            scope, request, document, preferences.find(scope), caller_arn(context)
        )
        self.channels.expect(session)
        return self._opening(context, session.session_id, token)

    @handler("ResumeSession", expand=False)
    def resume_session(self, context: RequestContext, request: ServiceRequest) -> Answer:
        token = self.sessions.resume(Scope.of(context), request["SessionId"])
        if token is None:  # it has ended: the plugin says so and ends
            return {"SessionId": request["SessionId"]}
        return self._opening(context, request["SessionId"], token)

    @handler("TerminateSession", expand=False)
    def terminate_session(self, context: RequestContext, request: ServiceRequest) -> Answer:
        session = self.sessions.get(Scope.of(context), request["SessionId"])
        self.sessions.end(session)  # first: no token of it opens a data channel from here on
        self.channels.terminate(session)
        return {"SessionId": session.session_id}

    @handler("DescribeSessions", expand=False)
    def describe_sessions(self, context: RequestContext, request: ServiceRequest) -> Answer:
        found = self.sessions.describe(Scope.of(context), request)
        return page(found, request, "Sessions", default=50, least=1, most=200)

    @handler("GetConnectionStatus", expand=False)
    def get_connection_status(self, context: RequestContext, request: ServiceRequest) -> Answer:
        connected = self.instances.connected(Scope.of(context), request["Target"])
        return {"Target": request["Target"], "Status": "connected" if connected else "notconnected"}

    # ------------------------------------------------------------------ nodes and documents
    @handler("DescribeInstanceInformation", expand=False)
    def describe_instance_information(self, context: RequestContext, request: ServiceRequest) -> Answer:
        found = managed_instances.filtered(self.instances.information(Scope.of(context)), request)
        return page(found, request, "InstanceInformationList", default=10, least=5, most=50)

    @handler("GetDocument", expand=False)
    def get_document(self, context: RequestContext, request: ServiceRequest) -> Answer:
        if answer := documents.aws_document(request["Name"]):
            return answer
        raise NotImplementedError  # one of the account's: moto has it

    # ------------------------------------------------------------------
    def _opening(self, context: RequestContext, session_id: str, token: str) -> Answer:
        """Return what opens a session's data channel, on the endpoint that the client has."""
        scheme = "wss" if context.request.scheme == "https" else "ws"
        place = self._endpoint.partition("://")[2]
        url = f"{scheme}://{place}/v1/data-channel/{session_id}?role=publish_subscribe"
        return {"SessionId": session_id, "TokenValue": token, "StreamUrl": url}


def ssm_service() -> Service:
    """Return the service LocalStack serves under `ssm`."""
    return served(SsmProvider(settings()))


def served(provider: SsmProvider) -> Service:
    """Its operations, those that LocalStack and moto answer, and the rest, which is refused."""
    others = parameter_store.handlers(LOCALSTACK_OPERATIONS) | lists.handlers()
    others["PutParameter"] = checks.before(checks.parameter, others["PutParameter"])
    others["ListDocuments"] = checks.before(checks.document_filters, others["ListDocuments"])
    checked = checks.before(checks.document_content, moto)
    others |= dict.fromkeys(("CreateDocument", "UpdateDocument"), checked)
    return serve(provider, MOTO_OPERATIONS, others)
