"""What a CreateDBInstance describes: RDS's defaults, what follows from other fields, and what contradicts.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glue_app.emulator.rds.exceptions import RdsError
from glue_app.emulator.rds.models import DBInstance
from glue_app.emulator.rds.resources import new_instance
from tests.support.rds_room import CREATE, SCOPE, RdsRoom


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RdsRoom:
    return RdsRoom(tmp_path, monkeypatch)


def described(room: RdsRoom, **request: Any) -> DBInstance:
    given = {name: value for name, value in (CREATE | request).items() if value is not None}
    return room.provider.instances.new.described_by(SCOPE, room.store, "gold", given, {})


def test_what_is_not_said_is_rdss_default(room: RdsRoom) -> None:
    made = described(room, EngineVersion=None, BackupRetentionPeriod=None)

    assert (made.storage_type, made.endpoint.port, made.multi_az) == ("gp2", 5432, False)
    assert (made.engine_version, made.parameter_group) == ("16.11", "default.postgres16")
    assert (made.subnet_group.name, made.security_group_ids) == ("default", ["sg-1"])
    assert (made.settings["BackupRetentionPeriod"], made.settings["StorageEncrypted"]) == (1, False)
    assert (made.deletion_protection, made.kms_key_id, made.secret) == (False, None, None)


def test_nothing_is_made_by_a_description(room: RdsRoom) -> None:
    described(room)

    assert (room.store.instances, room.store.parameter_groups, room.store.subnet_groups) == ({}, {}, {})


def test_the_first_instance_brings_aws_own_groups_along(room: RdsRoom) -> None:
    room.call("CreateDBInstance", **CREATE)

    assert list(room.store.parameter_groups) == ["default.postgres15"]
    assert list(room.store.subnet_groups) == ["default"]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"StorageType": "gp3"}, {"Iops": 3000, "StorageThroughput": 125}),
        ({"StorageType": "gp3", "AllocatedStorage": 400}, {"Iops": 12000, "StorageThroughput": 500}),
        ({"StorageType": "gp3", "AllocatedStorage": 400, "Iops": 13000}, {"Iops": 13000}),
        ({"EnablePerformanceInsights": True}, {"PerformanceInsightsRetentionPeriod": 7}),
        ({"PreferredMaintenanceWindow": "Mon:03:00-Mon:04:00"}, {
            "PreferredMaintenanceWindow": "mon:03:00-mon:04:00",
        }),
    ],
    ids=str,
)  # fmt: skip
def test_what_follows_from_other_fields(
    room: RdsRoom, request_: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert expected.items() <= described(room, **request_).settings.items()


def test_iops_alone_mean_provisioned_storage(room: RdsRoom) -> None:
    assert described(room, Iops=1000, AllocatedStorage=100).storage_type == "io1"


def test_encrypted_storage_has_rdss_own_key_unless_another_is_named(room: RdsRoom) -> None:
    assert described(room, StorageEncrypted=True).kms_key_id == SCOPE.arn("kms", "key/rds")


def test_a_zone_is_one_of_the_subnet_groups(room: RdsRoom) -> None:
    assert described(room, AvailabilityZone="us-east-1b").availability_zone == "us-east-1b"


COMBINATION, VALUE = "InvalidParameterCombination", "InvalidParameterValue"


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({"MasterUserPassword": None}, VALUE, "MasterUserPassword must be provided"),
        ({"ManageMasterUserPassword": True}, COMBINATION, "You can't specify MasterUserPassword when"),
        ({"MasterUsername": None}, VALUE, "MasterUsername must be provided"),
        ({"AllocatedStorage": None}, VALUE, "AllocatedStorage must be provided"),
        ({"Engine": "mysql"}, VALUE, "Invalid DB engine: mysql"),
        ({"MultiAZ": True, "AvailabilityZone": "us-east-1a"}, COMBINATION, "not valid for Multi-AZ"),
        ({"AvailabilityZone": "us-east-1z"}, COMBINATION, "does not have a subnet in the requested"),
        ({"KmsKeyId": "alias/aws/rds"}, COMBINATION, "for an unencrypted DB instance"),
        ({"KmsKeyId": "none", "StorageEncrypted": True}, "KMSKeyNotAccessibleFault", "does not exist"),
        ({"DBSubnetGroupName": "none"}, "DBSubnetGroupNotFoundFault", "does not exist"),
        ({"MaxAllocatedStorage": 20}, COMBINATION, "must be greater than storage size"),
    ],
    ids=str,
)
def test_what_contradicts_is_refused(
    room: RdsRoom, request_: dict[str, Any], code: str, message: str
) -> None:
    """With AWS's code and words, before anything is made."""
    given = {name: value for name, value in (CREATE | request_).items() if value is not None}

    with pytest.raises(RdsError, match=message) as raised:
        room.call("CreateDBInstance", **given)

    assert raised.value.code == code
    assert (room.store.instances, room.secrets, room.work()) == ({}, {}, [])


def test_a_restore_asks_for_what_the_source_was_asked_for(room: RdsRoom) -> None:
    """Described once more by its own request an instance is the same, but for what makes it another."""
    request = {
        "StorageType": "gp3", "AllocatedStorage": 400, "Port": 6543, "StorageEncrypted": True,
        "EnablePerformanceInsights": True, "EnableCloudwatchLogsExports": ["upgrade"],
        "MonitoringInterval": 60, "MonitoringRoleArn": "arn", "CopyTagsToSnapshot": True,
    }  # fmt: skip
    source = described(room, **request)

    again = room.provider.instances.new.described_by(
        SCOPE, room.store, "gold", new_instance.request_of(source), {}
    )

    again.resource_id, again.created_at = source.resource_id, source.created_at
    assert again == source
