"""`Filters` of every Describe operation: all of them count, one of each one's values is enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glue_app.emulator.rds.exceptions import InvalidParameterValue
from tests.support.rds_room import RdsRoom

ARN = "arn:aws:rds:us-east-1:000000000000:db:gold"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RdsRoom:
    made = RdsRoom(tmp_path, monkeypatch)
    made.make(BackupRetentionPeriod=7)
    made.make(DBInstanceIdentifier="silver", BackupRetentionPeriod=7)
    for name in ("gold", "silver"):
        made.call("CreateDBSnapshot", DBInstanceIdentifier=name, DBSnapshotIdentifier=f"{name}-1")
    made.work()
    return made


def wanted(**filters: list[str]) -> list[dict[str, Any]]:
    return [{"Name": name.replace("_", "-"), "Values": values} for name, values in filters.items()]


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ("DescribeDBInstances", "DBInstances"),
        ("DescribeDBSnapshots", "DBSnapshots"),
        ("DescribeDBInstanceAutomatedBackups", "DBInstanceAutomatedBackups"),
    ],
)
def test_an_instance_is_meant_by_its_name_or_its_arn(room: RdsRoom, operation: str, field: str) -> None:
    for values in (["gold"], [ARN], ["none", ARN]):
        (found,) = room.call(operation, Filters=wanted(db_instance_id=values))[field]
        assert found["DBInstanceIdentifier"] == "gold"
    both = room.call(operation, Filters=wanted(db_instance_id=["gold", "silver"]))[field]
    assert len(both) == 2
    none = wanted(db_instance_id=["gold"], dbi_resource_id=["db-NONE"])
    assert room.call(operation, Filters=none)[field] == []


def test_automated_backups_are_meant_by_the_arn_of_their_instance_in_either_filter(room: RdsRoom) -> None:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstanceAutomatedBackups.html"""
    answer = room.call("DescribeDBInstanceAutomatedBackups", Filters=wanted(dbi_resource_id=[ARN]))

    assert [one["DBInstanceIdentifier"] for one in answer["DBInstanceAutomatedBackups"]] == ["gold"]


def test_versions_are_filtered_by_what_they_show(room: RdsRoom) -> None:
    filters = wanted(engine_mode=["provisioned"], engine_version=["15.8", "15.9", "9.6"])

    found = room.call("DescribeDBEngineVersions", Filters=filters)["DBEngineVersions"]

    assert [one["EngineVersion"] for one in found] == ["15.8", "15.9"]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("DescribeDBInstances", {}),
        ("DescribeDBSnapshots", {}),
        ("DescribeDBInstanceAutomatedBackups", {}),
        ("DescribeDBEngineVersions", {}),
        ("DescribeDBParameterGroups", {}),
        ("DescribeDBParameters", {"DBParameterGroupName": "default.postgres15"}),
        ("DescribeDBSubnetGroups", {}),
        ("DescribeEvents", {}),
        ("DescribeEventCategories", {}),
        ("DescribeCertificates", {}),
        ("ListTagsForResource", {"ResourceName": ARN}),
    ],
)
def test_a_filter_that_an_operation_has_not_is_refused(
    room: RdsRoom, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(InvalidParameterValue, match="Unrecognized filter name: colour"):
        room.call(operation, Filters=wanted(colour=["red"]), **request_)
