"""DB instances from their creation to their end: what the API says and what their servers are asked for.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glue_app.emulator.rds.exceptions import RdsError
from glue_app.emulator.rds.fleet.standbys import StandbyLostError
from glue_app.emulator.rds.models import DBInstance, ParameterSetting
from glue_app.emulator.rds.postgres.container_host import PostgresHostLostError
from glue_app.emulator.rds.postgres.home import ServerHomeLostError
from glue_app.emulator.rds.postgres.server import ServerError
from glue_app.emulator.rds.resources import instances
from tests.support.rds_room import CREATE, RdsRoom

BREAKS: dict[str, tuple[Exception, str]] = {
    # what a host or a server says → the status it leads to
    "no program": (ServerError("user nobody cannot run initdb", "set GLUE_APP_POSTGRES_BIN"), "failed"),
    "values": (ServerError("no start", "FATAL:  invalid value for parameter"), "incompatible-parameters"),
    "the container": (PostgresHostLostError(Path("channel"), "gone"), "failed"),
    "the files": (ServerHomeLostError(Path("db-A"), Path("db-A")), "failed"),
    "the disk": (OSError("no space left on device"), "failed"),
}
TOLD = {"failed": "0031", "incompatible-parameters": "0035"}


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RdsRoom:
    return RdsRoom(tmp_path, monkeypatch)


def shown(room: RdsRoom) -> Any:
    return room.call("DescribeDBInstances", DBInstanceIdentifier="gold")["DBInstances"][0]


# ---------------------------------------------------------------- creation
def test_a_new_instance_is_creating_until_its_server_is_whole(room: RdsRoom) -> None:
    """And shows its address only then."""
    answer = room.call("CreateDBInstance", **CREATE)["DBInstance"]
    assert (answer["DBInstanceStatus"], answer.get("Endpoint")) == ("creating", None)

    done = room.work()

    assert done == ["initdb gold", "start gold", "roles postgres_admin first-Passw0rd gold_db gold"]
    assert (shown(room)["DBInstanceStatus"], shown(room)["Endpoint"]["Address"]) == (
        "available",
        "127.31.0.1",
    )
    assert room.provider.servers.of(room.gold).home.complete
    assert room.events == ["0005"]


def test_a_multi_az_instance_gets_its_standby_before_it_is_available(room: RdsRoom) -> None:
    room.call("CreateDBInstance", **CREATE, MultiAZ=True)

    assert room.work()[-1] == "make the standby of gold"
    zones = room.gold.availability_zone, room.gold.secondary_availability_zone
    assert zones == ("us-east-1a", "us-east-1b")


def test_a_standby_that_is_lost_costs_no_instance(room: RdsRoom) -> None:
    """The monitor makes another."""
    room.broken["make the standby of"] = StandbyLostError(room.make(), "gone")

    assert room.make(DBInstanceIdentifier="silver", MultiAZ=True).status == "available"


def test_a_managed_password_is_in_the_secret_alone(room: RdsRoom) -> None:
    """It is `creating` until the server knows it, and is the one that the server knows."""
    request = CREATE | {"ManageMasterUserPassword": True}
    del request["MasterUserPassword"]
    answer = room.call("CreateDBInstance", **request)["DBInstance"]
    (value,) = (json.loads(one) for one in room.secrets.values())
    assert answer["MasterUserSecret"]["SecretStatus"] == "creating"
    assert value["username"] == "postgres_admin"

    done = room.work()

    assert f"roles postgres_admin {value['password']} gold_db gold" in done
    assert shown(room)["MasterUserSecret"]["SecretStatus"] == "active"
    assert value["password"] not in str(shown(room)) + str(room.store)


@pytest.mark.parametrize("step", ["initdb", "start"])
@pytest.mark.parametrize("what", BREAKS)
def test_a_creation_that_fails_half_way_is_shown(room: RdsRoom, what: str, step: str) -> None:
    """By the status, by an event, and in what a save keeps; the name is free again once it is deleted."""
    room.broken[step], status = BREAKS[what]
    room.call("CreateDBInstance", **CREATE)
    room.work()

    assert room.gold.status == status
    assert room.events == [TOLD[status]]
    assert not room.provider.servers.of(room.gold).home.complete
    with pytest.raises(RdsError) as raised:
        room.call("CreateDBInstance", **CREATE)
    assert raised.value.code == "DBInstanceAlreadyExists"

    room.broken.clear()
    room.call("DeleteDBInstance", DBInstanceIdentifier="gold", SkipFinalSnapshot=True)
    room.work()
    assert room.make().status == "available"


def test_a_failed_creation_leaves_a_secret_that_goes_with_it(room: RdsRoom) -> None:
    room.broken["initdb"] = OSError("no")
    room.call("CreateDBInstance", **CREATE | {"MasterUserPassword": None, "ManageMasterUserPassword": True})
    room.work()
    assert (room.gold.status, shown(room)["MasterUserSecret"]["SecretStatus"]) == ("failed", "creating")

    room.call("DeleteDBInstance", DBInstanceIdentifier="gold", SkipFinalSnapshot=True)
    room.work()

    assert room.secrets == {}


# ---------------------------------------------------------------- reboot
def test_a_reboot_takes_the_parameter_groups_values_over(room: RdsRoom) -> None:
    gold = room.make()
    room.store.parameter_groups[gold.parameter_group].parameters["work_mem"] = ParameterSetting(
        "8192", "pending-reboot"
    )
    assert shown(room)["DBParameterGroups"][0]["ParameterApplyStatus"] == "pending-reboot"

    answer = room.call("RebootDBInstance", DBInstanceIdentifier="gold")["DBInstance"]

    assert answer["DBInstanceStatus"] == "rebooting"
    assert room.work() == ["stop gold", "start gold"]
    assert (gold.status, room.configured(gold, "work_mem")) == ("available", "8192")
    assert shown(room)["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"
    assert room.events == ["0005", "0004", "0006"]


@pytest.mark.parametrize("in_sync", [True, False])
def test_a_forced_failover_leads_to_a_standby_in_sync(room: RdsRoom, in_sync: bool) -> None:
    """Where it is not, one is made first."""
    gold = room.make(MultiAZ=True)
    room.provider.servers.of(gold).home.standby.mark_in_sync(in_sync)

    room.call("RebootDBInstance", DBInstanceIdentifier="gold", ForceFailover=True)

    made = [] if in_sync else ["make the standby of gold"]
    assert room.work() == [*made, "fail over to the standby of gold"]
    assert room.events == ["0005", "0013", "0006", "0049"]


@pytest.mark.parametrize("what", BREAKS)
@pytest.mark.parametrize("operation", ["RebootDBInstance", "StartDBInstance"])
def test_a_server_that_does_not_start_any_more(room: RdsRoom, what: str, operation: str) -> None:
    """Such an instance can neither be started nor rebooted, but be deleted."""
    gold = room.make()
    if operation == "StartDBInstance":
        room.call("StopDBInstance", DBInstanceIdentifier="gold")
        room.work()
    room.broken["start"], status = BREAKS[what]
    room.call(operation, DBInstanceIdentifier="gold")
    room.work()

    assert gold.status == status
    assert room.events[-1] == TOLD[status]
    for refused in ("RebootDBInstance", "StartDBInstance", "StopDBInstance"):
        with pytest.raises(RdsError) as raised:
            room.call(refused, DBInstanceIdentifier="gold")
        assert (raised.value.code, raised.value.status_code) == ("InvalidDBInstanceState", 400)


# ---------------------------------------------------------------- stop and start
def test_an_instance_is_stopped_and_started(room: RdsRoom) -> None:
    gold = room.make(MultiAZ=True)

    assert room.call("StopDBInstance", DBInstanceIdentifier="gold")["DBInstance"]["DBInstanceStatus"] == (
        "stopping"
    )
    assert room.work() == ["stop gold"]
    assert gold.status == "stopped"
    answer = room.call("StartDBInstance", DBInstanceIdentifier="gold")["DBInstance"]
    assert answer["DBInstanceStatus"] == "starting"
    assert room.work() == ["start gold", "resume the standby of gold"]
    assert gold.status == "available"
    assert room.events == ["0005", "0004", "0087", "0088"]


@pytest.mark.parametrize("fails", [True, False])
def test_a_snapshot_is_made_before_the_stop_and_stops_nothing(room: RdsRoom, fails: bool) -> None:
    gold = room.make()
    if fails:
        room.broken["copy"] = OSError("no space left on device")
    room.call("StopDBInstance", DBInstanceIdentifier="gold", DBSnapshotIdentifier="last")

    assert room.work() == ["copy gold", "stop gold"]
    assert gold.status == "stopped"
    assert room.store.snapshots["last"].status == ("failed" if fails else "available")


def test_a_server_that_does_not_stop(room: RdsRoom) -> None:
    gold = room.make()
    room.broken["stop"] = ServerError("PostgreSQL did not stop", "data")
    room.call("StopDBInstance", DBInstanceIdentifier="gold")
    room.work()

    assert (gold.status, room.events[-1]) == ("failed", "0031")


# ---------------------------------------------------------------- deletion
def gone(room: RdsRoom, **request: Any) -> list[str]:
    answer = room.call("DeleteDBInstance", DBInstanceIdentifier="gold", **request)
    assert answer["DBInstance"]["DBInstanceStatus"] == "deleting"
    return room.work()


def test_an_instance_is_deleted_with_all_it_has(room: RdsRoom) -> None:
    gold = room.make(MultiAZ=True, MasterUserPassword=None, ManageMasterUserPassword=True)
    home = room.provider.servers.of(gold).home
    room.provider.snapshots.register_automated(gold)

    assert gone(room, SkipFinalSnapshot=True) == ["stop gold"]

    assert (room.store.instances, room.store.snapshots, room.secrets) == ({}, {}, {})
    assert not home.folder.exists()
    assert not home.standby.folder.exists()
    assert room.events[-1] == "0003"
    with pytest.raises(RdsError) as raised:
        shown(room)
    assert (raised.value.code, raised.value.status_code) == ("DBInstanceNotFound", 404)


def test_the_files_stay_while_a_save_may_bring_the_instance_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = RdsRoom(tmp_path, monkeypatch, keep_state=True)
    home = room.provider.servers.of(room.make()).home

    assert gone(room, SkipFinalSnapshot=True) == ["stop gold"]

    assert room.store.instances == {}
    assert home.complete


def test_the_final_snapshot_comes_first_and_stays(room: RdsRoom) -> None:
    room.make()

    assert gone(room, FinalDBSnapshotIdentifier="last") == ["copy gold", "stop gold"]

    assert room.store.instances == {}
    assert room.store.snapshots["last"].status == "available"


def test_without_its_final_snapshot_an_instance_stays_as_it_was(room: RdsRoom) -> None:
    """With its server and its secret, and as it would after a restart; it can be deleted once more."""
    gold = room.make(MasterUserPassword=None, ManageMasterUserPassword=True)
    room.broken["copy"] = OSError("no space left on device")

    assert gone(room, FinalDBSnapshotIdentifier="last") == ["copy gold"]

    assert (gold.status, room.store.snapshots["last"].status) == ("available", "failed")
    assert room.provider.servers.of(gold).running()
    assert len(room.secrets) == 1
    assert "0031" not in room.events
    room.broken.clear()
    assert gone(room, FinalDBSnapshotIdentifier="second") == ["copy gold", "stop gold"]
    assert room.store.instances == {}


def test_a_server_that_can_not_be_removed_is_no_deleted_instance(room: RdsRoom) -> None:
    gold = room.make(MasterUserPassword=None, ManageMasterUserPassword=True)
    room.broken["stop"] = PostgresHostLostError(Path("channel"), "gone")

    gone(room, SkipFinalSnapshot=True)

    assert (room.gold, gold.status, room.events[-1]) == (gold, "failed", "0031")
    assert len(room.secrets) == 1


# ---------------------------------------------------------------- what is refused
def protected(gold: DBInstance) -> None:
    gold.deletion_protection = True


def nothing(_gold: DBInstance) -> None: ...


def deleting(gold: DBInstance) -> None:
    gold.status = "deleting"


def modifying(gold: DBInstance) -> None:
    gold.status = "modifying"


STATE, COMBINATION = "InvalidDBInstanceState", "InvalidParameterCombination"
REFUSED: list[tuple[Any, str, dict[str, Any], str, str]] = [
    (protected, "DeleteDBInstance", {"SkipFinalSnapshot": True}, COMBINATION, "Cannot delete protected"),
    (deleting, "DeleteDBInstance", {"SkipFinalSnapshot": True}, STATE, "is already being deleted"),
    (nothing, "DeleteDBInstance", {}, COMBINATION, "FinalDBSnapshotIdentifier is required unless"),
    (
        nothing, "DeleteDBInstance", {"SkipFinalSnapshot": True, "FinalDBSnapshotIdentifier": "last"},
        COMBINATION, "can not be specified when SkipFinalSnapshot is true",
    ),
    (nothing, "RebootDBInstance", {"ForceFailover": True}, COMBINATION, "is not Multi-AZ"),
    (modifying, "RebootDBInstance", {}, STATE, "Instance gold is not in available state"),
    (modifying, "StopDBInstance", {}, STATE, "Instance gold is not in available state"),
    (modifying, "ModifyDBInstance", {}, STATE, "Instance gold is not in available state"),
    (nothing, "StartDBInstance", {}, STATE, "Instance gold is not stopped"),
    (
        modifying, "DeleteDBInstance", {"FinalDBSnapshotIdentifier": "last"}, STATE,
        "not currently in the available state",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "operation", "request_", "code", "message"), REFUSED)
def test_what_an_instance_is_not_fit_for_is_refused(
    room: RdsRoom, before: Any, operation: str, request_: dict[str, Any], code: str, message: str
) -> None:
    """With AWS's code and words, and nothing is begun."""
    before(room.make())
    status = room.gold.status

    with pytest.raises(RdsError, match=message) as raised:
        room.call(operation, DBInstanceIdentifier="gold", **request_)

    assert (raised.value.code, raised.value.status_code) == (code, 400)
    assert (room.work(), room.gold.status, room.store.snapshots) == ([], status, {})


