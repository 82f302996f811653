"""RDS for PostgreSQL: versions, parameter group families and instance classes.

https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-versions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..exceptions import InvalidParameterCombination, InvalidParameterValue

ENGINE = "postgres"
LICENSE = "postgresql-license"
CA_IDENTIFIER = "rds-ca-rsa2048-g1"

#: major version → (oldest, newest) minor version
MINOR_VERSIONS = {"13": (11, 23), "14": (8, 20), "15": (3, 15), "16": (1, 11), "17": (1, 7)}

_CLASS = re.compile(r"db\.(?P<family>[a-z0-9]+)\.(?P<size>micro|small|medium|large|metal|\d*xlarge)")
_CLASS_FAMILY = re.compile(
    r"t3|t4g|[mr]5[db]?|[mr]6(?:g|gd|i|id)|[mr]7(?:g|i)|[mr]8g|x2(?:g|idn|iedn)|z1d|c6gd"
)


def require_postgres(engine: str | None) -> None:
    """Require the engine postgres. Raises InvalidParameterValue for any other."""
    if engine != ENGINE:
        raise InvalidParameterValue(
            f"Invalid DB engine: {engine} (glue-app emulates RDS for PostgreSQL only: engine postgres)"
        )


def resolve_version(requested: str | None) -> str:
    """`15.8` for `15.8`, the newest minor for `15` and for None (of the newest major but one).

    Raises InvalidParameterCombination for a version RDS does not offer.
    """
    if requested is None:
        requested = "16"
    major, _, minor = requested.partition(".")
    known = MINOR_VERSIONS.get(major)
    if known is None:
        raise InvalidParameterCombination(f"Cannot find version {requested} for postgres")
    oldest, newest = known
    if not minor:
        return f"{major}.{newest}"
    if not minor.isdigit() or not oldest <= int(minor) <= newest:
        raise InvalidParameterCombination(f"Cannot find version {requested} for postgres")
    return requested


def versions() -> Iterator[str]:
    """All versions, oldest first."""
    for major, (oldest, newest) in MINOR_VERSIONS.items():
        for minor in range(oldest, newest + 1):
            yield f"{major}.{minor}"


def find_versions(
    wanted_engine: str | None, version: str | None, family: str | None, default_only: bool
) -> list[str]:
    """List what DescribeDBEngineVersions names; with default_only the one that RDS takes by itself."""
    if wanted_engine not in (None, ENGINE):
        return []
    found = [one for one in versions() if version in (None, one, one.split(".", 1)[0])]
    if default_only:
        majors = [version.split(".", 1)[0]] if version else [resolve_version(None).split(".", 1)[0]]
        found = [one for one in found if one in {resolve_version(major) for major in majors}]
    return [one for one in found if family in (None, family_of(one))]


def family_of(version: str) -> str:
    """Return the parameter group family of a version: `postgres15` for `15.8`."""
    return f"postgres{version.split('.', 1)[0]}"


def default_parameter_group(family: str) -> str:
    return f"default.{family}"


def require_family(family: str) -> None:
    """Require a family that RDS knows. Raises InvalidParameterValue for another."""
    if family not in {family_of(major) for major in MINOR_VERSIONS}:
        raise InvalidParameterValue(f"ParameterGroupFamily {family} is not a valid parameter group family")


def vcpus(instance_class: str) -> int:
    """How many an instance of this class has.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
    """
    match = _CLASS.fullmatch(instance_class)
    family, size = (match["family"], match["size"]) if match else ("", "")
    if size.endswith("xlarge"):
        return 4 * int(size.removesuffix("xlarge") or 1)
    if size == "metal":
        return 96
    return 1 if (family, size) == ("c6gd", "medium") else 2


def require_class(instance_class: str, version: str) -> None:
    """Require a class one can have. Raises InvalidParameterValue or InvalidParameterCombination."""
    match = _CLASS.fullmatch(instance_class)
    if match is None:
        raise InvalidParameterValue(f"Invalid DB Instance class: {instance_class}")
    if not _CLASS_FAMILY.fullmatch(match["family"]):
        raise InvalidParameterCombination(
            "RDS does not support creating a DB instance with the following combination: "
            f"DBInstanceClass={instance_class}, Engine={ENGINE}, EngineVersion={version}, "
            f"LicenseModel={LICENSE}. For supported combinations of instance class and database engine "
            "version, see the documentation."
        )
