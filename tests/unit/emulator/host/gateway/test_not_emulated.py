"""The patch not_emulated: what LocalStack would fetch or start inside a request is a 501 at once."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import localstack.services
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from localstack.aws.api import RequestContext
from localstack.aws.app import LocalstackAwsGateway
from localstack.aws.client import _ResponseStream, create_http_request
from localstack.aws.handlers.service import ServiceExceptionSerializer
from localstack.aws.handlers.service_plugin import ServiceLoader
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.config import internal_service_url
from localstack.http import Request, Response
from localstack.packages.api import PackageInstaller
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.services.stepfunctions.packages import jpype_jsonata_package

from glue_app.emulator.host.gateway import not_emulated
from glue_app.emulator.host.not_emulated import SERVICES
from glue_app.emulator.host.patches.patch import original

#: of each such service, and of some that LocalStack has no provider of
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("dynamodb", "ListTables", {}),
    ("dynamodbstreams", "ListStreams", {}),
    ("es", "ListDomainNames", {}),
    ("kinesis", "ListStreams", {}),
    ("lambda", "ListFunctions", {}),
    ("lambda", "Invoke", {"FunctionName": "f"}),
    ("opensearch", "ListDomainNames", {}),
    ("transcribe", "ListTranscriptionJobs", {}),
    ("athena", "ListWorkGroups", {}),
    ("ecs", "ListClusters", {}),
    ("batch", "DescribeJobQueues", {}),
    ("emr-serverless", "ListApplications", {}),
)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> LocalstackAwsGateway:
    """LocalStack's own chain, in memory, that must not load a service."""
    not_emulated.apply()
    monkeypatch.setattr(
        type(SERVICE_PLUGINS), "require", lambda _self, name: pytest.fail(f"{name} is loaded"), raising=True
    )
    return LocalstackAwsGateway(SERVICE_PLUGINS)


@pytest.mark.parametrize(("service", "operation", "arguments"), CALLS, ids=lambda value: str(value))
def test_a_service_that_is_not_emulated_says_so(
    gateway: LocalstackAwsGateway, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    """In memory, as a state machine's task calls it; the answer is one that the service's SDK reads."""
    client: Any = boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=internal_service_url(),
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    client.meta.events.register_first("before-send.*.*", _InMemory(gateway))

    with pytest.raises(ClientError) as raised:
        client._make_api_call(operation, arguments)

    error = raised.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error["Error"]["Code"] == "NotEmulatedByGlueApp"
    assert f"{service}:{operation} is not emulated" in error["Error"]["Message"]
    assert "docs/parity.md" in error["Error"]["Message"]


class _InMemory:
    """Hands a request to the gateway as the network would: it has to find out itself whose it is."""

    def __init__(self, gateway: LocalstackAwsGateway) -> None:
        self._gateway = gateway

    def __call__(self, request: Any, **_: Any) -> Any:

        response = Response()
        self._gateway.process(create_http_request(request), response)
        return AWSResponse(request.url, response.status_code, response.headers, _ResponseStream(response))


def test_localstack_would_still_load_them() -> None:
    """So that the patch is needed."""
    loaded: list[str] = []

    class LoadedError(Exception):
        pass

    def require(name: str) -> None:
        loaded.append(name)
        raise LoadedError

    manager: Any = SimpleNamespace(exists=lambda _name: True, require=require)
    loader = ServiceLoader(manager, None)  # type: ignore[arg-type]
    for name in SERVICES:
        context = SimpleNamespace(service=load_service(name), operation=None)
        with pytest.raises(LoadedError):
            original(ServiceLoader, "require_service")(loader, None, context, None)

    assert loaded == list(SERVICES)


def test_the_table_has_every_service_that_fetches_something() -> None:
    """A room of LocalStack's with packages of its own (`packages.py`) is in the table, but Step Functions:
    JSONata alone needs one there.
    """
    rooms = Path(localstack.services.__path__[0])
    with_packages = {path.parent.name.strip("_") for path in rooms.glob("*/packages.py")}

    assert with_packages - set(SERVICES) == {"stepfunctions"}


def test_the_table_has_services_that_localstack_has() -> None:
    """One that it has no provider of needs no row."""
    providers = {
        point.name.partition(":")[0] for point in metadata.entry_points(group="localstack.aws.provider")
    }

    assert set(SERVICES) <= providers


def test_an_operation_that_a_provider_has_not_says_so() -> None:
    """LocalStack would ask its vendor's server what to answer."""

    not_emulated.apply()
    context = RequestContext(Request("POST", "/", headers={"x-amz-target": "AWSEvents.ListReplays"}))
    context.service = load_service("events")
    context.operation = context.service.operation_model("ListReplays")
    context.protocol = "json"

    response = ServiceExceptionSerializer().create_exception_response(NotImplementedError(), context)

    assert response.status_code == 501
    assert "events:ListReplays is not emulated by glue-app; docs/parity.md" in response.get_data(as_text=True)


@pytest.mark.parametrize("said", ["", "The list_replays action has not been implemented"])
def test_an_operation_without_a_handler_says_so(said: str) -> None:
    """LocalStack's provider has no such method, or moto has not."""

    def handler(_context: Any, _request: Any) -> None:
        raise NotImplementedError(*[said] * bool(said))

    not_emulated.apply()
    context = RequestContext(Request("POST", "/"))
    context.service = load_service("events")
    context.operation = context.service.operation_model("ListReplays")
    context.protocol, context.service_request = "json", {"Limit": 1}

    response = Skeleton(context.service, {"ListReplays": handler}).invoke(context)

    assert response.status_code == 501
    assert "events:ListReplays is not emulated by glue-app" in response.get_data(as_text=True)
    assert said in response.get_data(as_text=True)


def test_nothing_is_installed_while_the_stack_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """JSONata's library would be, at the first expression of a state machine."""

    installer = jpype_jsonata_package.get_installer()
    monkeypatch.setattr(type(installer), "is_installed", lambda _self: False)
    monkeypatch.setattr(type(installer), "_prepare_installation", lambda *_: pytest.fail("downloads"))
    not_emulated.apply()

    with pytest.raises(not_emulated.NotInstalledError, match="LocalStack would download now"):
        installer.install()
    assert type(installer).install is PackageInstaller.install
