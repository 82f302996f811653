"""Multi-AZ: a standby that has all that was acknowledged, and takes over at the same address."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.processes import postmaster_of
from tests.integration.local_stack import REGION, LocalStack
from tests.integration.rds.db_instance import Instance, set_parameters
from tests.integration.rds.writer import Writer, kill
from tests.support.polling import wait_for

pytestmark = pytest.mark.database

of_this_machine = pytest.mark.embedded("its servers are processes of this machine")

PASSWORD = "first-Passw0rd"


def home_of(stack: LocalStack, instance: Instance) -> ServerHome:
    return ServerHome(stack.state / "rds" / instance.described["DbiResourceId"])


def writer_to(instance: Instance, bundle: Path | None = None) -> Writer:
    """A failover keeps the address, and the certificate is for that."""
    return Writer(instance.connector("postgres_admin", PASSWORD, ca=bundle))


@pytest.fixture
def bundle(stack: LocalStack, tmp_path: Path) -> Path:
    """The certificate bundle as a client downloads it."""
    where = tmp_path / "bundle.pem"
    url = f"{stack.endpoint}/_glue-app/rds/{REGION}/{REGION}-bundle.pem"
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  (our own http URL)
        where.write_bytes(answer.read())
    return where


def zones(instance: Instance) -> tuple[str, str]:
    described = instance.described
    return described["AvailabilityZone"], described["SecondaryAvailabilityZone"]


def messages(rds: Any, instance: Instance) -> list[str]:
    found = rds.describe_events(SourceType="db-instance", SourceIdentifier=instance.identifier)
    return [event["Message"] for event in found["Events"] if event["EventCategories"] != ["backup"]]


def wait_until_in_sync(home: ServerHome) -> None:
    wait_for("the standby to be in sync", lambda: home.standby.in_sync, 60)


@pytest.fixture
def failover_events(client: Callable[[str], Any]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What EventBridge has sent of failovers so far, by a rule as a user makes one."""
    events, sqs = client("events"), client("sqs")
    url = sqs.create_queue(QueueName="failovers")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {
        "source": ["aws.rds"],
        "detail-type": ["RDS DB Instance Event"],
        "detail": {"EventCategories": ["failover"]},
    }
    events.put_rule(Name="failovers", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="failovers", Targets=[{"Id": "queue", "Arn": arn}])
    seen: list[dict[str, Any]] = []

    def received() -> list[dict[str, Any]]:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        seen.extend(json.loads(message["Body"]) for message in answer.get("Messages", ()))
        return seen

    yield received
    events.remove_targets(Rule="failovers", Ids=["queue"])
    events.delete_rule(Name="failovers")
    sqs.delete_queue(QueueUrl=url)


def test_a_failover_by_the_api_alone(
    create_instance: Callable[..., Instance],
    rds: Any,
    bundle: Path,
    failover_events: Callable[[], list[dict[str, Any]]],
) -> None:
    """Twice, to the old primary the second time; the second one waits until that is in sync."""
    gold = create_instance(MultiAZ=True)
    first = zones(gold)
    writer = writer_to(gold, bundle)

    with writer.at_work():
        for expected in (first[::-1], first):
            rds.reboot_db_instance(DBInstanceIdentifier=gold.identifier, ForceFailover=True)
            gold.wait()
            assert zones(gold) == expected
            writer.wait_for_more()

    assert writer.lost() == set()
    wait_for("the events of both", lambda: len(failover_events()) >= 4, 60)
    assert sorted(event["detail"]["EventID"] for event in failover_events()) == [
        "RDS-EVENT-0013", "RDS-EVENT-0013", "RDS-EVENT-0049", "RDS-EVENT-0049",
    ]  # fmt: skip
    assert {tuple(event["resources"]) for event in failover_events()} == {(gold.described["DBInstanceArn"],)}


@of_this_machine
def test_failovers_lose_nothing(
    create_instance: Callable[..., Instance], stack: LocalStack, rds: Any
) -> None:
    """One that is asked for, then one because the primary was killed; the old primary becomes the standby."""
    gold = create_instance(MultiAZ=True)
    home = home_of(stack, gold)
    assert home.standby.in_sync, "the instance was available before its standby was in sync"
    first, endpoint = zones(gold), gold.described["Endpoint"]
    writer = writer_to(gold)

    with writer.at_work():
        rds.reboot_db_instance(DBInstanceIdentifier=gold.identifier, ForceFailover=True)
        assert gold.described["DBInstanceStatus"] == "rebooting"
        gold.wait()
        assert zones(gold) == first[::-1]
        wait_until_in_sync(home)

        writer.wait_for_more()
        kill(home)
        wait_for("the second failover", lambda: zones(gold) == first, 30)
        gold.wait()
        wait_until_in_sync(home)

    assert writer.lost() == set()
    assert gold.described["Endpoint"] == endpoint
    failover = [
        "Multi-AZ instance failover started.",
        "DB instance restarted",
        "Multi-AZ instance failover completed",
    ]
    assert messages(rds, gold) == ["DB instance created", *failover, *failover]


