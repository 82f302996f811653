"""Automated backups of DB instances, as they are described.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstanceAutomatedBackups.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localstack.aws.api import RequestContext, handler

from ..backup.automated import Backups, retention
from ..exceptions import DBInstanceAutomatedBackupNotFound
from ..models import DBInstance, RdsStore, RdsStores
from ..resources.filters import fields, filtered
from ..resources.instance_settings import Request
from . import shapes
from .paging import page
from .request import Answer, scope_of

_FILTERS = {
    "status": fields("Status"),
    "db-instance-id": fields("DBInstanceIdentifier", "DBInstanceArn"),
    "dbi-resource-id": fields("DbiResourceId", "DBInstanceArn"),
}


class AutomatedBackupOperations:
    """Mixed into the provider."""

    stores: RdsStores
    backups: Backups

    @handler("DescribeDBInstanceAutomatedBackups", expand=False)
    def describe_db_instance_automated_backups(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            found = find(self.stores.of(scope_of(context)), self.backups, request)
            return page(found, request, "DBInstanceAutomatedBackups")


def find(store: RdsStore, backups: Backups, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the shapes of the instances that have backups. Raises the operation's errors.

    Those of deleted instances are deleted, too: none is `retained`.
    """
    found = [_shape(one, backups) for one in store.instances.values() if retention(one)]
    for name in ("DBInstanceIdentifier", "DbiResourceId", "DBInstanceAutomatedBackupsArn"):
        if wanted := request.get(name):
            value = wanted.lower() if name == "DBInstanceIdentifier" else wanted
            found = [one for one in found if one[name] == value]
            if not found:
                raise DBInstanceAutomatedBackupNotFound(wanted)
    return filtered(found, request, _FILTERS)


def _shape(instance: DBInstance, backups: Backups) -> dict[str, Any]:
    return shapes.automated_backup(instance, backups.window(instance))
