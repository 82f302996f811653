"""What a policy document says, as far as the rooms ask."""

from __future__ import annotations

from typing import Any

import pytest

from glue_app.aws.policies import allows, trusts

ACTION = "ssmmessages:OpenDataChannel"


def statement(effect: str = "Allow", **parts: Any) -> dict[str, Any]:
    return {"Statement": {"Effect": effect, "Resource": "*", **parts}}


@pytest.mark.parametrize(
    ("policies", "allowed"),
    [
        ([statement(Action=ACTION)], True),
        ([statement(Action=["s3:*", "ssmmessages:Open*"])], True),
        ([statement(Action="SSMMessages:*")], True),
        ([statement(Action="*")], True),
        ([statement(NotAction="iam:*")], True),
        ([statement(NotAction="ssmmessages:*")], False),
        ([statement(Action="ssm:*")], False),
        ([statement(Action="*"), statement("Deny", Action=ACTION)], False),
        ([], False),
    ],
)
def test_an_action_is_allowed_by_a_statement_and_denied_by_any(
    policies: list[dict[str, Any]], allowed: bool
) -> None:
    assert allows(policies, ACTION) is allowed


@pytest.mark.parametrize(
    ("principal", "trusted"),
    [
        ({"Service": "ec2.amazonaws.com"}, True),
        ({"Service": ["glue.amazonaws.com", "ec2.amazonaws.com"]}, True),
        ("*", True),
        ({"Service": "glue.amazonaws.com"}, False),
        ({"AWS": "000000000000"}, False),
    ],
)
def test_a_service_is_trusted_by_its_name(principal: Any, trusted: bool) -> None:
    document = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]}
    assert trusts(document, "ec2.amazonaws.com") is trusted