@of_this_machine
def test_a_standby_that_dies_holds_nobody_up(
    create_instance: Callable[..., Instance], stack: LocalStack, rds: Any
) -> None:
    """Commits go on; a new one is made; meanwhile no failover can lead to the lost one."""
    gold = create_instance(MultiAZ=True)
    home = home_of(stack, gold)
    before = zones(gold)
    writer = writer_to(gold)

    with writer.at_work():
        dead = kill(home.standby)
        writer.wait_for_more(100)
        wait_for("another standby", lambda: home.standby.in_sync and postmaster_of(home.standby.data), 30)
        assert postmaster_of(home.standby.data) != dead

    assert writer.lost() == set()
    assert zones(gold) == before
    assert gold.described["DBInstanceStatus"] == "available"
    assert messages(rds, gold) == ["DB instance created"]


@of_this_machine
def test_a_single_az_instance_is_started_again(
    create_instance: Callable[..., Instance], stack: LocalStack, rds: Any
) -> None:
    """On its own files, with what was acknowledged."""
    gold = create_instance()
    writer = writer_to(gold)

    with writer.at_work():
        kill(home_of(stack, gold))
        writer.wait_for_more()
        gold.wait()

    assert writer.lost() == set()
    assert messages(rds, gold)[1:] == [
        "Recovery of the DB instance has started. Recovery time will vary with the amount of data to be "
        "recovered.",
        "DB instance restarted",
        "Recovery of the DB instance is complete.",
    ]


@of_this_machine
def test_a_standby_comes_and_goes(
    create_instance: Callable[..., Instance], stack: LocalStack, rds: Any
) -> None:
    """Multi-AZ on, stopped and started, off; then a failover is refused."""
    gold = create_instance()
    home = home_of(stack, gold)

    gold.modify(MultiAZ=True)
    assert home.standby.in_sync
    assert messages(rds, gold)[-2:] == [
        "Applying modification to convert to a Multi-AZ DB instance",
        "Finished applying modification to convert to a Multi-AZ DB instance",
    ]

    rds.stop_db_instance(DBInstanceIdentifier=gold.identifier)
    gold.wait("stopped")
    assert postmaster_of(home.data) is postmaster_of(home.standby.data) is None
    rds.start_db_instance(DBInstanceIdentifier=gold.identifier)
    gold.wait()
    assert home.standby.in_sync
    assert postmaster_of(home.standby.data)

    gold.modify(MultiAZ=False)
    assert not home.standby.folder.exists()
    with pytest.raises(rds.exceptions.ClientError) as caught:
        rds.reboot_db_instance(DBInstanceIdentifier=gold.identifier, ForceFailover=True)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterCombination"
    gold.connect("postgres_admin", PASSWORD).close()


@of_this_machine
def test_parameters_and_port_reach_both(
    create_instance: Callable[..., Instance], parameter_group: Callable[..., str], stack: LocalStack, rds: Any
) -> None:
    """A smaller and a greater max_connections, a password and a port: after a failover all of it counts."""
    group = parameter_group()
    set_parameters(rds, group, {"max_connections": "140"}, "pending-reboot")
    gold = create_instance(MultiAZ=True, DBParameterGroupName=group)
    home = home_of(stack, gold)
    for value in ("57", "180"):
        set_parameters(rds, group, {"max_connections": value}, "pending-reboot")
        rds.reboot_db_instance(DBInstanceIdentifier=gold.identifier)
        gold.wait()
        assert home.standby.in_sync
    gold.modify(MasterUserPassword="second-Passw0rd", DBPortNumber=5999)
    set_parameters(rds, group, {"work_mem": "8192"})

    rds.reboot_db_instance(DBInstanceIdentifier=gold.identifier, ForceFailover=True)
    gold.wait()

    assert gold.described["Endpoint"]["Port"] == 5999
    with gold.connect("postgres_admin", "second-Passw0rd") as connection:
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in ("max_connections", "work_mem")]
    assert shown == [("180",), ("8MB",)]


@of_this_machine
def test_both_servers_of_a_deleted_instance_end(
    create_instance: Callable[..., Instance], stack: LocalStack, rds: Any
) -> None:
    gold = create_instance(MultiAZ=True)
    home = home_of(stack, gold)

    rds.delete_db_instance(DBInstanceIdentifier=gold.identifier, SkipFinalSnapshot=True)
    gold.wait_until_gone()

    assert postmaster_of(home.data) is postmaster_of(home.standby.data) is None
