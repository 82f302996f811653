"""DB snapshots: created, copied, described and deleted. Restoring is in `db_instances`.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CreateSnapshot.html
"""

from __future__ import annotations

from localstack.aws.api import RequestContext, handler

from ..backup import snapshots
from ..backup.snapshots import Snapshots
from ..models import RdsStores
from ..resources.instance_settings import Request
from . import shapes
from .paging import page
from .request import Answer, scope_of


class DBSnapshotOperations:
    """Mixed into the provider."""

    stores: RdsStores
    snapshots: Snapshots

    @handler("CreateDBSnapshot", expand=False)
    def create_db_snapshot(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            created = self.snapshots.create(scope_of(context), request, shapes.tags_of(request.get("Tags")))
            return {"DBSnapshot": shapes.db_snapshot(created)}

    @handler("CopyDBSnapshot", expand=False)
    def copy_db_snapshot(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            made = self.snapshots.copy(scope_of(context), request, shapes.tags_of(request.get("Tags")))
            return {"DBSnapshot": shapes.db_snapshot(made)}

    @handler("DescribeDBSnapshots", expand=False)
    def describe_db_snapshots(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            found = snapshots.find(self.stores.of(scope_of(context)), request)
            return page([shapes.db_snapshot(one) for one in found], request, "DBSnapshots")

    @handler("DescribeDBSnapshotAttributes", expand=False)
    def describe_db_snapshot_attributes(self, context: RequestContext, request: Request) -> Answer:
        """Answer that the snapshot is shared with nobody: ModifyDBSnapshotAttribute is not emulated."""
        with self.stores.lock:
            found = snapshots.get(self.stores.of(scope_of(context)), request["DBSnapshotIdentifier"])
            attributes = [{"AttributeName": "restore", "AttributeValues": list[str]()}]
            return {
                "DBSnapshotAttributesResult": {
                    "DBSnapshotIdentifier": found.identifier,
                    "DBSnapshotAttributes": attributes,
                }
            }

    @handler("DeleteDBSnapshot", expand=False)
    def delete_db_snapshot(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            deleted = self.snapshots.delete(scope_of(context), request["DBSnapshotIdentifier"])
            return {"DBSnapshot": shapes.db_snapshot(deleted)}
