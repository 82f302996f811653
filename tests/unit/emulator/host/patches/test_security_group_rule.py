"""The patch security_group_rule: every rule keeps its description."""

from __future__ import annotations

from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from emulator.host.patches import security_group_rule


@pytest.mark.parametrize(
    "source",
    [
        {"ip_ranges": [{"CidrIp": "10.0.0.0/8", "Description": "why"}]},
        {"source_groups": [{"GroupId": "", "Description": "why"}]},
        {"prefix_list_ids": [{"PrefixListId": "pl-1", "Description": "why"}]},
    ],
    ids=["range", "group", "prefix list"],
)
def test_description_is_kept(source: dict[str, Any]) -> None:
    """Whether the rule names a range, a group or a prefix list."""
    security_group_rule.apply()
    backend = ec2_backends["000000000000"]["us-east-1"]
    vpc = backend.create_vpc("10.0.0.0/16")
    group = backend.create_security_group(f"group-of-{next(iter(source))}", "test", vpc_id=vpc.id)
    arguments = {"ip_ranges": [], **source}
    for referenced in arguments.get("source_groups", []):
        referenced["GroupId"] = group.id

    rules, _ = backend.authorize_security_group_ingress(group.id, "tcp", "443", "443", **arguments)

    assert [rule.description for rule in rules] == ["why"]
