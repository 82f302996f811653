"""RDS's rules for what a request may hold; messages are AWS's.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""

from __future__ import annotations

import re

from ..exceptions import InvalidParameterCombination, InvalidParameterValue

_IDENTIFIER = re.compile(r"[a-zA-Z](?:-?[a-zA-Z0-9])*")
_GROUP_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9._ -]*)")
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"({'|'.join(_DAYS)}):"
_BACKUP_WINDOW = re.compile(f"{_CLOCK}-{_CLOCK}", re.ASCII)
_MAINTENANCE_WINDOW = re.compile(f"{_DAY}{_CLOCK}-{_DAY}{_CLOCK}", re.ASCII)
_SHORTEST_WINDOW_MIN = 30

#: names RDS for PostgreSQL keeps for itself, and SQL's reserved words that cannot be a role
RESERVED_USERNAMES = frozenset(
    """
    admin rdsadmin rds_superuser rds_replication rds_password rds_iam rds_ad rdsrepladmin rdstopmgr public
    all analyse analyze and any array as asc authorization between binary both case cast check collate
    column constraint create cross current_date current_role current_time current_timestamp current_user
    default deferrable desc distinct do else end except false fetch for foreign freeze from full grant
    group having in initially inner intersect into is join leading left like limit localtime natural not
    null offset on only or order outer overlaps placing primary references returning right select
    session_user some symmetric table then to trailing true union unique user using variadic when where
    window with
    """.split()  # noqa: SIM905 - a list of a hundred quoted words is no easier to read
)
RESERVED_DATABASES = frozenset({"rdsadmin", "template0", "template1", "db"})


def identifier(value: str, parameter: str = "DBInstanceIdentifier", longest: int = 63) -> str:
    """Check the identifier and return it as RDS keeps it: lower case. Raises InvalidParameterValue."""
    if not _IDENTIFIER.fullmatch(value) or len(value) > longest:
        raise InvalidParameterValue(
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; "
            "must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain "
            "two consecutive hyphens."
        )
    return value.lower()


def group_name(value: str, parameter: str) -> str:
    """Check the name of a subnet or parameter group and return it in lower case.

    Raises InvalidParameterValue.
    """
    if not _GROUP_NAME.fullmatch(value) or len(value) > 255 or value.endswith("-") or "--" in value:
        raise InvalidParameterValue(f"The parameter {parameter} is not a valid identifier: {value}")
    return value.lower()


def master_username(value: str | None) -> str:
    """Check the master user's name and return it. Raises InvalidParameterValue for one it cannot be."""
    if not value:
        raise InvalidParameterValue("The parameter MasterUsername must be provided and must not be blank.")
    if not _NAME.fullmatch(value) or len(value) > 63:
        raise InvalidParameterValue(
            "The parameter MasterUsername must begin with a letter and contain only 1 to 63 alphanumeric "
            f"characters or underscores: {value}"
        )
    if value.lower() in RESERVED_USERNAMES or value.lower().startswith("pg_"):
        raise InvalidParameterValue(
            f"MasterUsername {value} cannot be used as it is a reserved word used by the engine"
        )
    return value


def master_password(value: str) -> str:
    """Check a master password and return it. Raises InvalidParameterValue, never showing the password."""
    parameter = "The parameter MasterUserPassword is not a valid password"
    if len(value) < 8:
        raise InvalidParameterValue(f"{parameter} because it is shorter than 8 characters.")
    if len(value) > 128:
        raise InvalidParameterValue(f"{parameter} because it is longer than 128 characters.")
    if any(character in '/@" ' or not " " < character <= "~" for character in value):
        raise InvalidParameterValue(
            f"{parameter}. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used."
        )
    return value


def db_name(value: str | None) -> str | None:
    """Check a database's name and return it; None where none is given.

    Raises InvalidParameterValue for one it cannot be.
    """
    if not value:
        return None
    if not _NAME.fullmatch(value):
        raise InvalidParameterValue(
            "DBName must begin with a letter and contain only alphanumeric characters."
        )
    if len(value) > 63:
        raise InvalidParameterValue("DBName must contain 1 to 63 characters.")
    if value.lower() in RESERVED_DATABASES:
        raise InvalidParameterValue(f"DBName {value} cannot be used. It is a reserved word for this engine")
    return value


