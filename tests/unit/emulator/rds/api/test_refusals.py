"""Whatever operation of RDS is refused, for whatever reason: it changes nothing. No string is a 500."""

from __future__ import annotations

import copy
import datetime
import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from localstack.aws.api import CommonServiceException
from localstack.aws.skeleton import create_dispatch_table

from glue_app.emulator.rds.engine import parameters
from glue_app.emulator.rds.models import DBInstance, DBParameterGroup, DBSnapshot
from glue_app.emulator.rds.provider import RdsProvider
from glue_app.emulator.rds.resources import master_secret
from glue_app.emulator.service.clock import now
from glue_app.emulator.settings import Settings
from tests.support.db_instances import instance as some_instance
from tests.support.rds_room import SCOPE, without_ec2_and_kms

CONTEXT: Any = SimpleNamespace(account_id=SCOPE.account_id, region=SCOPE.region, partition=SCOPE.partition)
READING = ("Describe", "List")
#: PostgreSQL is a process for each question: it is asked each one once
ASK_POSTGRES = functools.cache(parameters._ask_postgres)


def arn(kind: str, name: str) -> str:
    return SCOPE.arn("rds", f"{kind}:{name}")


class World:
    """The provider with two instances, groups and snapshots; no server runs, and what is begun is noted."""

    def __init__(self, state: Path) -> None:
        self.provider = RdsProvider(Settings.from_environment({"GLUE_APP_STATE": str(state)}), None)
        self.begun: list[object] = []
        self.table: dict[str, Callable[[Any, Any], Any]] = create_dispatch_table(self.provider)
        store = self.provider.stores.of(SCOPE)
        for name, status in (("gold", "available"), ("silver", "stopped")):
            one = self.instance(name)
            one.status = status
            store.instances[name] = one
            store.subnet_groups["gold"] = one.subnet_group
        for family in ("postgres15", "postgres14"):
            group = DBParameterGroup(f"own-{family}", family, "text", arn("pg", f"own-{family}"))
            store.parameter_groups[group.name] = group
        for name, kind, status in (
            ("whole", "manual", "available"), ("begun", "manual", "creating"),
            ("rds:gold", "automated", "available"),
        ):  # fmt: skip
            made = DBSnapshot(
                name, arn("snapshot", name), f"snap-{name}", self.instance("gold"), kind, status, now()
            )
            store.snapshots[name] = made

    def instance(self, name: str) -> DBInstance:
        made = some_instance()
        made.identifier, made.arn, made.resource_id = name, arn("db", name), f"db-{name.upper()}"
        return made

    @property
    def kept(self) -> dict[Any, Any]:
        """A copy of all that is kept."""
        return copy.deepcopy(dict(self.provider.stores._stores))

    def call(self, operation: str, request: dict[str, Any]) -> Any:
        return self.table[operation](CONTEXT, request)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)

    def note(*arguments: Any) -> Any:
        made.begun.append(arguments)
        return "made-Passw0rd"

    without_ec2_and_kms(monkeypatch)
    monkeypatch.setattr(parameters, "_ask_postgres", ASK_POSTGRES)
    monkeypatch.setattr(master_secret, "create", note)
    for name in ("submit_with_status", "submit", "submit_without_status"):
        monkeypatch.setattr(made.provider.servers, name, note)
    moment = now()
    monkeypatch.setattr(
        made.provider.backups, "window", lambda _one: (moment - datetime.timedelta(1), moment)
    )
    return made


