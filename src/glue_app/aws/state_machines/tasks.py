"""The Task state: its resource, and its parameters as far as the definition tells them.

https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
"""

from __future__ import annotations

from typing import Any

from . import values
from .integrations import Integration, UnknownResourceError, express_refusal, integration_of
from .parameters import check_template
from .scope import Scope, at_most_one, known, required

#: what integrations with parameters of their own can't do without
_REQUIRED = {"apigateway": ("ApiEndpoint", "Method"), "http": ("ApiEndpoint", "Method")}


def check(scope: Scope, state: dict[str, Any]) -> None:
    required(scope, state, "Resource")
    at_most_one(scope, state, "TimeoutSeconds", "TimeoutSecondsPath")
    at_most_one(scope, state, "HeartbeatSeconds", "HeartbeatSecondsPath")
    limit, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if isinstance(limit, int) and isinstance(heartbeat, int) and heartbeat >= limit:
        scope.schema("HeartbeatSeconds must be smaller than TimeoutSeconds")
    if "Credentials" in state:
        _credentials(scope.at("Credentials"), state["Credentials"])
    if "Resource" not in state:
        return
    resource, here = state["Resource"], scope.at("Resource")
    if not isinstance(resource, str):
        here.schema("Expected value of type [STRING]")
        return
    try:
        integration = integration_of(resource)
    except UnknownResourceError as unknown:
        here.schema(str(unknown))
        return
    refusal = express_refusal(integration) if scope.express else None
    if refusal:
        here.schema(refusal)
    field = "Arguments" if scope.jsonata else "Parameters"
    _parameters(scope.at(field), integration, state.get(field))


def _parameters(scope: Scope, integration: Integration, given: Any) -> None:
    operation = integration.operation()
    if operation is not None:
        for message in check_template(operation, given, scope.jsonata):
            scope.schema(message)
    elif isinstance(given, dict) or given is None:
        names = {name if scope.jsonata else name.removesuffix(".$") for name in given or {}}
        for name in _REQUIRED.get(integration.service, ()):
            if name not in names:
                scope.schema(f"The field '{name}' is required but was missing")


def _credentials(scope: Scope, given: Any) -> None:
    if not isinstance(given, dict):
        if not scope.jsonata:
            scope.schema("Expected value of type [OBJECT]")
        return
    known(scope, given, {"RoleArn"} if scope.jsonata else {"RoleArn", "RoleArn.$"})
    if "RoleArn" not in given and "RoleArn.$" not in given:
        scope.schema("These fields are required: [RoleArn]")
    values.payload(scope, given)
