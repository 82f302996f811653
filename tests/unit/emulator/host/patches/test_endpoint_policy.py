"""The patch endpoint_policy: a VPC endpoint's policy comes back whole."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.ec2 import provider
from localstack.services.ec2.provider import Ec2Provider
from moto.ec2.models import ec2_backends

from glue_app.emulator.host.patches import endpoint_policy
from glue_app.emulator.host.patches.patch import original

POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
CONTEXT = SimpleNamespace(account_id="000000000000", region="us-east-1")


@pytest.fixture(autouse=True)
def _endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto knows one endpoint with a policy and one without."""
    answer = {
        "VpcEndpoints": [
            {"VpcEndpointId": "vpce-1", "PolicyDocument": POLICY},
            {"VpcEndpointId": "vpce-2"},
        ]
    }
    monkeypatch.setattr(provider, "call_moto", lambda _context: copy.deepcopy(answer))
    stored = ec2_backends["000000000000"]["us-east-1"].vpc_end_points
    monkeypatch.setitem(stored, "vpce-1", SimpleNamespace(policy_document=POLICY))
    monkeypatch.setitem(stored, "vpce-2", SimpleNamespace(policy_document=None))


def described(describe: Any) -> list[str | None]:
    result = describe(object.__new__(provider.Ec2Provider), CONTEXT, {})
    return [endpoint.get("PolicyDocument") for endpoint in result["VpcEndpoints"]]


def test_localstack_still_strips_the_version() -> None:
    assert described(original(Ec2Provider, "describe_vpc_endpoints")) == ['{"Statement": []}', None]


def test_policy_is_answered_as_given() -> None:
    endpoint_policy.apply()

    assert described(Ec2Provider.describe_vpc_endpoints) == [POLICY, None]
