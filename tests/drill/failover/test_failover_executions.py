"""The other half of SUITE=drill-failover: executions whose database fails over while Gold is loaded."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

import pytest

from glue_app.e2e import proof
from glue_app.e2e.stack import RunningStack
from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.processes import postmaster_of
from glue_app.settings import Settings
from tests.e2e.conftest import applied, commands, stack
from tests.e2e.executions import SAMPLE, outcome, started
from tests.support.polling import wait_for

__all__ = ["applied", "commands", "stack"]

EXECUTIONS = int(os.environ.get("DRILL_EXECUTIONS", "5"))
FIRST_SEED = int(os.environ.get("DRILL_SEED", "1"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + EXECUTIONS))
def test_an_execution_succeeds_although_its_database_fails_over(
    stack: RunningStack, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    rds = stack.client("rds")
    (described,) = rds.describe_db_instances()["DBInstances"]
    name, zone = described["DBInstanceIdentifier"], described["AvailabilityZone"]
    home = ServerHome(Settings.from_environment().state / "rds" / described["DbiResourceId"])
    wait_for("the standby to be in sync", lambda: home.standby.in_sync, 60)
    execution = started(stack, tmp_path, f"failover-{seed}", step="gold")
    threading.Event().wait(chance.uniform(0, 6))  # the random point itself

    victim = chance.choice(["failover", "primary"])
    if victim == "failover":
        rds.reboot_db_instance(DBInstanceIdentifier=name, ForceFailover=True)
    else:
        primary = postmaster_of(home.data)
        assert primary
        os.kill(primary, signal.SIGKILL)

    found = outcome(stack, execution)
    assert found["status"] == "SUCCEEDED", found
    assert rds.describe_db_instances()["DBInstances"][0]["AvailabilityZone"] != zone
    print(f"seed {seed}: {victim}, SUCCEEDED")


@pytest.mark.timeout(240)
def test_gold_is_what_silver_says_after_all_of_it(stack: RunningStack) -> None:
    assert proof.send(Settings.from_environment(), str(SAMPLE), "customer_feedback") == 0
