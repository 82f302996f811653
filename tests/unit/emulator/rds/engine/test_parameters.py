"""Parameters of PostgreSQL and of RDS: which there are, and which values they take."""

from __future__ import annotations

import re

import hypothesis
import pytest
from hypothesis import strategies

from glue_app.emulator.rds.engine import parameters
from glue_app.emulator.rds.exceptions import InvalidParameterCombination, InvalidParameterValue
from glue_app.emulator.rds.postgres.server import _quoted
from glue_app.emulator.settings import settings


def checked(name: str, value: str, method: str = "immediate") -> str:
    return parameters.checked(settings().postgres_bin, "postgres15", name, value, method).value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_min_duration_statement", "500"),
        ("rds.force_ssl", "1"),
        ("log_connections", "1"),
        ("shared_buffers", "{DBInstanceClassMemory/32768}"),
        ("TIMEZONE", "Asia/Tokyo"),
        ("pg_stat_statements.track", "all"),
    ],
)
def test_parameters_postgresql_or_rds_has(name: str, value: str) -> None:
    assert checked(name, value, "pending-reboot") == value


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("no_such", "1", "Could not find parameter with name: no_such"),
        ("work_mem", "1", "Invalid parameter value: 1 for: work_mem allowed values are: 64-"),
        ("log_statement", "some", "allowed values are: none,ddl,mod,all"),
        ("log_connections", "on", "allowed values are: 0,1"),
        ("rds.force_ssl", "2", "allowed values are: 0,1"),
        ("port", "5433", "The parameter port cannot be modified."),
        ("hba_file", "/tmp/hba", "The parameter hba_file cannot be modified."),
        ("ssl_passphrase_command", "id", "The parameter ssl_passphrase_command cannot be modified."),
        ("session_preload_libraries", "/tmp/mine.so", "allowed values are: names of libraries"),
        ("rds.log_retention_period", "1", "allowed values are: 1440-10080"),
        ("pgaudit.log\narchive_command", "id", "Could not find parameter with name: pgaudit.log"),
        ("pgaudit.log = all #", "", "Could not find parameter with name: pgaudit.log"),
        ("pgaudit.", "1", "Could not find parameter with name: pgaudit."),
        ("pgaudit.log", "all'\narchive_command = 'id", "text without control characters"),
        ("log_line_prefix", "%m\0-c\0archive_command=id", "text without control characters"),
        ("rds.force_autovacuum_logging_level", "log\n", "text without control characters"),
    ],
)
def test_wrong_parameters(name: str, value: str, message: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        checked(name, value)

    assert message in caught.value.message


def test_a_static_parameter_cannot_count_at_once() -> None:
    with pytest.raises(InvalidParameterCombination, match="cannot use immediate apply method"):
        checked("max_connections", "100")


@pytest.mark.parametrize(("family", "forced"), [("postgres14", False), ("postgres15", True)])
def test_tls_is_forced_by_default_from_15_on(family: str, forced: bool) -> None:
    assert parameters.force_ssl({}, family, settings().postgres_bin) is forced


def test_values_aws_computes_do_not_reach_the_server() -> None:
    values = {"work_mem": "8192", "shared_buffers": "{DBInstanceClassMemory/32768}"}

    assert parameters.server_values(values) == {"work_mem": "8192"}


@hypothesis.given(
    name=strategies.sampled_from(["pgaudit.", "cron.", "pg_stat_statements."]).flatmap(
        lambda prefix: strategies.text(max_size=12).map(prefix.__add__)
    ),
    value=strategies.text(max_size=30),
)
def test_a_parameter_is_one_line_of_the_configuration_or_refused(name: str, value: str) -> None:
    """Of extensions: what PostgreSQL itself has, it judges itself."""
    try:
        setting = parameters.checked(settings().postgres_bin, "postgres15", name, value, "pending-reboot")
    except InvalidParameterValue:
        return
    line = f"{name} = {_quoted(setting.value)}"
    assert re.fullmatch(r"[a-z_]+\.\w+ = '(''|\\\\|[^'\\])*'", line, re.ASCII)
    assert not re.search(r"[\n\r\0]", line)
