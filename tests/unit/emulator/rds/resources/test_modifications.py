"""ModifyDBInstance: what is refused changes nothing; what is not is done in order."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from glue_app.emulator.host.service import NotEmulatedError
from glue_app.emulator.rds.exceptions import CommonServiceException
from glue_app.emulator.rds.models import DBInstance, DBParameterGroup, MasterUserSecret, RdsStore, RdsStores
from glue_app.emulator.rds.resources import ec2_and_kms, instance_settings, master_secret, subnet_groups
from glue_app.emulator.rds.resources.modifications import Modifications
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings
from tests.support.db_instances import instance as some_instance

SCOPE = Scope("000000000000", "us-east-1")
PUBLISHED_PORT = 5433


class Servers:
    """Notes what a server is asked to do; work is done at once."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.statuses: list[str] = []
        self.network = SimpleNamespace(has=lambda endpoint: endpoint.port == PUBLISHED_PORT)
        self.events = SimpleNamespace(record=lambda *_: None)
        self.standbys = SimpleNamespace(
            make=lambda *_: self.done.append("make the standby"),
            remove=lambda *_: self.done.append("remove the standby"),
        )

    def submit_with_status(
        self, instance: DBInstance, status: str, do: Callable[[Any], None], _after: str
    ) -> None:
        self.statuses.append(status)
        do(None)

    def set_password(self, _server: Any, _instance: DBInstance, password: str) -> None:
        self.done.append(f"password {password}")

    def stop(self, *_: Any) -> None:
        self.done.append("stop")

    def start(self, _server: Any, instance: DBInstance) -> None:
        self.done.append(f"start at {instance.endpoint.port}")

    def reconfigure(self, *_: Any) -> None:
        self.done.append("reconfigure")


class World:
    """An available instance, and ModifyDBInstance."""

    def __init__(self) -> None:
        self.stores, self.servers = RdsStores(), Servers()
        self.store: RdsStore = self.stores.of(SCOPE)
        self.gold = some_instance()
        self.gold.status = "available"
        self.gold.settings = copy.deepcopy(instance_settings.DEFAULTS)
        self.store.instances[self.gold.identifier] = self.gold
        self.store.subnet_groups[self.gold.subnet_group.name] = self.gold.subnet_group
        self.store.parameter_groups["other14"] = DBParameterGroup("other14", "postgres14", "", "arn")
        config = Settings.from_environment({})
        servers: Any = self.servers
        self.modifications = Modifications(
            config, self.stores, servers, lambda *_: self.servers.done.append("switch the backups")
        )

    def modify(self, **request: Any) -> DBInstance:
        return self.modifications.modify(
            SCOPE, {"DBInstanceIdentifier": self.gold.identifier, "ApplyImmediately": True, **request}
        )

    def take(self, identifier: str) -> None:
        """Let another instance have a name."""
        other = copy.deepcopy(self.gold)
        other.identifier = identifier
        self.store.instances[identifier] = other


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    def security_groups(_scope: Scope, groups: list[str], _vpc: str) -> list[str]:
        if "sg-none" in groups:
            raise CommonServiceException("InvalidParameterValue", "no such group", 400)
        return groups

    monkeypatch.setattr(ec2_and_kms, "security_groups", security_groups)
    monkeypatch.setattr(ec2_and_kms, "kms_key_arn", lambda _scope, key: f"arn:{key}")
    return World()


REFUSED: list[dict[str, Any]] = [
    {"BackupRetentionPeriod": 36},
    {"MonitoringInterval": 60},
    {"MonitoringInterval": 7, "MonitoringRoleArn": "arn"},
    {"DBInstanceClass": "db.none"},
    {"AllocatedStorage": 5},
    {"EngineVersion": "14.1"},
    {"EngineVersion": "16.1"},
    {"NewDBInstanceIdentifier": "taken"},
    {"NewDBInstanceIdentifier": "not-"},
    {"DBParameterGroupName": "none"},
    {"DBParameterGroupName": "other14"},
    {"VpcSecurityGroupIds": ["sg-none"]},
    {"MasterUserPassword": "short"},
    {"MasterUserPassword": "long-enough", "ManageMasterUserPassword": True},
    {"RotateMasterUserPassword": True},
    {"DBPortNumber": 1},
    {"DBPortNumber": 6000},
    {"DBSubnetGroupName": "another"},
    {"Domain": "d-1"},
]


