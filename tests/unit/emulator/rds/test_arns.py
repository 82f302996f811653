"""Every resource of RDS is named as AWS names it.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.ARN.Constructing.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from glue_app.emulator.service.scope import Scope
from tests.support.rds_room import CREATE, RdsRoom

GROUP = {"DBParameterGroupFamily": "postgres15", "Description": "text"}
SUBNETS = {"DBSubnetGroupDescription": "text", "SubnetIds": ["subnet-1", "subnet-2"]}


def renamed(room: RdsRoom) -> Any:
    room.make()
    return room.call(
        "ModifyDBInstance",
        DBInstanceIdentifier="gold",
        NewDBInstanceIdentifier="silver",
        ApplyImmediately=True,
    )


def snapshot(room: RdsRoom) -> Any:
    room.make()
    made = room.call("CreateDBSnapshot", DBInstanceIdentifier="gold", DBSnapshotIdentifier="Last")
    room.work()
    return made


def automated(room: RdsRoom) -> Any:
    name = room.provider.snapshots.register_automated(room.make()).identifier
    return room.call("DescribeDBSnapshots", DBSnapshotIdentifier=name)


def copied(room: RdsRoom) -> Any:
    snapshot(room)
    return room.call("CopyDBSnapshot", SourceDBSnapshotIdentifier="last", TargetDBSnapshotIdentifier="second")


def restored(room: RdsRoom) -> Any:
    snapshot(room)
    return room.call(
        "RestoreDBInstanceFromDBSnapshot", DBInstanceIdentifier="Silver", DBSnapshotIdentifier="last"
    )


def event(room: RdsRoom) -> Any:
    room.make()
    return room.call("DescribeEvents")


def backups(room: RdsRoom) -> Any:
    room.make(BackupRetentionPeriod=7).resource_id = "db-ABC"
    return room.call("DescribeDBInstanceAutomatedBackups")


def default_group(room: RdsRoom) -> Any:
    room.make()
    return room.call("DescribeDBParameterGroups")


def default_subnets(room: RdsRoom) -> Any:
    room.make()
    return room.call("DescribeDBSubnetGroups")


Ask = Callable[[RdsRoom], Any]
NAMED: dict[str, tuple[Ask, str, str]] = {
    "a new instance": (
        lambda room: room.call("CreateDBInstance", **CREATE | {"DBInstanceIdentifier": "Gold"}),
        "DBInstanceArn", "db:gold",
    ),
    "a renamed instance": (renamed, "DBInstanceArn", "db:silver"),
    "a restored instance": (restored, "DBInstanceArn", "db:silver"),
    "a snapshot": (snapshot, "DBSnapshotArn", "snapshot:last"),
    "an automated snapshot": (automated, "DBSnapshotArn", "snapshot:rds:gold-*"),
    "a copy": (copied, "DBSnapshotArn", "snapshot:second"),
    "what it was copied from": (copied, "SourceDBSnapshotIdentifier", "snapshot:last"),
    "automated backups": (backups, "DBInstanceAutomatedBackupsArn", "auto-backup:ab-abc"),
    "whose backups they are": (backups, "DBInstanceArn", "db:gold"),
    "an event's source": (event, "SourceArn", "db:gold"),
    "a parameter group": (
        lambda room: room.call("CreateDBParameterGroup", DBParameterGroupName="Own", **GROUP),
        "DBParameterGroupArn", "pg:own",
    ),
    "a default parameter group": (default_group, "DBParameterGroupArn", "pg:default.postgres15"),
    "a subnet group": (
        lambda room: room.call("CreateDBSubnetGroup", DBSubnetGroupName="Own", **SUBNETS),
        "DBSubnetGroupArn", "subgrp:own",
    ),
    "the default subnet group": (default_subnets, "DBSubnetGroupArn", "subgrp:default"),
}  # fmt: skip


def values(answer: Any, field: str) -> Iterator[str]:
    """Of a field, wherever in an answer it stands."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            yield from [value] if name == field else values(value, field)
    if isinstance(answer, list):
        for one in answer:
            yield from values(one, field)


@pytest.mark.parametrize(("partition", "region"), [("aws", "us-east-1"), ("aws-cn", "cn-north-1")])
@pytest.mark.parametrize("what", NAMED)
def test_a_resource_has_the_arn_that_aws_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, partition: str, region: str
) -> None:
    """In its region's partition, of the service `rds`, with the name in lower case."""
    room = RdsRoom(tmp_path, monkeypatch, scope=Scope("000000000000", region))
    ask, field, resource = NAMED[what]

    found = set(values(ask(room), field))

    expected = f"arn:{partition}:rds:{region}:000000000000:{resource}"
    if expected.endswith("*"):
        assert [arn.startswith(expected[:-1]) for arn in found] == [True]
    else:
        assert found == {expected}


@pytest.mark.parametrize("what", ["a new instance", "a snapshot", "a parameter group", "a subnet group"])
def test_a_resource_is_found_by_its_arn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """As what is tagged."""
    room = RdsRoom(tmp_path, monkeypatch)
    ask, field, _ = NAMED[what]
    (arn,) = values(ask(room), field)

    room.call("AddTagsToResource", ResourceName=arn, Tags=[{"Key": "team", "Value": "data"}])

    assert room.call("ListTagsForResource", ResourceName=arn) == {
        "TagList": [{"Key": "team", "Value": "data"}]
    }
