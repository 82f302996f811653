"""What an IAM policy document says, as far as the rooms ask. Conditions and resources are not evaluated."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Any

Policy = Mapping[str, Any]


def trusts(trust_policy: Policy, service_principal: str) -> bool:
    """Whether a trust policy allows sts:AssumeRole to a service, such as `glue.amazonaws.com`."""
    statements = _as_list(trust_policy.get("Statement"))
    named = [one for one in statements if _names(one, service_principal) and _covers(one, "sts:AssumeRole")]
    return _allowed(named)


def allows(policies: Iterable[Policy], action: str) -> bool:
    """Whether identity policies allow an action such as `ssm:UpdateInstanceInformation`."""
    statements = [one for policy in policies for one in _as_list(policy.get("Statement"))]
    return _allowed([one for one in statements if _covers(one, action)])


def _allowed(statements: list[Any]) -> bool:
    effects = {one.get("Effect") for one in statements}
    return "Allow" in effects and "Deny" not in effects


def _covers(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _matches(statement["NotAction"], action)
    return _matches(statement.get("Action"), action)


def _matches(patterns: Any, action: str) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in _as_list(patterns))


def _names(statement: Mapping[str, Any], service_principal: str) -> bool:
    principal = statement.get("Principal")
    services = ["*"] if principal == "*" else _as_list((principal or {}).get("Service"))
    return bool({"*", service_principal} & set(services))


def _as_list(value: Any) -> list[Any]:
    """IAM allows one value in place of a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
