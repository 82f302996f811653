"""RDS's rules for names, passwords and numbers, with AWS's messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from glue_app.emulator.rds.exceptions import InvalidParameterCombination, InvalidParameterValue
from glue_app.emulator.rds.resources import validation


def test_identifiers_are_kept_in_lower_case() -> None:
    assert validation.identifier("Gold-DB1") == "gold-db1"


@pytest.mark.parametrize("value", ["1gold", "-gold", "gold-", "go--ld", "gold_db", "", "g" * 64, "ゴールド"])
def test_a_wrong_identifier(value: str) -> None:
    with pytest.raises(InvalidParameterValue, match="DBInstanceIdentifier is not a valid identifier"):
        validation.identifier(value)


@pytest.mark.parametrize("value", ["postgres_admin", "postgres", "u1"])
def test_a_master_username(value: str) -> None:
    assert validation.master_username(value) == value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "must be provided"),
        ("1admin", "begin with a letter"),
        ("my-admin", "alphanumeric"),
        ("a" * 64, "1 to 63"),
        ("admin", "reserved word"),
        ("RdsAdmin", "reserved word"),
        ("user", "reserved word"),
        ("pg_read", "reserved word"),
    ],
)
def test_a_wrong_master_username(value: str | None, why: str) -> None:
    with pytest.raises(InvalidParameterValue, match=why):
        validation.master_username(value)


@pytest.mark.parametrize("character", ["/", "@", '"', " ", "é", "\n"])
def test_a_password_with_a_forbidden_character(character: str) -> None:
    """The message does not show the password."""
    with pytest.raises(InvalidParameterValue, match="Only printable ASCII") as caught:
        validation.master_password(f"secret{character}password")

    assert "secret" not in caught.value.message


@pytest.mark.parametrize(("value", "why"), [("short", "shorter than 8"), ("x" * 129, "longer than 128")])
def test_a_password_of_the_wrong_length(value: str, why: str) -> None:
    with pytest.raises(InvalidParameterValue, match=why):
        validation.master_password(value)


@pytest.mark.parametrize("value", ["gold-db", "1gold", "rdsadmin", "template1"])
def test_a_wrong_database_name(value: str) -> None:
    with pytest.raises(InvalidParameterValue, match="DBName"):
        validation.db_name(value)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((10, "gp3", None), InvalidParameterValue),
        ((50, "io1", None), InvalidParameterValue),
        ((None, "gp3", None), InvalidParameterValue),
        ((20, "gp9", None), InvalidParameterValue),
        ((20, "gp3", 20), InvalidParameterCombination),
    ],
)
def test_wrong_storage(arguments: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        validation.storage(*arguments)


@pytest.mark.parametrize(
    "call",
    [
        lambda: validation.monitoring(60, None),
        lambda: validation.monitoring(0, "arn:aws:iam::000000000000:role/monitoring"),
    ],
)
def test_monitoring_needs_interval_and_role(call: Callable[[], None]) -> None:
    with pytest.raises(InvalidParameterCombination, match="MonitoringInterval"):
        call()
