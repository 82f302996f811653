"""Versions of PostgreSQL that RDS has, and instance classes."""

from __future__ import annotations

import pytest

from glue_app.emulator.rds.engine import versions
from glue_app.emulator.rds.exceptions import InvalidParameterCombination, InvalidParameterValue


@pytest.mark.parametrize(("asked", "version"), [("15.8", "15.8"), ("15", "15.15"), (None, "16.11")])
def test_versions(asked: str | None, version: str) -> None:
    """A major version stands for its newest minor."""
    assert versions.resolve_version(asked) == version


@pytest.mark.parametrize("version", ["9.6", "15.99", "15.x", "99", "15.8.1"])
def test_a_version_rds_does_not_have(version: str) -> None:
    with pytest.raises(InvalidParameterCombination, match=f"Cannot find version {version} for postgres"):
        versions.resolve_version(version)


def test_classes() -> None:
    versions.require_class("db.t4g.medium", "15.8")
    versions.require_class("db.r6g.16xlarge", "15.8")
    with pytest.raises(InvalidParameterValue, match="Invalid DB Instance class"):
        versions.require_class("t4g.medium", "15.8")
    with pytest.raises(InvalidParameterCombination, match=r"DBInstanceClass=db\.t2\.micro"):
        versions.require_class("db.t2.micro", "15.8")


@pytest.mark.parametrize(
    ("instance_class", "processors"),
    [
        ("db.t4g.micro", 2),
        ("db.t3.medium", 2),
        ("db.m6i.large", 2),
        ("db.m6i.xlarge", 4),
        ("db.r6g.16xlarge", 64),
        ("db.c6gd.medium", 1),
    ],
)
def test_a_class_has_its_processors(instance_class: str, processors: int) -> None:
    assert versions.vcpus(instance_class) == processors
