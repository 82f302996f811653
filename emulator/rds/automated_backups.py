"""What DescribeDBInstanceAutomatedBackups tells.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstanceAutomatedBackups.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import shapes
from .backups import Backups, retention
from .exceptions import DBInstanceAutomatedBackupNotFound, InvalidParameterValue
from .models import DBInstance, RdsStore

_FILTERS = {"status": "Status", "db-instance-id": "DBInstanceIdentifier", "dbi-resource-id": "DbiResourceId"}


def find(store: RdsStore, backups: Backups, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The shapes, of instances that have backups. Raises its errors.

    Those of deleted instances are deleted, too: none is `retained`.
    """
    found = [_shape(one, backups) for one in store.instances.values() if retention(one)]
    for name in ("DBInstanceIdentifier", "DbiResourceId", "DBInstanceAutomatedBackupsArn"):
        if wanted := request.get(name):
            value = wanted.lower() if name == "DBInstanceIdentifier" else wanted
            found = [one for one in found if one[name] == value]
            if not found:
                raise DBInstanceAutomatedBackupNotFound(wanted)
    for wanted in request.get("Filters") or []:
        if wanted["Name"] not in _FILTERS:
            raise InvalidParameterValue(f"Unrecognized filter name: {wanted['Name']}")
        found = [one for one in found if one[_FILTERS[wanted["Name"]]] in wanted["Values"]]
    return found


def _shape(instance: DBInstance, backups: Backups) -> dict[str, Any]:
    return shapes.automated_backup(instance, backups.window(instance))
