"""The parts of the RDS room that need no server."""

from __future__ import annotations

import ipaddress
import os
import pickle
import re
import socket
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from cryptography import x509
from hypothesis import strategies

from glue_app.emulator.rds.api import paging, shapes
from glue_app.emulator.rds.engine import parameters
from glue_app.emulator.rds.exceptions import (
    InsufficientDBInstanceCapacity,
    InvalidParameterCombination,
    InvalidParameterValue,
)
from glue_app.emulator.rds.fleet import network
from glue_app.emulator.rds.models import Endpoint, RdsStore
from glue_app.emulator.rds.postgres import processes
from glue_app.emulator.rds.postgres.certificates import CertificateAuthority
from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.host import postgres_host
from glue_app.emulator.rds.postgres.local_host import LocalHost
from glue_app.emulator.rds.postgres.server import _host_based_authentication, _quoted
from glue_app.emulator.rds.resources import master_secret, validation
from glue_app.emulator.settings import settings
from tests.support.db_instances import instance

NETWORK = ipaddress.IPv4Network("127.22.200.0/29")


def test_the_state_can_be_pickled() -> None:
    """So that it can be kept over a restart one day."""
    store = RdsStore(instances={"gold": instance()})

    assert pickle.loads(pickle.dumps(store)) == store  # noqa: S301


def test_an_instance_shows_no_endpoint_while_it_is_made() -> None:
    made = instance()
    assert "Endpoint" not in shapes.db_instance(made, None)

    made.status = "available"
    assert shapes.db_instance(made, None)["Endpoint"]["Address"] == "127.20.0.1"


# ---------------------------------------------------------------- addresses
@pytest.mark.skipif(not Path("/proc").exists(), reason="Linux has all of 127.0.0.0/8, others do not")
def test_the_lowest_free_address_is_taken_and_given_back() -> None:
    first = network.Network(NETWORK).allocate(54990, [])
    second = network.Network(NETWORK).allocate(54990, [first])
    again = network.Network(NETWORK).allocate(54990, [second])

    assert (first.address, second.address) == ("127.22.200.1", "127.22.200.2")
    assert again == first


@pytest.mark.skipif(not Path("/proc").exists(), reason="Linux has all of 127.0.0.0/8, others do not")
def test_an_address_another_program_uses_is_passed_over() -> None:
    with socket.create_server(("127.22.200.1", 54991)):
        assert network.Network(NETWORK).allocate(54991, []).address == "127.22.200.2"


