"""Instances that a test restores, and what is in them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from tests.integration.local_stack import LocalStack
from tests.integration.rds.db_instance import Instance

MASTER = "postgres_admin"
PASSWORD = "first-Passw0rd"


def restoring(
    stack: LocalStack, client: Callable[[str], Any], operation: str, target: str
) -> Iterator[Callable[..., Instance]]:
    """For a fixture: makes instances by `operation` that are available, and removes them after the test.

    target: the operation's field with the new identifier.
    """
    made: list[Instance] = []

    def restore(**request: Any) -> Instance:
        instance = Instance(f"db-{uuid.uuid4().hex[:8]}", client, stack.certificate)
        getattr(client("rds"), operation)(**{target: instance.identifier}, **request)
        made.append(instance)
        instance.wait()
        return instance

    yield restore
    for instance in made:
        client("rds").delete_db_instance(DBInstanceIdentifier=instance.identifier, SkipFinalSnapshot=True)
        instance.wait_until_gone()


def insert(instance: Instance, number: int) -> None:
    with instance.connect(MASTER, PASSWORD) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def rows(instance: Instance, password: str = PASSWORD) -> list[int]:
    with instance.connect(MASTER, password) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM kept ORDER BY n").fetchall()]
