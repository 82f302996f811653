"""ModifyDBInstance: which change counts at once, which waits for ApplyImmediately, and what it has done.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from glue_app.emulator.host.service import NotEmulatedError
from glue_app.emulator.rds.exceptions import DBInstanceAlreadyExists, RdsError
from glue_app.emulator.rds.models import DBInstance, DBParameterGroup, Endpoint, MasterUserSecret, RdsStore
from glue_app.emulator.rds.resources import modification_plan
from glue_app.emulator.rds.resources.modification_plan import Plan
from tests.support.db_instances import instance as some_instance
from tests.support.rds_room import SCOPE, without_ec2_and_kms

PUBLISHED = 5433


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    without_ec2_and_kms(monkeypatch)


@pytest.fixture
def gold() -> DBInstance:
    made = some_instance()
    made.status = "available"
    return made


def planned(gold: DBInstance, *, at_once: bool = False, **request: Any) -> Plan:
    """The plan; nothing of the instance has changed by it, nor of its store."""
    group = DBParameterGroup("own", "postgres15", "", "arn")
    store = RdsStore(instances={"gold": gold, "taken": some_instance()}, parameter_groups={"own": group})
    before = copy.deepcopy(store)
    try:
        return modification_plan.plan(
            SCOPE, store, gold, request | {"ApplyImmediately": at_once}, lambda one: one.port == PUBLISHED
        )
    finally:
        assert store == before


WAITS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    # request → PendingModifiedValues, what of the plan it is when it counts
    "class": (
        {"DBInstanceClass": "db.r6g.large"}, {"DBInstanceClass": "db.r6g.large"},
        {"attributes": {"instance_class": "db.r6g.large"}},
    ),
    "storage": (
        {"AllocatedStorage": 100, "StorageType": "io1", "Iops": 1000},
        {"AllocatedStorage": 100, "StorageType": "io1", "Iops": 1000},
        {"attributes": {"allocated_storage": 100, "storage_type": "io1"}, "settings": {"Iops": 1000}},
    ),
    "version": (
        {"EngineVersion": "15.10"}, {"EngineVersion": "15.10"}, {"attributes": {"engine_version": "15.10"}},
    ),
    "Multi-AZ": (
        {"MultiAZ": True}, {"MultiAZ": True},
        {
            "attributes": {"multi_az": True, "secondary_availability_zone": "us-east-1b"},
            "multi_az": True, "server_changes": True,
        },
    ),
    "name": (
        {"NewDBInstanceIdentifier": "Silver"}, {"DBInstanceIdentifier": "silver"}, {"identifier": "silver"},
    ),
    "backups on": (
        {"BackupRetentionPeriod": 7}, {"BackupRetentionPeriod": 7},
        {"settings": {"BackupRetentionPeriod": 7}, "backups": True, "server_changes": True},
    ),
    "certificate authority": (
        {"CACertificateIdentifier": "rds-ca-rsa4096-g1"}, {"CACertificateIdentifier": "rds-ca-rsa4096-g1"},
        {"settings": {"CACertificateIdentifier": "rds-ca-rsa4096-g1"}},
    ),
    "dedicated log volume": (
        {"DedicatedLogVolume": True}, {"DedicatedLogVolume": True},
        {"settings": {"DedicatedLogVolume": True}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WAITS)
def test_what_waits_is_pending_until_it_is_to_be_applied(gold: DBInstance, what: str) -> None:
    """With this request, or with a later one that asks for nothing else."""
    request, pending, applied = WAITS[what]

    waiting = planned(gold, **request)
    assert waiting == Plan(pending=pending)
    assert not waiting.server_changes

    gold.pending = waiting.pending
    for counts in (planned(gold, at_once=True), planned(gold, at_once=True, **request)):
        assert counts.pending == {}
        assert {name: getattr(counts, name) for name in applied} == applied


AT_ONCE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a retention from one time to another": (
        {"BackupRetentionPeriod": 3}, {"settings": {"BackupRetentionPeriod": 3}, "backups": True},
    ),
    "windows": (
        {"PreferredBackupWindow": "01:00-02:00", "PreferredMaintenanceWindow": "Mon:03:00-Mon:04:00"},
        {"settings": {
            "PreferredBackupWindow": "01:00-02:00", "PreferredMaintenanceWindow": "mon:03:00-mon:04:00",
        }},
    ),
    "protection": ({"DeletionProtection": True}, {"attributes": {"deletion_protection": True}}),
    "security groups": (
        {"VpcSecurityGroupIds": ["sg-2"]}, {"attributes": {"security_group_ids": ["sg-2"]}},
    ),
    "a parameter group": ({"DBParameterGroupName": "own"}, {"attributes": {"parameter_group": "own"}}),
    "a password": (
        {"MasterUserPassword": "second-Passw0rd"},
        {"password": "second-Passw0rd", "status": "resetting-master-credentials"},
    ),
    "a managed password": (
        {"ManageMasterUserPassword": True},
        {"managed_by": SCOPE.arn("kms", "key/secretsmanager"), "status": "resetting-master-credentials"},
    ),
    "a port": (
        {"DBPortNumber": PUBLISHED},
        {"endpoint": Endpoint("127.20.0.1", PUBLISHED), "status": "modifying", "server_changes": True},
    ),
    "exported logs": (
        {"CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["upgrade", "postgresql"]}},
        {"settings": {"EnabledCloudwatchLogsExports": ["postgresql", "upgrade"]}},
    ),
    "who reaches it": ({"PubliclyAccessible": True}, {"settings": {"PubliclyAccessible": True}}),
    "monitoring": (
        {"MonitoringInterval": 60, "MonitoringRoleArn": "arn"},
        {"settings": {"MonitoringInterval": 60, "MonitoringRoleArn": "arn"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("what", AT_ONCE)
def test_what_counts_at_once_does_so_with_or_without_apply_immediately(
    gold: DBInstance, what: str, at_once: bool
) -> None:
    request, expected = AT_ONCE[what]
    gold.settings["BackupRetentionPeriod"] = 7

    found = planned(gold, at_once=at_once, **request)

    assert found.pending == {}
    assert {name: getattr(found, name) for name in expected} == expected


def test_what_is_so_already_is_no_change(gold: DBInstance) -> None:
    """As Terraform sends it: with everything the configuration says."""
    gold.settings["BackupRetentionPeriod"] = 7
    same = {
        "DBInstanceClass": gold.instance_class, "AllocatedStorage": 20, "StorageType": "gp2",
        "EngineVersion": "15.8", "MultiAZ": False, "NewDBInstanceIdentifier": "GOLD",
        "BackupRetentionPeriod": 7, "DBPortNumber": 5432, "DBParameterGroupName": gold.parameter_group,
        "DBSubnetGroupName": "gold", "PreferredBackupWindow": "05:00-05:30",
    }  # fmt: skip

    assert planned(gold, at_once=True, **same) == Plan()


def test_a_major_version_alone_is_no_upgrade(gold: DBInstance) -> None:
    assert planned(gold, EngineVersion="15") == Plan()


def test_a_later_request_replaces_what_waits_of_the_same(gold: DBInstance) -> None:
    gold.pending = {"AllocatedStorage": 40, "MultiAZ": True}

    assert planned(gold, AllocatedStorage=60).pending == {"AllocatedStorage": 60, "MultiAZ": True}


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("what", WAITS)
def test_a_request_for_what_is_so_already_takes_back_what_waits(
    gold: DBInstance, what: str, at_once: bool
) -> None:
    """Whoever says what is to be gets nothing else, ApplyImmediately or not."""
    request, pending, _ = WAITS[what]
    gold.pending = {name: value for name, value in pending.items() if name != "Iops"}
    now = {
        "DBInstanceClass": gold.instance_class, "AllocatedStorage": 20, "StorageType": "gp2",
        "EngineVersion": "15.8", "MultiAZ": False, "NewDBInstanceIdentifier": "gold", "Iops": None,
    } | gold.settings  # fmt: skip

    assert planned(gold, at_once=at_once, **{name: now[name] for name in request}) == Plan()


def test_another_number_of_days_takes_back_that_backups_end(gold: DBInstance) -> None:
    gold.settings["BackupRetentionPeriod"], gold.pending = 7, {"BackupRetentionPeriod": 0}

    found = planned(gold, at_once=True, BackupRetentionPeriod=3)

    assert (found.settings, found.pending) == ({"BackupRetentionPeriod": 3}, {})


def test_a_type_that_waits_sets_the_least_size_of_the_next_request(gold: DBInstance) -> None:
    gold.pending = {"AllocatedStorage": 100, "StorageType": "io1"}

    with pytest.raises(RdsError, match="Invalid storage size"):
        planned(gold, AllocatedStorage=50)


def test_backups_that_are_switched_tell_so_when_they_are(gold: DBInstance) -> None:
    """Not while the change waits, nor for another number of days."""
    gold.settings["BackupRetentionPeriod"] = 7
    told = {
        at_once: [message.event_id for message, _ in planned(gold, at_once=at_once, **off).events]
        for at_once in (True, False)
        for off in [{"BackupRetentionPeriod": 0}]
    }

    assert told == {True: ["RDS-EVENT-0028"], False: []}
    assert planned(gold, at_once=True, BackupRetentionPeriod=3).events == []
    gold.settings["BackupRetentionPeriod"] = 0
    events = planned(gold, at_once=True, BackupRetentionPeriod=3).events
    assert [message.event_id for message, _ in events] == ["RDS-EVENT-0032"]


def test_monitoring_that_ends_needs_no_role_any_more(gold: DBInstance) -> None:
    gold.settings |= {"MonitoringInterval": 60, "MonitoringRoleArn": "arn"}

    found = planned(gold, MonitoringInterval=0)

    assert found.settings == {"MonitoringInterval": 0, "MonitoringRoleArn": None}


SECRET = MasterUserSecret("arn:secret", "key", "active")


@pytest.mark.parametrize(
    ("request_", "part"),
    [
        ({"RotateMasterUserPassword": True}, "rotated"),
        ({"ManageMasterUserPassword": False, "MasterUserPassword": "second-Passw0rd"}, "unmanaged"),
    ],
)
def test_a_managed_password_is_rotated_or_given_up(
    gold: DBInstance, request_: dict[str, Any], part: str
) -> None:
    gold.secret = SECRET

    found = planned(gold, at_once=True, **request_)

    assert getattr(found, part)
    assert found.server_changes
    assert found.status == "resetting-master-credentials"


def test_one_that_is_managed_already_stays_as_it_is(gold: DBInstance) -> None:
    gold.secret = SECRET

    assert planned(gold, ManageMasterUserPassword=True) == Plan()


COMBINATION, VALUE = "InvalidParameterCombination", "InvalidParameterValue"
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"AllocatedStorage": 19}, VALUE, "Invalid storage size for engine name postgres"),
    ({"StorageType": "io1"}, VALUE, "Invalid storage size for engine name postgres"),
    ({"DBInstanceClass": "db.none"}, VALUE, "Invalid DB Instance class"),
    ({"EngineVersion": "15.7"}, COMBINATION, "Cannot upgrade postgres from 15.8 to 15.7"),
    ({"EngineVersion": "16.1"}, COMBINATION, "The AllowMajorVersionUpgrade flag must be present"),
    ({"EngineVersion": "15.99"}, COMBINATION, "Cannot find version 15.99 for postgres"),
    ({"BackupRetentionPeriod": 36}, VALUE, "Invalid backup retention period: 36"),
    ({"BackupRetentionPeriod": -1}, VALUE, "Invalid backup retention period: -1"),
    ({"MasterUserPassword": "short"}, VALUE, "shorter than 8"),
    ({"RotateMasterUserPassword": True}, COMBINATION, "isn't managed in AWS Secrets Manager"),
    ({"MonitoringInterval": 60}, COMBINATION, "A MonitoringRoleARN value is required"),
    ({"DBPortNumber": 80}, VALUE, "Invalid port 80"),
    ({"NewDBInstanceIdentifier": "taken"}, "DBInstanceAlreadyExists", "DB instance already exists"),
    ({"DBParameterGroupName": "none"}, "DBParameterGroupNotFound", "none"),
]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(("request_", "code", "message"), REFUSED, ids=[str(one[0]) for one in REFUSED])
def test_a_wrong_change_is_refused_when_it_is_asked_for(
    gold: DBInstance, request_: dict[str, Any], code: str, message: str, at_once: bool
) -> None:
    """Not first when it is applied. With AWS's code and words."""
    with pytest.raises(RdsError) as raised:
        planned(gold, at_once=at_once, **request_)

    assert raised.value.code == code
    assert message in raised.value.message


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"MasterUserPassword": "second-Passw0rd"}, "You can't specify MasterUserPassword when"),
        ({"ManageMasterUserPassword": False}, "MasterUserPassword is required when"),
        ({"RotateMasterUserPassword": True}, "You must specify ApplyImmediately when"),
    ],
)
def test_a_managed_password_is_nobody_elses(gold: DBInstance, request_: dict[str, Any], message: str) -> None:
    gold.secret = SECRET

    with pytest.raises(RdsError, match=message) as raised:
        planned(gold, **request_)

    assert raised.value.code == COMBINATION


@pytest.mark.parametrize(
    "request_",
    [
        {"EngineVersion": "16.1", "AllowMajorVersionUpgrade": True},
        {"DBPortNumber": 6000},
        {"DBSubnetGroupName": "another"},
        {"OptionGroupName": "own"},
        {"Domain": "d-1"},
    ],
    ids=str,
)
def test_what_would_be_missed_is_said_to_be_missing(gold: DBInstance, request_: dict[str, Any]) -> None:
    with pytest.raises(NotEmulatedError, match="ModifyDBInstance with"):
        planned(gold, **request_)


def test_a_name_that_was_taken_while_its_change_waited(gold: DBInstance) -> None:
    gold.pending = {"DBInstanceIdentifier": "taken"}

    with pytest.raises(DBInstanceAlreadyExists):
        planned(gold, at_once=True)
