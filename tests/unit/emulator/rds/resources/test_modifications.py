"""ModifyDBInstance done: what the API says at once, what the server is asked for, and what a failure leaves.

Which change counts when is in test_modification_plan.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from localstack.aws.api import CommonServiceException

from glue_app.emulator.host import managed_secrets
from glue_app.emulator.rds.fleet.network import Network
from glue_app.emulator.rds.fleet.standbys import StandbyLostError
from glue_app.emulator.rds.postgres.container_host import PostgresHostLostError
from glue_app.emulator.rds.postgres.server import ServerError
from tests.support.rds_room import RdsRoom

PUBLISHED = (5432, 5433)


class Room(RdsRoom):
    """With `gold`, which is modified."""

    def modify(self, **request: Any) -> Any:
        """The answer; ApplyImmediately unless it says otherwise."""
        whole = {"DBInstanceIdentifier": self.name, "ApplyImmediately": True} | request
        return self.call("ModifyDBInstance", **whole)["DBInstance"]

    @property
    def name(self) -> str:
        return next(iter(self.store.instances))


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    made = Room(tmp_path, monkeypatch)
    monkeypatch.setattr(Network, "has", lambda _self, endpoint: endpoint.port in PUBLISHED)
    made.make()
    made.store.events.clear()
    return made


@pytest.fixture
def managed(room: Room) -> Room:
    """Its password is RDS's."""
    room.modify(ManageMasterUserPassword=True)
    room.work()
    room.store.events.clear()
    return room


def password_of(room: Room) -> str:
    """The one in the secret."""
    assert room.gold.secret
    return str(json.loads(room.secrets[room.gold.secret.arn])["password"])


# ---------------------------------------------------------------- what RDS says of it
def test_what_concerns_no_server_is_so_at_once(room: Room) -> None:
    """The instance stays available."""
    answer = room.modify(AllocatedStorage=40, DBInstanceClass="db.r6g.large", DeletionProtection=True)

    assert (answer["AllocatedStorage"], answer["DBInstanceClass"]) == (40, "db.r6g.large")
    assert (answer["DBInstanceStatus"], answer["DeletionProtection"]) == ("available", True)
    assert room.work() == []
    assert sorted(room.events) == ["0012", "0014", "0017", "0018"]


def test_what_waits_is_shown_and_counts_with_a_later_request(room: Room) -> None:
    answer = room.modify(AllocatedStorage=40, MultiAZ=True, CopyTagsToSnapshot=True, ApplyImmediately=False)
    assert answer["PendingModifiedValues"] == {"AllocatedStorage": 40, "MultiAZ": True}
    assert (answer["AllocatedStorage"], answer["MultiAZ"]) == (20, False)
    assert answer["CopyTagsToSnapshot"]
    assert room.work() == []

    answer = room.modify()

    assert (answer["AllocatedStorage"], answer["MultiAZ"]) == (40, True)
    assert answer["PendingModifiedValues"] == {}
    assert room.work() == ["make the standby of gold"]


def test_another_name_is_there_at_once_and_the_old_one_is_free(room: Room) -> None:
    """The server is the same, and is found by both until then: its folder has the resource id."""
    gold = room.gold

    answer = room.modify(NewDBInstanceIdentifier="Silver")

    assert (answer["DBInstanceIdentifier"], answer["DBInstanceArn"]) == (
        "silver", "arn:aws:rds:us-east-1:000000000000:db:silver",
    )  # fmt: skip
    assert room.store.instances == {"silver": gold}
    assert room.make().resource_id != gold.resource_id


def test_another_parameter_group_counts_after_a_reboot(room: Room) -> None:
    room.call(
        "CreateDBParameterGroup",
        DBParameterGroupName="own",
        DBParameterGroupFamily="postgres15",
        Description="text",
    )
    room.call(
        "ModifyDBParameterGroup",
        DBParameterGroupName="own",
        Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"}],
    )

    (group,) = room.modify(DBParameterGroupName="own")["DBParameterGroups"]

    assert group == {"DBParameterGroupName": "own", "ParameterApplyStatus": "pending-reboot"}
    assert (room.work(), room.events) == ([], ["0011", "0092"])


