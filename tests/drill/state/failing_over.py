"""An RDS room that does nothing but fail over, to be killed.

    python -m tests.drill.state.failing_over STATE ADDRESS

It begins with the files that the one before has left, says `up`, and `sync` each time the standby is in sync.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from glue_app.emulator.rds.fleet import recovery
from glue_app.emulator.rds.fleet.monitor import Monitor
from glue_app.emulator.rds.fleet.servers import Servers
from glue_app.emulator.rds.models import Endpoint, RdsStores
from glue_app.emulator.rds.postgres.processes import end_left_behind, postmaster_of
from glue_app.emulator.rds.postgres.server import PostgresServer
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings
from tests.integration.rds.writer import kill
from tests.support.db_instances import instance as some_instance

PASSWORD = "first-Passw0rd"


def main(state: Path, address: str) -> None:
    end_left_behind(state)
    stores = RdsStores()
    servers = Servers(Settings.from_environment({"GLUE_APP_STATE": str(state)}), stores)
    gold = some_instance()
    gold.endpoint = Endpoint(address, 5432)
    gold.multi_az, gold.secondary_availability_zone = True, "us-east-1b"
    stores.of(Scope("000000000000", "us-east-1")).instances[gold.identifier] = gold
    server = servers.of(gold)

    def begin(server: PostgresServer) -> None:
        if server.home.folder.exists() or server.home.leaving.exists():
            servers.bring_back(server, gold, None)
        else:
            servers.create(server, gold, PASSWORD)

    def fail_over(server: PostgresServer) -> None:
        recovery.fail_over(servers, server, gold)

    servers.submit_with_status(gold, "starting", begin, "available").result()
    Monitor(servers, stores).start()
    print("up" if gold.status == "available" else gold.status, flush=True)
    while True:
        while not (server.home.standby.in_sync and gold.status == "available"):
            time.sleep(0.02)
        print("sync", flush=True)
        if random.random() < 0.5:
            servers.submit_with_status(gold, "rebooting", fail_over, "available").result()
        elif postmaster_of(server.home.data):
            kill(server.home)
            while server.home.standby.in_sync:
                time.sleep(0.02)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