#: requests that are taken; each is spoilt below
GOOD: dict[str, dict[str, Any]] = {
    "CreateDBInstance": {
        "DBInstanceIdentifier": "new", "Engine": "postgres", "DBInstanceClass": "db.t4g.medium",
        "EngineVersion": "15.8", "AllocatedStorage": 20, "MasterUsername": "postgres_admin",
        "ManageMasterUserPassword": True,
    },
    "ModifyDBInstance": {
        "DBInstanceIdentifier": "gold", "ApplyImmediately": True, "CopyTagsToSnapshot": True,
        "DeletionProtection": True, "AllocatedStorage": 40, "ManageMasterUserPassword": True,
        "DBParameterGroupName": "own-postgres15", "PreferredBackupWindow": "01:00-02:00",
    },
    "DeleteDBInstance": {"DBInstanceIdentifier": "gold", "FinalDBSnapshotIdentifier": "last"},
    "StartDBInstance": {"DBInstanceIdentifier": "silver"},
    "StopDBInstance": {"DBInstanceIdentifier": "gold", "DBSnapshotIdentifier": "last"},
    "RebootDBInstance": {"DBInstanceIdentifier": "gold"},
    "CreateDBSnapshot": {"DBInstanceIdentifier": "gold", "DBSnapshotIdentifier": "new"},
    "CopyDBSnapshot": {"SourceDBSnapshotIdentifier": "whole", "TargetDBSnapshotIdentifier": "new"},
    "DeleteDBSnapshot": {"DBSnapshotIdentifier": "whole"},
    "RestoreDBInstanceFromDBSnapshot": {
        "DBInstanceIdentifier": "new", "DBSnapshotIdentifier": "whole", "ManageMasterUserPassword": True,
    },
    "RestoreDBInstanceToPointInTime": {
        "SourceDBInstanceIdentifier": "gold", "TargetDBInstanceIdentifier": "new",
        "UseLatestRestorableTime": True,
    },
    "CreateDBParameterGroup": {
        "DBParameterGroupName": "new", "DBParameterGroupFamily": "postgres15", "Description": "text",
    },
    "ModifyDBParameterGroup": {
        "DBParameterGroupName": "own-postgres15",
        "Parameters": [{"ParameterName": "work_mem", "ParameterValue": "8192", "ApplyMethod": "immediate"}],
    },
    "ResetDBParameterGroup": {
        "DBParameterGroupName": "own-postgres15",
        "Parameters": [{"ParameterName": "work_mem", "ApplyMethod": "immediate"}],
    },
    "DeleteDBParameterGroup": {"DBParameterGroupName": "own-postgres15"},
    "CreateDBSubnetGroup": {
        "DBSubnetGroupName": "new", "DBSubnetGroupDescription": "text",
        "SubnetIds": ["subnet-1", "subnet-2"],
    },
    "ModifyDBSubnetGroup": {
        "DBSubnetGroupName": "gold", "DBSubnetGroupDescription": "new", "SubnetIds": ["subnet-1", "subnet-2"],
    },
    "DeleteDBSubnetGroup": {"DBSubnetGroupName": "gold"},
    "AddTagsToResource": {"ResourceName": arn("db", "gold"), "Tags": [{"Key": "k", "Value": "v"}]},
    "RemoveTagsFromResource": {"ResourceName": arn("db", "gold"), "TagKeys": ["k"]},
}  # fmt: skip

