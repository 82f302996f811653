"""The table of the gateway: it is in the order of LocalStack's chain, complete, and in force."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest
from localstack.aws import handlers
from localstack.aws.app import LocalstackAwsGateway
from localstack.http import Request, Response
from localstack.services.internal import get_internal_apis
from localstack.services.plugins import SERVICE_PLUGINS

from glue_app.emulator import gateway
from glue_app.emulator.host import gateway as rules
from glue_app.emulator.host import health
from glue_app.emulator.host.gateway import request_gate
from glue_app.emulator.host.state.gate import Gate
from glue_app.emulator.ssm import channels
from glue_app.emulator.state import endpoints

STEPS = (*gateway.BEFORE_LISTEN, *gateway.STEPS)
MODULES = {module.name for module in pkgutil.iter_modules(rules.__path__)}
_OF_THE_GATEWAYS_OWN = {"ServiceLoader": "load_service", "ServiceRequestRouter": "service_request_router"}


def chain(running: LocalstackAwsGateway) -> list[str]:
    """The names of the handlers that a request meets, in order; those of an exception come last."""
    known = {id(one): name for name, one in vars(handlers).items()}
    met = [*running.request_handlers, *running.exception_handlers]
    names = [known.get(id(one)) or _OF_THE_GATEWAYS_OWN.get(type(one).__name__, "") for one in met]
    return ["Gateway.process", "HandlerChain.handle", *names]


def test_the_table_has_the_order_of_the_running_chain() -> None:
    met = chain(LocalstackAwsGateway(SERVICE_PLUGINS))

    places = [met.index(step.at) for step in STEPS]

    assert places == sorted(places)


def test_every_rule_is_in_the_table_and_has_a_test() -> None:
    assert {step.rule.name.replace("-", "_") for step in STEPS} == MODULES
    assert [
        one for one in MODULES if not (Path(__file__).parent / f"host/gateway/test_{one}.py").is_file()
    ] == []


def test_every_route_of_the_stack_is_in_the_table() -> None:
    health.install()
    endpoints.install(None)

    served = {rule.rule for rule in get_internal_apis().url_map.iter_rules() if "glue-app" in rule.rule}

    assert served | {channels.PATH} == set(gateway.ROUTES)


@pytest.mark.parametrize(
    ("headers", "closed", "status", "says"),
    [
        ({"Origin": "https://evil.example"}, True, 403, "Origin"),  # web-pages before request-gate
        ({}, True, 503, "the stack stops"),  # request-gate before unknown-service
        ({}, False, 501, "nowhere"),  # unknown-service before LocalStack looks for a provider
    ],
)
def test_a_request_that_several_rules_refuse_is_refused_by_the_first(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], closed: bool, status: int, says: str
) -> None:
    """One for a service that nobody knows, on a gateway as the stack has it."""
    gateway.before_listen()
    gateway.install_rules()
    gate = Gate()
    monkeypatch.setattr(request_gate, "GATE", gate)
    if closed:
        gate.close("the stack stops")
    signed = (
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/nowhere/aws4_request, SignedHeaders=, Signature="
    )
    request = Request("POST", "/", headers={"Host": "127.0.0.1:4566", "Authorization": signed, **headers})
    response = Response()

    LocalstackAwsGateway(SERVICE_PLUGINS).process(request, response)

    assert response.status_code == status
    assert says in response.get_data(as_text=True)
