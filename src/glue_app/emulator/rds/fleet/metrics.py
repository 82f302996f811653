"""The metrics of AWS/RDS: each minute, of every instance whose server runs.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from glue_app.emulator.service.repeated import Repeated

from ..engine import versions
from ..models import DBInstance, RdsStores
from ..postgres.container_host import PostgresHostLostError
from ..postgres.host import postgres_host
from ..postgres.server import ADMIN
from .servers import Servers

LOG = logging.getLogger(__name__)

NAMESPACE = "AWS/RDS"
#: in any other one the server does not run, or not for sure
_RUNNING = ("available", "backing-up", "configuring-iam-database-auth", "modifying")
_CLOSING_S = 5.0
_CLIENTS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> %s"

#: publishes data points (as PutMetricData takes them) of a namespace in (account, region)
Put = Callable[[str, str, str, list[dict[str, Any]]], None]


class CpuTime(NamedTuple):
    """What a server has used until a moment, both in seconds."""

    at: float
    used: float


class Metrics(Repeated):
    """A thread that measures and publishes. It takes no lock of an instance, so it holds nothing up."""

    def __init__(self, servers: Servers, stores: RdsStores, put: Put, period_s: float) -> None:
        super().__init__("rds-metrics", self.publish, period_s)
        self._servers, self._stores, self._put = servers, stores, put
        self._cpu: dict[str, CpuTime] = {}

    def stop(self, timeout_s: float | None = _CLOSING_S) -> None:
        """Stop, and wait for what is being published, but not for long: a save may hold it."""
        super().stop(timeout_s)

    def publish(self) -> None:
        """Publish the data points of now, of each instance; one whose server is silent has none."""
        instances = [one for one in self._stores.all_instances() if one.status in _RUNNING]
        self._cpu = {one.resource_id: self._cpu[one.resource_id] for one in instances if self._known(one)}
        for instance in instances:
            account_id, region = instance.arn.split(":")[4], instance.arn.split(":")[3]
            try:
                data = self._measured(instance)
                if not self.stopped:
                    self._put(account_id, region, NAMESPACE, data)
            except (psycopg.Error, OSError, PostgresHostLostError) as error:
                LOG.debug("no metrics of DB instance %s: %s", instance.identifier, error)
            except Exception:
                LOG.exception("metrics of DB instance %s", instance.identifier)

    def _measured(self, instance: DBInstance) -> list[dict[str, Any]]:
        """Measure an instance's data points. Raises psycopg.Error, OSError, PostgresHostLostError."""
        server = self._servers.of(instance)
        with self._servers.primaries.connect(server, instance) as connection:
            row = connection.execute(_CLIENTS, [ADMIN]).fetchone()
        dimensions = [{"Name": "DBInstanceIdentifier", "Value": instance.identifier}]

        def point(name: str, value: float, unit: str) -> dict[str, Any]:
            return {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": unit}

        taken = size_of(server.home.data)
        data = [
            point("DatabaseConnections", float(str(row[0] if row else 0)), "Count"),
            point("FreeStorageSpace", max(0.0, instance.allocated_storage * 1024.0**3 - taken), "Bytes"),
        ]
        if (free := free_memory()) is not None:
            data.append(point("FreeableMemory", free, "Bytes"))
        if (percent := self._cpu_percent(instance, server.home.data)) is not None:
            data.append(point("CPUUtilization", percent, "Percent"))
        return data

    def _cpu_percent(self, instance: DBInstance, data: Path) -> float | None:
        """Since the last look, of all the vCPUs that the class has; None at the first look."""
        ticks = postgres_host().cpu_ticks(data)
        if ticks is None:
            return None
        now = CpuTime(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"))
        before, self._cpu[instance.resource_id] = self._cpu.get(instance.resource_id), now
        if before is None or now.at <= before.at:
            return None
        share = (now.used - before.used) / (now.at - before.at) / versions.vcpus(instance.instance_class)
        return min(100.0, max(0.0, 100 * share))  # less than before: the server was started again

    def _known(self, instance: DBInstance) -> bool:
        return instance.resource_id in self._cpu


def size_of(folder: Path) -> int:
    """In bytes; files that go meanwhile count nothing."""
    total = 0
    for root, _folders, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(root, name)).st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def free_memory() -> float | None:
    """In bytes, of this machine, which is not of the class's size; None where it doesn't tell (no Linux)."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    values = dict(line.split(":", 1) for line in lines)
    return float(values["MemAvailable"].split()[0]) * 1024
