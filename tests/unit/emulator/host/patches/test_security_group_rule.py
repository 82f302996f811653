"""The patch security_group_rule: every rule keeps its description."""

from __future__ import annotations

from typing import Any

import pytest
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupRule

from glue_app.emulator.host.patches import security_group_rule
from glue_app.emulator.host.patches.patch import original

SOURCES: dict[str, dict[str, Any]] = {
    "range": {"ip_ranges": [{"CidrIp": "10.0.0.0/8", "Description": "why"}]},
    "group": {"source_groups": [{"Description": "why"}]},
    "prefix list": {"prefix_list_ids": [{"PrefixListId": "pl-1", "Description": "why"}]},
}


def descriptions(kind: str) -> list[str | None]:
    """Of the rules that come from one request with a source of this kind."""
    backend = ec2_backends["000000000000"]["us-east-1"]
    vpc = backend.create_vpc("10.0.0.0/16")
    group = backend.create_security_group(f"group-of-{kind}", "test", vpc_id=vpc.id)
    arguments: dict[str, Any] = {"ip_ranges": [], **SOURCES[kind]}
    if kind == "group":
        arguments["source_groups"] = [{"GroupId": group.id, **arguments["source_groups"][0]}]
    rules, _ = backend.authorize_security_group_ingress(group.id, "tcp", "443", "443", **arguments)
    return [rule.description for rule in rules]


@pytest.mark.parametrize("kind", ["group", "prefix list"])
def test_moto_still_forgets_it(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    for name in ("__init__", "description"):
        monkeypatch.setattr(SecurityGroupRule, name, original(SecurityGroupRule, name))

    assert descriptions(kind) == [None]


@pytest.mark.parametrize("kind", SOURCES)
def test_description_is_kept(kind: str) -> None:
    """Whether the rule names a range, a group or a prefix list."""
    security_group_rule.apply()

    assert descriptions(kind) == ["why"]
