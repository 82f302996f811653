"""The emulator's settings: defaults that work, errors that say what to set."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from glue_app.emulator.settings import SettingError, Settings


def test_an_empty_environment_is_enough() -> None:
    """With the gateway's own endpoint for jobs."""
    found = Settings.from_environment({})

    assert found.state == Path(".state").absolute()
    assert found.token_file == found.state / "run" / "runner.token"
    assert found.job_endpoint_url == "http://127.0.0.1:4566"
    assert found.glue_version == "4.0"
    assert found.rds_network == ipaddress.IPv4Network("127.20.0.0/16")


def test_nothing_is_kept_unless_it_is_asked_for(tmp_path: Path) -> None:
    found = Settings.from_environment({"GLUE_APP_RESTORE": ""})
    assert (found.keep_state, found.restore) == (False, None)

    found = Settings.from_environment({"GLUE_APP_KEEP_STATE": "1", "GLUE_APP_RESTORE": str(tmp_path)})
    assert (found.keep_state, found.restore) == (True, tmp_path)


def test_jobs_use_the_gateway_that_localstack_is_told() -> None:
    found = Settings.from_environment({"LOCALSTACK_HOST": "127.0.0.1:4620"})

    assert found.job_endpoint_url == "http://127.0.0.1:4620"


def test_what_a_container_publishes_for_databases() -> None:
    assert Settings.from_environment({}).rds_published == ()

    found = Settings.from_environment(
        {"GLUE_APP_RDS_PUBLISHED": "127.20.0.1:5432=postgres:5432, 127.0.0.1:41234=postgres:5433,"}
    )

    assert found.rds_published == (
        (("127.20.0.1", 5432), ("postgres", 5432)),
        (("127.0.0.1", 41234), ("postgres", 5433)),
    )


def test_where_another_containers_servers_ask_of_tokens() -> None:
    assert Settings.from_environment({}).rds_iam_address is None
    found = Settings.from_environment({"GLUE_APP_RDS_IAM_ADDRESS": "localstack:4569"})
    assert found.rds_iam_address == ("localstack", 4569)

    for wrong in ("localstack", ":4569", "localstack:ldap", "localstack:70000"):
        with pytest.raises(SettingError, match="GLUE_APP_RDS_IAM_ADDRESS"):
            Settings.from_environment({"GLUE_APP_RDS_IAM_ADDRESS": wrong})


def test_the_programs_of_another_container_need_not_be_here(tmp_path: Path) -> None:
    """Nor need their channel, which that container makes."""
    channel = tmp_path / "not there yet"
    found = Settings.from_environment(
        {"GLUE_APP_POSTGRES_BIN": "/nowhere/bin", "GLUE_APP_POSTGRES_CHANNEL": str(channel)}
    )

    assert (found.postgres_bin, found.postgres_channel) == (Path("/nowhere/bin"), channel)
    assert Settings.from_environment({}).postgres_channel is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GLUE_APP_RUNNER_URL", "127.0.0.1:4567"),
        ("GLUE_APP_BEDROCK_URL", "ftp://stub"),
        ("GLUE_APP_RDS_NETWORK", "10.0.0.0/8"),
        ("GLUE_APP_RDS_NETWORK", "127.20.0.1/16"),
        ("GLUE_APP_RDS_PUBLISHED", "127.20.0.1:5432"),
        ("GLUE_APP_RDS_PUBLISHED", "127.20.0.1:5432=postgres"),
        ("GLUE_APP_RDS_PUBLISHED", "127.20.0.1=postgres:5432"),
        ("GLUE_APP_RDS_PUBLISHED", "127.20.0.1:5432=postgres:http"),
        ("GLUE_APP_RDS_PUBLISHED", "127.20.0.1:5432=postgres:70000"),
        ("GLUE_APP_RDS_PUBLISHED", "127.20.0.1:0=postgres:5432"),
        ("GLUE_APP_RDS_PUBLISHED", ":5432=postgres:5432"),
        ("GLUE_APP_RDS_PUBLISHED", "127.20.0.1:5432=a:1=b:2"),
        ("GLUE_APP_POSTGRES_BIN", "/nowhere"),
        ("GLUE_APP_EVENT_RETRY_S", "soon"),
        ("GLUE_APP_EVENT_RETRY_S", "0"),
        ("GLUE_APP_KEEP_STATE", "yes"),
        ("GLUE_APP_RESTORE", "/nowhere"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{name} is '{value}': set it to "):
        Settings.from_environment({name: value})