def storage(allocated: int | None, storage_type: str, maximum: int | None) -> int:
    """Allocated storage in GiB. Raises InvalidParameterValue or InvalidParameterCombination."""
    if storage_type not in ("gp2", "gp3", "io1", "io2", "standard"):
        raise InvalidParameterValue(f"Invalid storage type: {storage_type}")
    if allocated is None:
        raise InvalidParameterValue("The parameter AllocatedStorage must be provided and must not be blank.")
    smallest = {"io1": 100, "io2": 100, "standard": 5}.get(storage_type, 20)
    if not smallest <= allocated <= 65536:
        raise InvalidParameterValue(
            f"Invalid storage size for engine name postgres and storage type {storage_type}: {allocated}"
        )
    if maximum is not None and maximum <= allocated:
        raise InvalidParameterCombination("Max storage size must be greater than storage size")
    return allocated


def port(value: int) -> int:
    """Check a port and return it. Raises InvalidParameterValue outside RDS's range."""
    if not 1150 <= value <= 65535:
        raise InvalidParameterValue(f"Invalid port {value}: must be between 1150 and 65535")
    return value


def backup_retention(days: int) -> int:
    """Check a backup retention and return it. Raises InvalidParameterValue outside 0 to 35 days."""
    if not 0 <= days <= 35:
        raise InvalidParameterValue(f"Invalid backup retention period: {days}. Must be between 0 and 35.")
    return days


def monitoring(interval: int, role_arn: str | None) -> None:
    """Check enhanced monitoring's two fields.

    Raises InvalidParameterValue or InvalidParameterCombination.
    """
    if interval not in (0, 1, 5, 10, 15, 30, 60):
        raise InvalidParameterValue(f"Invalid monitoring interval {interval}: 0, 1, 5, 10, 15, 30 or 60")
    if interval and not role_arn:
        raise InvalidParameterCombination(
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
        )
    if role_arn and not interval:
        raise InvalidParameterCombination(
            "You must specify a MonitoringInterval value other than 0 when you specify a MonitoringRoleARN "
            "value."
        )


def backup_window(value: str) -> str:
    """`hh24:mi-hh24:mi` in UTC, of half an hour or more.

    Raises InvalidParameterValue (its texts are not verified).
    """
    found = _BACKUP_WINDOW.fullmatch(value)
    if found is None:
        raise InvalidParameterValue(
            f"Invalid backup window format: {value}. Should be specified as a range hh24:mi-hh24:mi "
            "(24H Clock UTC). Example: 23:45-00:15"
        )
    first, last = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
    if (last - first) % (24 * 60) < _SHORTEST_WINDOW_MIN:
        raise InvalidParameterValue("The backup window must be at least 30 minutes.")
    return value


def maintenance_window(value: str) -> str:
    """Check the window: `ddd:hh24:mi-ddd:hh24:mi` in UTC, of 30 minutes to a day; return it in lower case.

    Raises InvalidParameterValue.
    """
    found = _MAINTENANCE_WINDOW.fullmatch(value.lower())
    if found is None:
        raise InvalidParameterValue(
            f"Invalid maintenance window format: {value}. Should be specified as a range "
            "ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC). Example: Sun:23:45-Mon:00:15"
        )
    first, last = ((_DAYS.index(found[n]) * 24 + int(found[n + 1])) * 60 + int(found[n + 2]) for n in (1, 4))
    minutes = (last - first) % (7 * 24 * 60)
    if minutes < _SHORTEST_WINDOW_MIN:
        raise InvalidParameterValue("The maintenance window must be at least 30 minutes.")
    if minutes > 24 * 60:
        raise InvalidParameterValue("Maintenance window must be less than 24 hours.")
    return value.lower()
