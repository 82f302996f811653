"""moto forgets a rule's description unless the rule names a CIDR range: an endless Terraform diff.

Rules that name another security group or a prefix list have descriptions too.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from .patch import Patch, replace


def _keeping_prefix_list(original: Callable[..., None]) -> Callable[..., None]:
    signature = inspect.signature(original)

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        given = signature.bind(self, *args, **kwargs).arguments  # moto passes it by position
        self.prefix_list_description = (given.get("prefix_list_id") or {}).get("Description")

    return init


def _of_any_source(_original: property) -> property:
    def description(self: Any) -> str | None:
        found: str | None = (
            self.ip_range.get("Description")
            or self.source_group.get("Description")
            or getattr(self, "prefix_list_description", None)
        )
        return found

    return property(description)


def apply() -> None:
    replace(SecurityGroupRule, "__init__", _keeping_prefix_list)
    replace(SecurityGroupRule, "description", _of_any_source)


PATCH = Patch(
    "security-group-rule", "a security group rule keeps its description, whatever it refers to", apply
)
