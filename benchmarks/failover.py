"""The outage of a Multi-AZ failover that is asked for, as a client sees it that tries again every 10 ms.

    python -m benchmarks.failover [times]

A stack of its own, on free ports. The outage is the longest time between two acknowledged commits of one
client, from the last one on the old primary to the first one on the new.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.figure import Figure
from glue_app.emulator.rds.postgres.home import ServerHome
from tests.integration.local_stack import LocalStack
from tests.integration.rds.db_instance import Instance
from tests.integration.rds.writer import Writer
from tests.support.polling import wait_for

TIMES = 5
USER, PASSWORD = "postgres_admin", "first-Passw0rd"


def measure(times: int = TIMES) -> list[Figure]:
    """Return the median outage in seconds, and what was lost."""
    state = Path(tempfile.mkdtemp(prefix="glue-app-"))
    state.chmod(0o755)  # the database's user must be able to enter it
    stack = LocalStack(state)
    try:
        stack.localstack.start()
        outages, lost = _failovers(stack, times)
    finally:
        stack.stop()
        shutil.rmtree(state, ignore_errors=True)
    shown = f"{statistics.median(outages):.2f} s  ({min(outages):.2f} to {max(outages):.2f} of {times})"
    return [
        Figure("outage of a forced failover, as a client sees it", shown),
        Figure("acknowledged commits lost in it", str(lost), "0"),
    ]


def _failovers(stack: LocalStack, times: int) -> tuple[list[float], int]:
    rds = stack.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="gold", Engine="postgres", EngineVersion="15.8", AllocatedStorage=20,
        DBInstanceClass="db.t4g.medium", MasterUsername=USER, MasterUserPassword=PASSWORD, MultiAZ=True,
    )  # fmt: skip
    gold = Instance("gold", lambda _service: rds, stack.certificate)
    home = ServerHome(stack.state / "rds" / gold.wait()["DbiResourceId"])
    writer, outages = Writer(gold.connector(USER, PASSWORD)), []
    with writer.at_work():
        for _ in range(times):
            wait_for("the standby to be in sync", lambda: home.standby.in_sync, 60)
            writer.wait_for_more()
            writer.longest_gap_s = 0.0
            rds.reboot_db_instance(DBInstanceIdentifier="gold", ForceFailover=True)
            gold.wait()
            writer.wait_for_more()
            outages.append(writer.longest_gap_s)
    return outages, len(writer.lost())


def main(arguments: list[str]) -> int:
    for figure in measure(*map(int, arguments[:1])):
        print(f"{figure.name}: {figure.value}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