# ---------------------------------------------------------------- what its server does
def test_all_at_once_is_done_in_an_order_in_which_nothing_undoes_what_came_before(managed: Room) -> None:
    room = managed
    answer = room.modify(
        MasterUserPassword="second-Passw0rd",
        ManageMasterUserPassword=False,
        DBPortNumber=5433,
        BackupRetentionPeriod=3,
        MultiAZ=True,
        AllocatedStorage=40,
        NewDBInstanceIdentifier="silver",
    )
    assert answer["DBInstanceStatus"] == "resetting-master-credentials"

    assert room.work() == [
        "password silver: postgres_admin second-Passw0rd",
        "reload silver",  # to archive its log
        "stop silver", "start silver", "resume the standby of silver",  # at the new port, with a standby
    ]  # fmt: skip

    silver = room.store.instances["silver"]
    assert (silver.status, silver.secret, room.secrets) == ("available", None, {})
    assert (silver.endpoint.port, room.configured(silver, "port")) == (5433, "5433")
    assert room.configured(silver, "archive_command") != "true"
    assert (silver.multi_az, silver.secondary_availability_zone) == (True, "us-east-1b")


def test_backups_that_are_switched_off_go(room: Room) -> None:
    room.modify(BackupRetentionPeriod=3)
    room.work()
    room.provider.snapshots.register_automated(room.gold)
    archive = room.provider.backups.archive(room.gold).folder
    assert archive.exists()

    room.modify(BackupRetentionPeriod=0)
    room.work()

    assert room.configured(room.gold, "archive_command") == "true"
    assert (room.store.snapshots, archive.exists()) == ({}, False)
    assert room.events == ["0032", "0028"]


def test_a_single_az_instance_has_no_standby_any_more(room: Room) -> None:
    room.modify(MultiAZ=True)
    room.work()

    room.modify(MultiAZ=False)

    assert room.work() == ["remove the standby of gold"]
    assert (room.gold.multi_az, room.gold.secondary_availability_zone) == (False, None)
    assert room.events == ["0024", "0025", "0030", "0029"]


def test_a_password_that_rds_is_to_manage(room: Room) -> None:
    """The secret is `creating` until the server knows what it holds; no answer shows it."""
    answer = room.modify(ManageMasterUserPassword=True)
    assert answer["MasterUserSecret"]["SecretStatus"] == "creating"

    assert room.work() == [f"password gold: postgres_admin {password_of(room)}"]

    assert room.gold.secret
    assert room.gold.secret.status == "active"
    assert password_of(room) not in str(answer)
    assert room.events == ["0016"]


def test_a_rotated_password_reaches_the_server_before_the_secret(managed: Room) -> None:
    room = managed
    before = password_of(room)
    answer = room.modify(RotateMasterUserPassword=True)
    assert answer["MasterUserSecret"]["SecretStatus"] == "rotating"
    assert password_of(room) == before

    done = room.work()

    assert password_of(room) != before
    assert done == [f"password gold: postgres_admin {password_of(room)}"]
    assert room.gold.secret
    assert room.gold.secret.status == "active"


# ---------------------------------------------------------------- failures half way
LOST = PostgresHostLostError(Path("channel"), "gone")


def test_a_rotation_that_fails_leaves_the_secret_with_the_password_that_works(managed: Room) -> None:
    """Its status says that it is not done."""
    room = managed
    before = password_of(room)
    room.broken["password"] = LOST
    room.modify(RotateMasterUserPassword=True)
    room.work()

    assert (room.gold.status, room.events) == ("failed", ["0031"])
    assert password_of(room) == before
    assert room.gold.secret
    assert room.gold.secret.status == "rotating"


def test_a_secret_stays_while_the_server_does_not_know_the_password_that_was_given(managed: Room) -> None:
    room = managed
    room.broken["password"] = LOST
    room.modify(ManageMasterUserPassword=False, MasterUserPassword="second-Passw0rd")
    room.work()

    assert (room.gold.status, len(room.secrets)) == ("failed", 1)