_SET = GOOD["ModifyDBParameterGroup"]["Parameters"]
_NEW_INSTANCE: tuple[dict[str, Any], ...] = (
    {"DBInstanceIdentifier": "gold"}, {"DBInstanceIdentifier": "two\nlines"}, {"DBInstanceClass": "db.none"},
    {"EngineVersion": "9.1"}, {"AllocatedStorage": 1}, {"StorageType": "gp9"}, {"Port": 1},
    {"DBParameterGroupName": "none"}, {"DBParameterGroupName": "own-postgres14"},
    {"DBSubnetGroupName": "none"}, {"VpcSecurityGroupIds": ["sg-none"]}, {"AvailabilityZone": "us-east-1z"},
    {"KmsKeyId": "key"}, {"KmsKeyId": "key", "StorageEncrypted": True}, {"MasterUserSecretKmsKeyId": "key"},
    {"BackupRetentionPeriod": 36}, {"MonitoringInterval": 7}, {"PreferredBackupWindow": "25:00-26:00"},
    {"PreferredMaintenanceWindow": "someday"}, {"Domain": "d-1"}, {"OptionGroupName": "own"},
)  # fmt: skip
#: what spoils them
WRONG: dict[str, tuple[dict[str, Any], ...]] = {
    "CreateDBInstance": (
        *_NEW_INSTANCE, {"Engine": "mysql"}, {"MasterUsername": "admin"}, {"DBName": "db"},
        {"MasterUserPassword": "long-enough"}, {"ManageMasterUserPassword": False},
        {"ManageMasterUserPassword": False, "MasterUserPassword": "short"},
        {"MultiAZ": True, "AvailabilityZone": "us-east-1a"},
    ),
    "ModifyDBInstance": (
        {"DBInstanceIdentifier": "none"}, {"DBInstanceIdentifier": "silver"}, {"AllocatedStorage": 5},
        {"StorageType": "gp9"}, {"StorageType": "io1"}, {"MaxAllocatedStorage": 30},
        {"PreferredBackupWindow": "nonsense"}, {"PreferredBackupWindow": "01:00-01:10"},
        {"PreferredMaintenanceWindow": "sun:01:00-sun:01:10"},
        {"PreferredMaintenanceWindow": "sun:01:00-tue:01:00"}, {"NewDBInstanceIdentifier": "silver"},
        {"DBParameterGroupName": "own-postgres14"}, {"VpcSecurityGroupIds": ["sg-none"]},
        {"MasterUserSecretKmsKeyId": "key"}, {"RotateMasterUserPassword": True}, {"DBPortNumber": 1},
    ),
    "DeleteDBInstance": (
        {"DBInstanceIdentifier": "none"}, {"SkipFinalSnapshot": True}, {"FinalDBSnapshotIdentifier": None},
        {"FinalDBSnapshotIdentifier": "whole"}, {"FinalDBSnapshotIdentifier": "two\nlines"},
        {"DBInstanceIdentifier": "silver"},
    ),
    "StartDBInstance": ({"DBInstanceIdentifier": "none"}, {"DBInstanceIdentifier": "gold"}),
    "StopDBInstance": (
        {"DBInstanceIdentifier": "none"}, {"DBInstanceIdentifier": "silver"},
        {"DBSnapshotIdentifier": "whole"}, {"DBSnapshotIdentifier": "not-"},
    ),
    "RebootDBInstance": (
        {"DBInstanceIdentifier": "none"}, {"DBInstanceIdentifier": "silver"}, {"ForceFailover": True},
    ),
    "CreateDBSnapshot": (
        {"DBInstanceIdentifier": "none"}, {"DBInstanceIdentifier": "silver"},
        {"DBSnapshotIdentifier": "whole"}, {"DBSnapshotIdentifier": "not-"},
    ),
    "CopyDBSnapshot": (
        {"SourceDBSnapshotIdentifier": "none"}, {"SourceDBSnapshotIdentifier": "begun"},
        {"TargetDBSnapshotIdentifier": "whole"}, {"TargetDBSnapshotIdentifier": "not-"},
        {"KmsKeyId": "key"}, {"OptionGroupName": "own"}, {"SourceRegion": "eu-west-1"},
    ),
    "DeleteDBSnapshot": (
        {"DBSnapshotIdentifier": "none"}, {"DBSnapshotIdentifier": "begun"},
        {"DBSnapshotIdentifier": "rds:gold"},
    ),
    "RestoreDBInstanceFromDBSnapshot": (
        *_NEW_INSTANCE, {"DBSnapshotIdentifier": "none"}, {"DBSnapshotIdentifier": "begun"},
        {"DBSnapshotIdentifier": None}, {"DBClusterSnapshotIdentifier": "cluster"},
    ),
    "RestoreDBInstanceToPointInTime": (
        {"SourceDBInstanceIdentifier": "none"}, {"SourceDBInstanceIdentifier": "gold"},
        {"TargetDBInstanceIdentifier": "gold"}, {"UseLatestRestorableTime": False},
        {"SourceDBInstanceIdentifier": None, "SourceDbiResourceId": "db-NONE"},
        {"SourceDBInstanceIdentifier": None},
    ),
    "CreateDBParameterGroup": (
        {"DBParameterGroupName": "own-postgres15"}, {"DBParameterGroupName": "default.postgres15"},
        {"DBParameterGroupName": "a\nb"}, {"DBParameterGroupFamily": "postgres1"},
    ),
    "ModifyDBParameterGroup": (
        {"DBParameterGroupName": "none"}, {"DBParameterGroupName": "default.postgres15"},
        {"Parameters": [*_SET, {"ParameterName": "none", "ParameterValue": "1"}]},
        {"Parameters": [*_SET, {"ParameterName": "pgaudit.log\nfsync", "ParameterValue": "off"}]},
        {"Parameters": [*_SET, {"ParameterName": "work_mem", "ParameterValue": "much"}]},
        {"Parameters": [*_SET, {"ParameterName": "fsync", "ParameterValue": "0"}]},
        {"Parameters": [*_SET, {
            "ParameterName": "max_connections", "ParameterValue": "9", "ApplyMethod": "immediate",
        }]},
    ),
    "ResetDBParameterGroup": (
        {"DBParameterGroupName": "none"}, {"DBParameterGroupName": "default.postgres15"},
        {"Parameters": [{"ParameterName": "work_mem"}, {"ParameterName": "none"}]},
        {"Parameters": [
            {"ParameterName": "work_mem"}, {"ParameterName": "max_connections", "ApplyMethod": "immediate"},
        ]},
    ),
    "DeleteDBParameterGroup": (
        {"DBParameterGroupName": "none"}, {"DBParameterGroupName": "default.postgres15"},
    ),
    "CreateDBSubnetGroup": (
        {"DBSubnetGroupName": "gold"}, {"DBSubnetGroupName": "default"}, {"DBSubnetGroupName": "a\nb"},
        {"SubnetIds": ["subnet-1"]}, {"SubnetIds": ["subnet-9"]},
    ),
    "ModifyDBSubnetGroup": (
        {"DBSubnetGroupName": "none"}, {"SubnetIds": ["subnet-1"]}, {"SubnetIds": ["subnet-9"]},
    ),
    "DeleteDBSubnetGroup": ({"DBSubnetGroupName": "none"}, {"DBSubnetGroupName": "gold"}),
    "AddTagsToResource": (
        {"ResourceName": arn("db", "none")}, {"ResourceName": "gold"}, {"ResourceName": arn("cluster", "x")},
        {"ResourceName": arn("pg", "default.none")},
    ),
    "RemoveTagsFromResource": ({"ResourceName": arn("db", "none")}, {"ResourceName": arn("pg", "none")}),
}  # fmt: skip