@pytest.mark.parametrize("wrong", REFUSED, ids=str)
def test_a_refused_modification_changes_nothing(world: World, wrong: dict[str, Any]) -> None:
    """Beside the wrong field there are some that would be taken, those that count at once among them."""
    world.take("taken")
    before = copy.deepcopy(world.store)
    good = {"CopyTagsToSnapshot": True, "DeletionProtection": True, "PreferredBackupWindow": "01:00-02:00"}

    with pytest.raises((CommonServiceException, NotEmulatedError)):
        world.modify(**good, **wrong)

    assert world.store.instances == before.instances
    assert world.store.subnet_groups == before.subnet_groups
    assert not world.servers.done


def test_a_name_that_was_free_when_it_was_asked_for_may_be_taken_now(world: World) -> None:
    world.modify(NewDBInstanceIdentifier="silver", ApplyImmediately=False)
    world.take("silver")
    before = copy.deepcopy(world.store.instances)

    with pytest.raises(CommonServiceException, match="already exists"):
        world.modify(CopyTagsToSnapshot=True)

    assert world.store.instances == before
    assert world.gold.pending == {"DBInstanceIdentifier": "silver"}


def test_a_second_zone_that_is_not_there_is_refused_at_once(world: World) -> None:
    group = world.gold.subnet_group
    group.subnets = group.subnets[:1]
    before = copy.deepcopy(world.store.instances)

    for immediately in (True, False):
        with pytest.raises(CommonServiceException, match="no second Availability Zone"):
            world.modify(MultiAZ=True, CopyTagsToSnapshot=True, ApplyImmediately=immediately)

    assert world.store.instances == before


def test_a_secret_that_cannot_be_made_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> str:
        raise CommonServiceException("LimitExceededException", "too many secrets", 400)

    monkeypatch.setattr(master_secret, "create", refused)
    before = copy.deepcopy(world.store.instances)

    with pytest.raises(CommonServiceException, match="too many secrets"):
        world.modify(ManageMasterUserPassword=True, CopyTagsToSnapshot=True)

    assert world.store.instances == before


def test_all_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's work in the order in which nothing undoes what came before."""
    monkeypatch.setattr(master_secret, "delete", lambda *_: world.servers.done.append("delete the secret"))
    world.gold.secret = MasterUserSecret(arn="arn:secret", kms_key_id="key")

    world.modify(
        MasterUserPassword="second-Passw0rd",
        ManageMasterUserPassword=False,
        DBPortNumber=PUBLISHED_PORT,
        BackupRetentionPeriod=3,
        MultiAZ=True,
        AllocatedStorage=40,
        DeletionProtection=True,
        NewDBInstanceIdentifier="silver",
    )

    assert world.servers.done == [
        "password second-Passw0rd", "delete the secret", "stop", "start at 5433", "switch the backups",
        "make the standby",
    ]  # fmt: skip
    assert world.servers.statuses == ["resetting-master-credentials"]
    assert world.store.instances == {"silver": world.gold}
    assert world.gold.arn == "arn:aws:rds:us-east-1:000000000000:db:silver"
    assert (world.gold.multi_az, world.gold.secondary_availability_zone) == (True, "us-east-1b")
    assert (world.gold.allocated_storage, world.gold.deletion_protection) == (40, True)
    assert world.gold.pending == {}


def test_what_waits_is_shown_and_counts_later(world: World) -> None:
    world.modify(AllocatedStorage=40, MultiAZ=True, CopyTagsToSnapshot=True, ApplyImmediately=False)
    assert world.gold.pending == {"AllocatedStorage": 40, "MultiAZ": True}
    assert (world.gold.allocated_storage, world.gold.multi_az) == (20, False)
    assert world.gold.settings["CopyTagsToSnapshot"]
    assert not world.servers.done

    world.modify()

    assert (world.gold.allocated_storage, world.gold.multi_az, world.gold.pending) == (40, True, {})
    assert world.servers.done == ["make the standby"]


def test_subnets_that_are_refused_leave_the_group_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = world.gold.subnet_group
    before = copy.deepcopy(group)
    monkeypatch.setattr(ec2_and_kms, "subnets", lambda _scope, _ids: before.subnets[:1])
    request = {"DBSubnetGroupName": group.name, "SubnetIds": ["s"], "DBSubnetGroupDescription": "new"}

    with pytest.raises(CommonServiceException):
        subnet_groups.modify(world.store, SCOPE, request)

    assert group == before