def test_a_machine_without_such_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 and a free port."""
    import errno

    monkeypatch.setattr(network, "_bind_error", lambda *_: errno.EADDRNOTAVAIL)

    endpoint = network.Network(NETWORK).allocate(5432, [])

    assert endpoint.address == "127.0.0.1"
    assert endpoint.port != 5432


def test_servers_of_this_machine_listen_where_they_are_told_to_be() -> None:
    here = network.Network(NETWORK)
    endpoint = Endpoint("127.0.0.1", 41234)

    assert here.has(endpoint)
    assert here.listening(endpoint) == here.reached(endpoint) == endpoint


FIRST, SECOND, THIRD = (
    Endpoint("127.20.0.1", 5432), Endpoint("127.20.0.2", 5432), Endpoint("127.20.0.3", 6432),
)  # fmt: skip
PUBLISHED = network.Network(
    NETWORK,
    {
        FIRST: Endpoint("postgres", 5432),
        SECOND: Endpoint("postgres", 5433),
        THIRD: Endpoint("postgres", 5434),
    },
)


def test_a_container_has_the_endpoints_it_publishes() -> None:
    """The lowest with the port that is asked for; those of deleted instances are used again."""
    assert PUBLISHED.allocate(5432, []) == FIRST
    assert PUBLISHED.allocate(5432, [FIRST]) == SECOND
    assert PUBLISHED.allocate(5432, [SECOND]) == FIRST
    assert PUBLISHED.allocate(6432, []) == THIRD


def test_a_port_that_is_not_published_falls_to_one_that_is(caplog: pytest.LogCaptureFixture) -> None:
    """And the log says so."""
    assert PUBLISHED.allocate(7777, [FIRST]) == SECOND
    assert "port 7777 is not published" in caplog.text
    assert PUBLISHED.allocate(5432, [FIRST, SECOND]) == THIRD


def test_no_more_instances_than_a_container_publishes() -> None:
    with pytest.raises(InsufficientDBInstanceCapacity) as raised:
        PUBLISHED.allocate(5432, [FIRST, SECOND, THIRD])

    assert raised.value.code == "InsufficientDBInstanceCapacity"


def test_servers_of_a_container_listen_on_its_side_of_the_port() -> None:
    assert PUBLISHED.listening(SECOND) == Endpoint("*", 5433)
    assert PUBLISHED.reached(SECOND) == Endpoint("postgres", 5433)
    assert PUBLISHED.has(SECOND)
    assert not PUBLISHED.has(Endpoint("127.20.0.2", 5433))


# ---------------------------------------------------------------- secrets and certificates
def test_a_managed_password_is_one_rds_takes() -> None:
    """With punctuation, so that a client that builds URLs by hand fails here as on AWS."""
    passwords = {master_secret.generate_password() for _ in range(50)}

    assert len(passwords) == 50
    for password in passwords:
        validation.master_password(password)
        assert any(not character.isalnum() for character in password)


def test_one_authority_a_state_folder(tmp_path: Path) -> None:
    """Made once, its key private; certificates name the address."""
    authority = CertificateAuthority.of_state(tmp_path)
    chain, _key = authority.issue("127.20.0.7", "gold")

    assert CertificateAuthority.of_state(tmp_path).certificate == authority.certificate
    assert (tmp_path / "ca.key").stat().st_mode & 0o777 == 0o600
    certificate = x509.load_pem_x509_certificates(chain)[0]
    certificate.verify_directly_issued_by(authority.certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.20.0.7")]


# ---------------------------------------------------------------- parameters
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


# ---------------------------------------------------------------- files
def test_values_cannot_break_out_of_the_configuration() -> None:
    assert _quoted("a'b\\c") == "'a''b\\\\c'"
    with pytest.raises(ValueError, match="can't be written"):
        _quoted("a\nb")


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


def test_who_may_come_in() -> None:
    """rdsadmin by the socket alone; without TLS only where it is not forced."""
    rules = [
        line.split() for line in _host_based_authentication(True).splitlines() if line[:1] not in ("#", "")
    ]

    assert [rule for rule in rules if rule[-1] == "trust"] == [
        ["local", "all,replication", "rdsadmin", "trust"]
    ]
    assert rules.index(["host", "all", "rdsadmin", "all", "reject"]) < len(rules) - 1
    assert rules[-1] == ["hostssl", "all", "all", "all", "scram-sha-256"]
    assert "hostssl" not in _host_based_authentication(False)


def test_a_state_folder_the_server_cannot_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files go to a private folder elsewhere, with a link; both are removed together."""
    monkeypatch.setattr(LocalHost, "can_reach", lambda *_: False)
    home = ServerHome(tmp_path / "rds" / "db-ABC")

    home.make(postgres_host())

    elsewhere = home.folder.resolve()
    assert home.folder.is_symlink()
    assert not elsewhere.is_relative_to(tmp_path)
    assert elsewhere.stat().st_mode & 0o777 == 0o700
    home.remove()
    assert not elsewhere.exists()
    assert not home.folder.is_symlink()


def test_a_long_state_folder_has_a_short_socket(tmp_path: Path) -> None:
    """A unix socket's path has room for 107 bytes."""
    home = ServerHome(tmp_path / ("long" * 30) / "db-ABC")

    home.make(LocalHost(None, None, "us"))

    socket_folder = home.socket
    assert len(str(socket_folder)) < 90
    home.remove()
    assert not socket_folder.exists()


def test_a_stale_pid_file_names_no_server(tmp_path: Path) -> None:
    """Its number may be another program's by now: here it is ours."""
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n")

    assert processes.postmaster_of(tmp_path) is None


# ---------------------------------------------------------------- paging
def test_pages_follow_their_marker() -> None:
    items = list(range(45))
    seen: list[int] = []
    marker: dict[str, Any] = {}
    while True:
        answer = paging.page(items, {"MaxRecords": 20, **marker}, "Items")
        seen += answer["Items"]
        if "Marker" not in answer:
            break
        marker = {"Marker": answer["Marker"]}

    assert seen == items


@pytest.mark.parametrize("request_", [{"MaxRecords": 5}, {"Marker": "!"}])
def test_a_wrong_page(request_: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterValue):
        paging.page([], request_, "Items")
