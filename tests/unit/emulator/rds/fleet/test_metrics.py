"""AWS/RDS metrics: what is measured of which instance."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import psycopg
import pytest

from glue_app.emulator.rds.fleet import metrics
from glue_app.emulator.rds.fleet.metrics import Metrics
from glue_app.emulator.rds.models import DBInstance, RdsStores
from glue_app.emulator.service.scope import Scope
from tests.support.db_instances import instance as some_instance

SCOPE = Scope("000000000000", "us-east-1")


class Room:
    """A server with two clients, whose processes use what the test says; `published` is what came out."""

    def __init__(self, data: Path) -> None:
        self.stores, self.servers = RdsStores(), MagicMock()
        self.servers.of.return_value.home.data = data
        self.answer = self.servers.primaries.connect.return_value.__enter__.return_value.execute.return_value
        self.answer.fetchone.return_value = (2,)
        self.published: list[tuple[str, str, str, list[dict[str, Any]]]] = []
        self.metrics = Metrics(
            self.servers, self.stores, lambda *arguments: self.published.append(arguments), 60
        )

    def instance(self, status: str = "available", identifier: str = "gold") -> DBInstance:
        one = some_instance()
        one.status, one.identifier, one.resource_id = status, identifier, f"db-{identifier}"
        self.stores.of(SCOPE).instances[identifier] = one
        return one

    def values(self) -> dict[str, float]:
        """Of the last instance that was measured."""
        return {point["MetricName"]: point["Value"] for point in self.published[-1][3]}


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """The clock shows seconds from 0; a tick is a hundredth of a second."""
    clock, found = iter(range(100)), MagicMock()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(metrics.os, "sysconf", lambda _name: 100)
    monkeypatch.setattr(metrics, "postgres_host", lambda: found)
    return found


def test_an_instance_has_its_data_points(room: Room, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "1").write_bytes(b"x" * 1_000_000)
    room.instance()

    room.metrics.publish()

    account, region, namespace, data = room.published[0]
    assert (account, region, namespace) == ("000000000000", "us-east-1", "AWS/RDS")
    assert {str(point["Dimensions"]) for point in data} == {
        "[{'Name': 'DBInstanceIdentifier', 'Value': 'gold'}]"
    }
    assert room.values()["DatabaseConnections"] == 2
    assert 0.99e6 < 20 * 1024**3 - room.values()["FreeStorageSpace"] < 1.2e6


def test_the_cpu_is_that_of_all_the_classs_processors_since_the_last_look(
    room: Room, host: MagicMock
) -> None:
    """A second apart: half of two is a quarter. Never more than all; after a restart not less than 0."""
    room.instance()
    shown = []
    for ticks in (1000, 1050, 1650, 10, None):
        host.cpu_ticks.return_value = ticks
        room.metrics.publish()
        shown.append(room.values().get("CPUUtilization"))

    assert shown == [None, 25.0, 100.0, 0.0, None]


@pytest.mark.parametrize("status", ["stopped", "stopping", "starting", "creating", "deleting", "failed"])
def test_an_instance_whose_server_does_not_run_has_none(room: Room, status: str) -> None:
    room.instance(status)

    room.metrics.publish()

    assert room.published == []


@pytest.mark.parametrize("error", [psycopg.OperationalError("gone"), OSError("no"), RuntimeError("a bug")])
def test_one_instances_trouble_is_its_own(room: Room, error: Exception) -> None:
    silent, _other = room.instance(identifier="a"), room.instance(identifier="b")
    connection = room.servers.primaries.connect.return_value

    def connect(_server: object, instance: DBInstance) -> Any:
        if instance is silent:
            raise error
        return connection

    room.servers.primaries.connect.side_effect = connect

    room.metrics.publish()

    assert [data[3][0]["Dimensions"][0]["Value"] for data in room.published] == ["b"]


def test_nothing_is_published_after_the_end(room: Room) -> None:
    room.instance()
    room.metrics.start()
    room.metrics.stop()

    room.metrics.publish()

    assert room.published == []