def prepared(world: World, operation: str) -> World:
    """With what makes the good request one that is taken."""
    store = world.provider.stores.of(SCOPE)
    if operation == "DeleteDBSubnetGroup":
        return world
    if operation == "ResetDBParameterGroup":
        world.call("ModifyDBParameterGroup", GOOD["ModifyDBParameterGroup"])
        world.begun.clear()
    if operation == "RestoreDBInstanceToPointInTime":
        store.instances["silver"].settings["BackupRetentionPeriod"] = 7
    return world


@pytest.mark.parametrize(
    ("operation", "wrong"),
    [(operation, one) for operation, several in WRONG.items() for one in several],
    ids=str,
)
def test_what_is_refused_changes_nothing(world: World, operation: str, wrong: dict[str, Any]) -> None:
    """Neither in what RDS keeps of anything, nor by work that was begun, nor by a secret that was made."""
    prepared(world, operation)
    before = world.kept

    with pytest.raises(CommonServiceException):
        world.call(operation, GOOD[operation] | wrong)

    assert world.kept == before
    assert world.begun == []


def test_all_operations_that_change_something_are_refused_above(world: World) -> None:
    changing = {operation for operation in world.table if not operation.startswith(READING)}

    assert set(GOOD) == set(WRONG) == changing


@pytest.mark.parametrize("operation", sorted(set(GOOD) - {"DeleteDBSubnetGroup"}))
def test_the_same_requests_are_taken_unspoilt(
    world: World, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the refusals above would say nothing."""
    prepared(world, operation)
    request = GOOD[operation]
    if operation == "RestoreDBInstanceToPointInTime":
        request = request | {"SourceDBInstanceIdentifier": "silver"}
        base = world.provider.stores.of(SCOPE).snapshots["rds:gold"]
        monkeypatch.setattr(world.provider.backups, "bases", lambda _one: [base])

    world.call(operation, request)


HOSTILE = (
    "", " ", "\0", "a\nb", "a\r\nb", "' OR ''='", "\\", "${x}", "`id`", "; rm -rf /", "../../x", "-h", "--",
    "%s%n",
    "{name}", "arn:", "arn:aws:rds:::", "arn:aws:rds:us-east-1:000000000000:db:", "٣", "é", "\u202e",
    "\ud800", "x" * 5_000, "1" * 30, "nan", "-1", "default", "default.", "default.postgres15", "rds:",
)  # fmt: skip


@functools.cache
def members(operation: str) -> dict[str, Any]:
    """The fields of its request, as botocore models them."""
    model = botocore.session.get_session().get_service_model("rds")
    found: dict[str, Any] = model.operation_model(operation).input_shape.members
    return found


def spoilt(operation: str) -> list[tuple[str, Any]]:
    """Each field of text, in a list or by itself, with each hostile text in it."""
    found: list[tuple[str, Any]] = []
    for (field, member), text in itertools.product(members(operation).items(), HOSTILE):
        if member.type_name == "string":
            found.append((field, text))
        elif member.type_name == "list" and member.member.type_name == "string":
            found.append((field, [text]))
        elif member.type_name == "list" and member.member.type_name == "structure":
            parts = [name for name, part in member.member.members.items() if part.type_name == "string"]
            base = {"Key": "k", "ParameterName": "work_mem", "Name": "engine", "Values": ["x"]}
            known = {name: value for name, value in base.items() if name in member.member.members}
            found += [(field, [known | {part: text}]) for part in parts]
    return found


@pytest.mark.parametrize("operation", [*sorted(GOOD), *(
    "DescribeDBInstances", "DescribeDBSnapshots", "DescribeDBParameters", "DescribeDBParameterGroups",
    "DescribeDBSubnetGroups", "DescribeEvents", "DescribeDBInstanceAutomatedBackups", "ListTagsForResource",
    "DescribeDBEngineVersions", "DescribeEngineDefaultParameters", "DescribeEventCategories",
    "DescribeCertificates", "DescribeDBSnapshotAttributes",
)])  # fmt: skip
def test_no_text_is_more_than_a_wrong_request(world: World, operation: str) -> None:
    """It is taken, or refused by an error of AWS's; never anything else, and then nothing has changed."""
    prepared(world, operation)
    needed = {"DBParameterGroupName": "own-postgres15", "ResourceName": arn("db", "gold")}
    needed |= {"DBParameterGroupFamily": "postgres15", "DBSnapshotIdentifier": "whole"}
    fallback = {name: value for name, value in needed.items() if name in members(operation)}
    state, before = world.provider.stores._stores, world.kept
    failures: list[str] = []
    for field, value in spoilt(operation):
        shown = f"{field}={str(value)[:60]!r}"
        try:
            world.call(operation, GOOD.get(operation, fallback) | {field: value})
        except CommonServiceException:
            if state != before:
                failures.append(f"{shown}: changed something")
        except Exception as error:
            failures.append(f"{shown}: {error!r}"[:300])
        if state != before:
            state.clear()
            state.update(copy.deepcopy(before))

    assert failures == []
