"""The events that this room tells of, by RDS's own ids, and the categories of each source type.

Messages are those of the page, without the period that ends most of them there: DescribeEvents shows none
but for RDS-EVENT-0013.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
"""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """`text` may have `{name}` in it."""

    event_id: str
    category: str
    text: str


def _message(number: str, category: str, text: str) -> Message:
    return Message(f"RDS-EVENT-{number}", category, text)


SHUTDOWN = _message("0004", "availability", "DB instance shutdown")
RESTARTED = _message("0006", "availability", "DB instance restarted")
CREATED = _message("0005", "creation", "DB instance created")
DELETED = _message("0003", "deletion", "DB instance deleted")
STOPPED = _message("0087", "notification", "DB instance stopped")
STARTED = _message("0088", "notification", "DB instance started")

FAILOVER_STARTED = _message("0013", "failover", "Multi-AZ instance failover started.")
FAILOVER_COMPLETED = _message("0049", "failover", "Multi-AZ instance failover completed")
RECOVERY_STARTED = _message(
    "0020",
    "recovery",
    "Recovery of the DB instance has started. "
    "Recovery time will vary with the amount of data to be recovered.",
)
RECOVERY_COMPLETED = _message("0021", "recovery", "Recovery of the DB instance is complete.")

BACKING_UP = _message("0001", "backup", "Backing up DB instance")
BACKED_UP = _message("0002", "backup", "Finished DB Instance backup")
RESTORED = _message("0019", "restoration", "Restored from DB instance {name}")
#: by the snapshot's type
CREATING_SNAPSHOT = {
    "manual": _message("0040", "creation", "Creating manual snapshot"),
    "automated": _message("0090", "creation", "Creating automated snapshot"),
}
SNAPSHOT_CREATED = {
    "manual": _message("0042", "creation", "Manual snapshot created"),
    "automated": _message("0091", "creation", "Automated snapshot created"),
}
SNAPSHOT_DELETED = _message("0041", "deletion", "Deleted user snapshot")
SNAPSHOT_RESTORED = _message("0043", "restoration", "Restored from snapshot {name}")

_CHANGE = "configuration change"
PARAMETER_GROUP_CHANGED = _message("0011", _CHANGE, "Updated to use DBParameterGroup {name}")
PARAMETER_GROUP_UPDATED = _message("0092", _CHANGE, "Finished updating DB parameter group")
CREDENTIALS_RESET = _message("0016", _CHANGE, "Reset master credentials")
BACKUPS_DISABLED = _message("0028", _CHANGE, "Disabled automated backups")
BACKUPS_ENABLED = _message("0032", _CHANGE, "Enabled automated backups")
TO_MULTI_AZ = _message("0024", _CHANGE, "Applying modification to convert to a Multi-AZ DB instance")
IS_MULTI_AZ = _message("0025", _CHANGE, "Finished applying modification to convert to a Multi-AZ DB instance")
TO_SINGLE_AZ = _message(
    "0030", _CHANGE, "Applying modification to convert to a standard (Single-AZ) DB instance"
)
IS_SINGLE_AZ = _message(
    "0029", _CHANGE, "Finished applying modification to convert to a standard (Single-AZ) DB instance"
)
#: PendingModifiedValues field → told before and after it is applied
MODIFICATIONS = {
    "DBInstanceClass": (
        _message("0012", _CHANGE, "Applying modification to database instance class"),
        _message("0014", _CHANGE, "Finished applying modification to DB instance class"),
    ),
    "AllocatedStorage": (
        _message("0018", _CHANGE, "Applying modification to allocated storage"),
        _message("0017", _CHANGE, "Finished applying modification to allocated storage"),
    ),
}
#: status → what is told when work leads to it
BROKEN = {
    "failed": _message(
        "0031",
        "failure",
        "DB instance put into failed state. RDS recommends that you initiate a point-in-time-restore.",
    ),
    "incompatible-parameters": _message(
        "0035", "failure", "Database instance put into incompatible-parameters."
    ),
}

#: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEventCategories.html
CATEGORIES = {
    "db-instance": (
        "availability", "backup", "configuration change", "creation", "deletion", "failover", "failure",
        "low storage", "maintenance", "notification", "read replica", "recovery", "restoration", "security",
        "security patching",
    ),
    "db-parameter-group": ("configuration change",),
    "db-security-group": ("configuration change", "failure"),
    "db-snapshot": ("creation", "deletion", "notification", "restoration"),
    "db-cluster": (
        "configuration change", "creation", "deletion", "failover", "failure", "global-failover",
        "maintenance", "migration", "notification", "serverless",
    ),
    "db-cluster-snapshot": ("backup", "notification"),
    "db-proxy": ("configuration change", "creation", "deletion", "failure"),
    "blue-green-deployment": ("creation", "deletion", "failure", "notification"),
    "custom-engine-version": ("creation", "failure", "restoring"),
}  # fmt: skip