@pytest.mark.parametrize(
    ("error", "status"),
    [(ServerError("no start", "FATAL:  no"), "incompatible-parameters"), (LOST, "failed")],
)
def test_a_server_that_does_not_start_at_its_new_port(room: Room, error: Exception, status: str) -> None:
    """What comes after that is not done."""
    room.broken["start"] = error
    room.modify(DBPortNumber=5433, MultiAZ=True)

    assert room.work() == ["stop gold", "start gold"]
    assert (room.gold.status, room.gold.endpoint.port) == (status, 5433)
    assert "0025" not in room.events


def test_a_standby_that_is_lost_leaves_a_multi_az_instance_that_is_available(room: Room) -> None:
    """The monitor makes another; nothing tells that the conversion is done."""
    room.broken["make the standby of"] = StandbyLostError(room.gold, "gone")
    room.modify(MultiAZ=True)
    room.work()

    assert (room.gold.status, room.gold.multi_az, room.events) == ("available", True, ["0024"])


def test_a_standby_that_is_lost_on_the_way_costs_nothing_else(room: Room) -> None:
    """A new port starts it again; backups that are switched off at the same time are gone all the same."""
    room.modify(MultiAZ=True, BackupRetentionPeriod=7)
    room.work()
    room.provider.snapshots.register_automated(room.gold)
    room.broken["resume the standby of"] = StandbyLostError(room.gold, "gone")

    room.modify(DBPortNumber=5433, BackupRetentionPeriod=0)
    room.work()

    assert (room.gold.status, room.gold.endpoint.port) == ("available", 5433)
    assert room.store.snapshots == {}


def test_an_instance_is_modified_once_at_a_time(room: Room) -> None:
    room.modify(MultiAZ=True)

    with pytest.raises(CommonServiceException, match="Instance gold is not in available state") as raised:
        room.modify(AllocatedStorage=40)

    assert (raised.value.code, room.gold.allocated_storage) == ("InvalidDBInstanceState", 20)


# ---------------------------------------------------------------- what is refused changes nothing
REFUSED: list[dict[str, Any]] = [
    {"BackupRetentionPeriod": 36},
    {"MonitoringInterval": 7, "MonitoringRoleArn": "arn"},
    {"DBInstanceClass": "db.none"},
    {"EngineVersion": "14.1"},
    {"NewDBInstanceIdentifier": "taken"},
    {"DBParameterGroupName": "none"},
    {"VpcSecurityGroupIds": ["sg-none"]},
    {"MasterUserPassword": "short"},
    {"MasterUserPassword": "long-enough", "ManageMasterUserPassword": True},
    {"DBPortNumber": 6000},
]


@pytest.mark.parametrize("wrong", REFUSED, ids=str)
def test_a_refused_modification_changes_nothing(room: Room, wrong: dict[str, Any]) -> None:
    """Beside the wrong field there are some that would be taken, those that count at once among them."""
    room.make(DBInstanceIdentifier="taken")
    before = copy.deepcopy(room.store)
    good = {"CopyTagsToSnapshot": True, "DeletionProtection": True, "PreferredBackupWindow": "01:00-02:00"}

    with pytest.raises(CommonServiceException):
        room.modify(**good, **wrong)

    assert (room.store, room.secrets, room.work()) == (before, {}, [])


def test_a_second_zone_that_is_not_there_is_refused_at_once(room: Room) -> None:
    group = room.gold.subnet_group
    group.subnets = group.subnets[:1]
    before = copy.deepcopy(room.store)

    for immediately in (True, False):
        with pytest.raises(CommonServiceException, match="no second Availability Zone"):
            room.modify(MultiAZ=True, CopyTagsToSnapshot=True, ApplyImmediately=immediately)

    assert room.store == before


def test_a_secret_that_cannot_be_made_changes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> str:
        raise CommonServiceException("LimitExceededException", "too many secrets", 400)

    monkeypatch.setattr(managed_secrets, "create", refused)
    before = copy.deepcopy(room.store)

    with pytest.raises(CommonServiceException, match="too many secrets"):
        room.modify(ManageMasterUserPassword=True, CopyTagsToSnapshot=True)

    assert (room.store, room.work()) == (before, [])
