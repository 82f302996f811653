"""What LocalStack and moto would take: names of parameters and contents of documents that AWS refuses."""

from __future__ import annotations

import pytest

from glue_app.emulator.ssm import checks
from glue_app.emulator.ssm.exceptions import (
    InvalidDocumentContent,
    InvalidPolicyAttributeException,
    ValidationException,
)


@pytest.mark.parametrize("name", ["a", "/a", "/a/b.c/d-e_f", "gold.password", "/a/b/"])
def test_a_name(name: str) -> None:
    checks.parameter_name({"Name": name})


@pytest.mark.parametrize("name", ["a:b", "a:b:c", "a/b", "/a//b", "a b", "/", "ü", "a\n", "a\0", "${x}"])
def test_no_name(name: str) -> None:
    """Three colons, and moto's DescribeParameters failed for good."""
    with pytest.raises(ValidationException):
        checks.parameter_name({"Name": name})


@pytest.mark.parametrize("policies", ["1", "null", "{}", "x", "[1]", "", "[" * 100_000])
def test_no_policies(policies: str) -> None:
    """With a number moto's DescribeParameters failed for good."""
    with pytest.raises(InvalidPolicyAttributeException):
        checks.parameter({"Name": "a", "Policies": policies})


def test_policies() -> None:
    checks.parameter({"Name": "a", "Policies": '[{"Type": "Expiration"}]'})
    checks.parameter({"Name": "a"})


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"schemaVersion": "1.0"}', "JSON"),
        ('{"schemaVersion": "1.0", "parameters": {"a": {"type": "String"}}}', None),
        ("schemaVersion: '2.2'\nparameters:\n  a:\n    type: String\n", "YAML"),
    ],
)
def test_a_content(content: str, kind: str | None) -> None:
    checks.document_content({"Content": content, "DocumentFormat": kind})


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("1", "JSON"), ("[]", "JSON"), ('"x"', "JSON"), ("{", "JSON"), ("[" * 100_000, "JSON"),
        ("x: [", "YAML"),
        ("text", "YAML"), ('{"parameters": [1]}', "JSON"),
        ('{"parameters": {"a": 1}}', "JSON"), ('{"parameters": {"a": {}}}', "JSON"),
    ],
)  # fmt: skip
def test_no_content(content: str, kind: str) -> None:
    """InvalidDocumentContent, where moto was a TypeError."""
    with pytest.raises(InvalidDocumentContent):
        checks.document_content({"Content": content, "DocumentFormat": kind})
