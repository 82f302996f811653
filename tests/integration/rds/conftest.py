"""Factories of DB instances and parameter groups."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.local_stack import LocalStack
from tests.integration.rds.db_instance import Instance, set_parameters


@pytest.fixture
def rds(client: Callable[[str], Any]) -> Any:
    return client("rds")


@pytest.fixture
def create_instance(stack: LocalStack, client: Callable[[str], Any]) -> Iterator[Callable[..., Instance]]:
    """Makes instances that are available, and removes them after the test."""
    made: list[Instance] = []

    def create(identifier: str | None = None, **request: Any) -> Instance:
        name = identifier or f"db-{uuid.uuid4().hex[:8]}"
        defaults = {
            "Engine": "postgres",
            "EngineVersion": "15.8",
            "DBInstanceClass": "db.t4g.medium",
            "AllocatedStorage": 20,
            "MasterUsername": "postgres_admin",
        }
        if "ManageMasterUserPassword" not in request:
            defaults["MasterUserPassword"] = "first-Passw0rd"
        client("rds").create_db_instance(DBInstanceIdentifier=name, **{**defaults, **request})
        instance = Instance(name, client, stack.certificate)
        made.append(instance)
        instance.wait()
        return instance

    yield create
    for instance in made:
        try:
            client("rds").delete_db_instance(DBInstanceIdentifier=instance.identifier, SkipFinalSnapshot=True)
            instance.wait_until_gone()
        except client("rds").exceptions.DBInstanceNotFoundFault:
            pass


@pytest.fixture
def parameter_group(client: Callable[[str], Any]) -> Callable[..., str]:
    """Makes parameter groups of postgres15; arguments are values to set at once."""

    def create(**values: str) -> str:
        name = f"group-{uuid.uuid4().hex[:8]}"
        client("rds").create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily="postgres15", Description="test"
        )
        set_parameters(client("rds"), name, values)
        return name

    return create
