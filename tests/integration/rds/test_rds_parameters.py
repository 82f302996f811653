"""Parameter groups reach the server, at once or with a reboot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.integration.rds.db_instance import Instance, set_parameters
from tests.support.polling import wait_for

pytestmark = pytest.mark.database

PASSWORD = "first-Passw0rd"


def shown(instance: Instance, name: str) -> str:
    with instance.connect("postgres_admin", PASSWORD) as connection:
        row = connection.execute(f"SHOW {name}").fetchone()
    return str(row[0] if row else None)


def apply_status(instance: Instance) -> str:
    return str(instance.described["DBParameterGroups"][0]["ParameterApplyStatus"])


def test_tls_is_forced_unless_the_group_says_otherwise(
    create_instance: Callable[..., Instance], parameter_group: Callable[..., str], rds: Any
) -> None:
    """From PostgreSQL 15 on rds.force_ssl is 1 by default; a change counts without a restart."""
    group = parameter_group()
    instance = create_instance(DBParameterGroupName=group)
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        instance.connect("postgres_admin", PASSWORD, sslmode="disable")

    set_parameters(rds, group, {"rds.force_ssl": "0"})

    def lets_in() -> bool:
        try:
            instance.connect("postgres_admin", PASSWORD, sslmode="disable").close()
        except psycopg.OperationalError:
            return False
        return True

    wait_for("a connection without TLS", lets_in, 60)
    assert shown(instance, "rds.force_ssl") == "0"


def test_dynamic_at_once_static_with_a_reboot(
    create_instance: Callable[..., Instance], parameter_group: Callable[..., str], rds: Any
) -> None:
    group = parameter_group(work_mem="8192")
    instance = create_instance(DBParameterGroupName=group)
    assert shown(instance, "work_mem") == "8MB"
    assert apply_status(instance) == "in-sync"

    set_parameters(rds, group, {"work_mem": "16384"})
    set_parameters(rds, group, {"max_connections": "57"}, "pending-reboot")

    wait_for("the new work_mem", lambda: shown(instance, "work_mem") == "16MB", 60)
    assert apply_status(instance) == "pending-reboot"
    assert shown(instance, "max_connections") != "57"

    rds.reboot_db_instance(DBInstanceIdentifier=instance.identifier)
    instance.wait()
    assert shown(instance, "max_connections") == "57"
    assert apply_status(instance) == "in-sync"


def test_another_group_counts_after_a_reboot(
    create_instance: Callable[..., Instance], parameter_group: Callable[..., str], rds: Any
) -> None:
    instance = create_instance()
    group = parameter_group(work_mem="8192")

    instance.modify(DBParameterGroupName=group)
    assert apply_status(instance) == "pending-reboot"
    assert shown(instance, "work_mem") == "4MB"

    rds.reboot_db_instance(DBInstanceIdentifier=instance.identifier)
    instance.wait()
    assert shown(instance, "work_mem") == "8MB"


def test_terraform_finds_what_it_set_and_no_more(parameter_group: Callable[..., str], rds: Any) -> None:
    """With Source user the values that were set; without it all parameters, page by page."""
    group = parameter_group(work_mem="8192", rds__force_ssl="1")

    own = rds.describe_db_parameters(DBParameterGroupName=group, Source="user")["Parameters"]
    everything = [
        parameter
        for page in rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=group)
        for parameter in page["Parameters"]
    ]

    assert {one["ParameterName"]: one["ParameterValue"] for one in own} == {
        "work_mem": "8192",
        "rds.force_ssl": "1",
    }
    assert len(everything) > 250
    assert len({one["ParameterName"] for one in everything}) == len(everything)


def test_a_group_in_use_cannot_be_deleted(
    create_instance: Callable[..., Instance], parameter_group: Callable[..., str], rds: Any
) -> None:
    group = parameter_group()
    create_instance(DBParameterGroupName=group)

    with pytest.raises(rds.exceptions.InvalidDBParameterGroupStateFault):
        rds.delete_db_parameter_group(DBParameterGroupName=group)
