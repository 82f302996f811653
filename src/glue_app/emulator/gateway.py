"""What a request meets on its way: the rules before and beside LocalStack's handlers, in order.

A rule lies in `host/gateway/`, which may touch LocalStack; here is only the table. `at` names the handler of
LocalStack's chain (`localstack/aws/app.py`) that the rule stands before or around.
"""

from __future__ import annotations

from dataclasses import dataclass

from glue_app.emulator.host import health
from glue_app.emulator.host.gateway import (
    failure_log,
    forwarded_bodies,
    long_calls,
    not_emulated,
    presigned_urls,
    protocol_errors,
    request_gate,
    request_shapes,
    unknown_service,
    web_pages,
)
from glue_app.emulator.host.patches.patch import Patch


@dataclass(frozen=True)
class Step:
    """A rule at its place in the chain. why: what would happen without it."""

    rule: Patch
    at: str
    why: str


BEFORE_LISTEN: tuple[Step, ...] = (
    Step(web_pages.PATCH, "Gateway.process", "any web page could replace a job's script and have it run"),
)

STEPS: tuple[Step, ...] = (
    Step(request_gate.PATCH, "HandlerChain.handle", "a save would be of no one moment"),
    Step(unknown_service.PATCH, "parse_service_name", "a name that LocalStack has no model of is a 500"),
    Step(presigned_urls.PATCH, "parse_pre_signed_url_request", "an expired URL still opens its object"),
    Step(forwarded_bodies.PATCH, "parse_service_request", "LocalStack refuses what Bedrock is to refuse"),
    Step(not_emulated.PATCH, "load_service", "LocalStack downloads a service inside the request (ADR 0008)"),
    Step(request_shapes.PATCH, "service_request_router", "a wrong type is a KeyError of the provider's"),
    Step(long_calls.PATCH, "service_request_router", "a call that waits keeps every save waiting"),
    Step(failure_log.PATCH, "log_exception", "a 500 leaves no trace of where it came from"),
    Step(protocol_errors.PATCH, "handle_service_exception", "a malformed request is a 500, not a 400"),
)

#: the stack's own routes, beside the services': `serve_localstack_resources` and `serve_edge_router_rules`
ROUTES: dict[str, str] = {
    "/_glue-app/health": "tells what the stack depends on, and what of it is down (host/health.py)",
    "/_glue-app/state/save": "saves the stack; `glue-app down` asks for it (state/endpoints.py)",
    "/_glue-app/state/snapshot": "saves it into a folder of the user's (state/endpoints.py)",
    "/v1/data-channel/<session_id>": "Session Manager's WebSocket, once ssm is loaded (ssm/channels.py)",
}


def before_listen() -> None:
    """Put the rules in place that have to be there before the port is open."""
    for step in BEFORE_LISTEN:
        step.rule.apply()


def install_rules() -> None:
    """Put the other rules in place. Of two around one handler the later stands outside."""
    for step in STEPS:
        step.rule.apply()


def install() -> None:
    """Put the rules in place and serve the stack's own health."""
    install_rules()
    health.install()