# ---------------------------------------------------------------- found
def test_instances_are_found_by_name_arn_and_filter(room: RdsRoom) -> None:
    gold, silver = room.make(), room.make(DBInstanceIdentifier="silver")

    def found(**request: Any) -> list[DBInstance]:
        return instances.find(room.store, request)

    assert found() == found(Filters=[{"Name": "engine", "Values": ["postgres"]}]) == [gold, silver]
    assert found(DBInstanceIdentifier="GOLD") == found(DBInstanceIdentifier=gold.arn) == [gold]
    assert found(Filters=[{"Name": "db-instance-id", "Values": ["silver", "none"]}]) == [silver]
    assert found(Filters=[{"Name": "dbi-resource-id", "Values": [gold.resource_id]}]) == [gold]
    assert found(Filters=[{"Name": "db-cluster-id", "Values": ["gold"]}]) == []
    with pytest.raises(RdsError, match="Unrecognized filter name: colour"):
        found(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_two_instances_have_two_addresses_and_that_of_a_deleted_one_is_used_again(room: RdsRoom) -> None:
    first, second = room.make(), room.make(DBInstanceIdentifier="silver")
    gone(room, SkipFinalSnapshot=True)
    third = room.make()

    assert [one.endpoint.address for one in (first, second, third)] == [
        "127.31.0.1", "127.31.0.2", "127.31.0.1",
    ]  # fmt: skip
    assert third.resource_id != first.resource_id
