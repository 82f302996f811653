"""A managed instance beside a database, and sessions to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from glue_app.bootstrap import session_manager_plugin
from tests.integration.local_stack import SETTINGS, LocalStack
from tests.integration.rds.db_instance import Instance
from tests.integration.ssm.database import create
from tests.integration.ssm.tunnel import Tunnel, opened
from tests.integration.ssm.vpc import Vpc


@pytest.fixture(scope="session")
def plugin() -> Path:
    found = session_manager_plugin.find(SETTINGS.tools)
    if found is None:
        pytest.skip("there is no session-manager-plugin: make session-manager-plugin")
    return found


@pytest.fixture(scope="session")
def vpc(stack: LocalStack, client: Callable[[str], Any]) -> Vpc:
    made = Vpc(client)
    made.make()
    return made


@pytest.fixture(scope="session")
def gold(stack: LocalStack, client: Callable[[str], Any], vpc: Vpc) -> Iterator[Instance]:
    """A DB instance in the VPC's group `gold`."""
    create(client("rds"), vpc)
    instance = Instance(vpc.name, client, stack.certificate)
    instance.wait()
    yield instance
    client("rds").delete_db_instance(DBInstanceIdentifier=vpc.name, SkipFinalSnapshot=True)
    instance.wait_until_gone()


@pytest.fixture
def open_tunnel(
    stack: LocalStack, vpc: Vpc, gold: Instance, plugin: Path, tmp_path: Path
) -> Iterator[Callable[..., Tunnel]]:
    """Opens sessions to the database, or to another host and port; they are gone after the test."""
    with ExitStack() as tunnels:

        def open_one(host: str | None = None, port: int | None = None) -> Tunnel:
            endpoint = gold.described["Endpoint"]
            where = (host or endpoint["Address"], port or endpoint["Port"])
            return tunnels.enter_context(opened(stack.endpoint, vpc.instance_id, *where, tmp_path))

        yield open_one
