"""Gold through a Session Manager tunnel against the same bytes without it, in one run on one server.

    PYTHONPATH=.:glue .tools/host/bin/python -m benchmarks.tunnel [megabytes]

The tunnel is the whole way of an operator: client, official plugin, WebSocket, emulator, PostgreSQL. Both
ways use TLS and the same driver. Without the plugin it says so and ends with 0: nothing can be measured.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from glue_app.bootstrap import session_manager_plugin
from tests.integration.local_stack import SETTINGS, LocalStack
from tests.integration.rds.db_instance import Instance
from tests.integration.ssm.database import DATABASE, PASSWORD, USER, connect, create
from tests.integration.ssm.tunnel import opened
from tests.integration.ssm.vpc import Vpc

ROUNDS = 3
CONNECTIONS = 10
ROW_BYTES = 1000


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _copy_out(connection: psycopg.Connection[Any], megabytes: int) -> None:
    rows = f"SELECT repeat('x', {ROW_BYTES - 1}) FROM generate_series(1, {megabytes * 1000})"  # noqa: S608
    size = 0
    with connection.cursor().copy(f"COPY ({rows}) TO STDOUT") as data:
        for block in data:
            size += len(block)
    assert size == megabytes * 1000 * ROW_BYTES


def _measure(open_one: Callable[[], psycopg.Connection[Any]], megabytes: int) -> dict[str, float]:
    """Seconds, the best of all rounds: other programs on the machine only ever add time."""
    with open_one() as connection:
        out = min(_timed(lambda: _copy_out(connection, megabytes)) for _ in range(ROUNDS))
    connections = min(_timed(lambda: open_one().close()) for _ in range(CONNECTIONS))
    return {"COPY out": out, "a new connection": connections}


def main(megabytes: int = 100) -> None:
    """Print the table."""
    if session_manager_plugin.find(SETTINGS.tools) is None:
        print("no Session Manager plugin here: make session-manager-plugin")
        return
    state = Path(tempfile.mkdtemp(prefix="glue-app-"))
    state.chmod(0o755)  # the database's user enters it
    stack = LocalStack(state)
    try:
        stack.localstack.start()
        vpc = Vpc(stack.client)
        vpc.make()
        create(stack.client("rds"), vpc)
        gold = Instance(vpc.name, stack.client, stack.certificate)
        address, port = gold.wait()["Endpoint"]["Address"], gold.described["Endpoint"]["Port"]
        direct = _measure(lambda: gold.connect(USER, PASSWORD, DATABASE, "require"), megabytes)
        with opened(stack.endpoint, vpc.instance_id, address, port, state) as tunnel:
            tunnelled = _measure(lambda: connect(tunnel.port), megabytes)
    finally:
        stack.stop()
        shutil.rmtree(state, ignore_errors=True)
    print(f"{megabytes} MB, best of {ROUNDS}")
    for name, seconds in tunnelled.items():
        rate = f"{megabytes / seconds:10.0f} MB/s" if name == "COPY out" else f"{seconds * 1000:10.0f} ms  "
        print(f"tunnel, {name:20s}{seconds:7.2f} s {rate}   ratio {direct[name] / seconds:.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
