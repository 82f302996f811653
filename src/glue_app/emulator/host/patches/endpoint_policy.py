"""DescribeVpcEndpoints strips Version off the endpoint policy: an endless Terraform diff.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from localstack.services.ec2.provider import Ec2Provider
from moto.ec2.models import ec2_backends

from .patch import Patch, replace


def _with_version(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def describe_vpc_endpoints(self: Any, context: Any, request: Any) -> Any:
        result = original(self, context, request)
        stored = ec2_backends[context.account_id][context.region].vpc_end_points
        for endpoint in result.get("VpcEndpoints") or []:
            if policy := stored[endpoint["VpcEndpointId"]].policy_document:
                endpoint["PolicyDocument"] = policy
        return result

    return describe_vpc_endpoints


def apply() -> None:
    replace(Ec2Provider, "describe_vpc_endpoints", _with_version)


PATCH = Patch("endpoint-policy", "DescribeVpcEndpoints answers the policy as it was given", apply)
